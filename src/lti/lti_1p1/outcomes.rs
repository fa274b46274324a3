//! Grades of LTI 1.1 (Basic Outcomes 1.0): a small XML message is posted to the outcome service,
//! signed with [`super::oauth1::authorization`].
//!
//! Most platforms respond with status 200 to everything, so that only the code in the response says
//! whether a grade was accepted.

use super::excerpt::one_line;
use super::message::MAX_SOURCEDID_CHARACTERS;
use super::xml::{Element, XmlProblem};

/// The `Content-Type` of a request.
pub const MEDIA_TYPE: &str = "application/xml";

const NAMESPACE: &str = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0";

/// Listed with the scopes of a link for `text` in `ext_outcome_data_values_accepted` of its launches:
/// the platform accepts text with a grade.
pub const TEXT_ACCEPTED: &str = "ext_outcome_data_values_accepted:text";

/// Digits of a score after the point, as many as Moodle stores.
const DECIMALS: usize = 5;

/// Maximum length of a description, in characters.
const MAX_DESCRIPTION_CHARACTERS: usize = 500;

/// What to do with a user's grade for a link.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation<'a> {
    /// Sets it (Basic Outcomes 1.0, 2.1).
    Replace(Grade<'a>),
    /// Returns it (2.2).
    Read,
    /// Removes it (2.3).
    Delete,
}

/// A grade to send.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Grade<'a> {
    /// From 0 to 1; what is beyond that, or not a number, is sent as the nearest of both, or as 0.
    pub score: f64,
    /// The points, for platforms that accept them
    /// ([`super::message::BasicOutcome::total_score_accepted`]).
    pub total_score: Option<f64>,
    /// What the user handed in, for platforms that accept it
    /// ([`super::message::BasicOutcome::data_values_accepted`]).
    pub data: Option<ResultData<'a>>,
}

/// What a user handed in, an extension of Canvas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ResultData<'a> {
    /// `text`.
    Text(&'a str),
    /// `url`: a page.
    Url(&'a str),
    /// `lti_launch_url`: a page that the platform launches.
    LaunchUrl(&'a str),
}

impl ResultData<'_> {
    /// Its name in `ext_outcome_data_values_accepted`.
    pub fn value_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Url(_) => "url",
            Self::LaunchUrl(_) => "lti_launch_url",
        }
    }

    fn element(&self) -> Element {
        Element::new(
            "resultData",
            [match self {
                Self::Text(text) => Element::text("text", text),
                Self::Url(url) => Element::text("url", url),
                Self::LaunchUrl(url) => Element::text("ltiLaunchUrl", url),
            }],
        )
    }
}

impl Operation<'_> {
    /// The first part of the names of its request and response.
    fn name(&self) -> &'static str {
        match self {
            Self::Replace(_) => "replaceResult",
            Self::Read => "readResult",
            Self::Delete => "deleteResult",
        }
    }

    /// The body of a request. `result_sourcedid` is that of the user's last launch of the link;
    /// `message_id` is unique for the tool, and appears in the response.
    pub fn request(&self, result_sourcedid: &str, message_id: &str) -> String {
        let guid = Element::new("sourcedGUID", [Element::text("sourcedId", result_sourcedid)]);
        let mut record = vec![guid];
        if let Self::Replace(grade) = self {
            record.push(grade.element());
        }
        let operation = Element::new(
            &format!("{}Request", self.name()),
            [Element::new("resultRecord", record)],
        );
        let header = Element::new(
            "imsx_POXRequestHeaderInfo",
            [
                Element::text("imsx_version", "V1.0"),
                Element::text("imsx_messageIdentifier", message_id),
            ],
        );
        Element::new(
            "imsx_POXEnvelopeRequest",
            [Element::new("imsx_POXHeader", [header]), Element::new("imsx_POXBody", [operation])],
        )
        .with("xmlns", NAMESPACE)
        .to_document()
    }
}

impl Grade<'_> {
    fn element(&self) -> Element {
        let number = |name: &str, text: &str| {
            Element::new(name, [Element::text("language", "en"), Element::text("textString", text)])
        };
        let mut result = Vec::new();
        if let Some(total) = self.total_score.filter(|total| total.is_finite()) {
            result.push(number("resultTotalScore", &decimal(total)));
        }
        result.push(number("resultScore", &decimal(clamped(self.score))));
        result.extend(self.data.as_ref().map(ResultData::element));
        Element::new("result", result)
    }
}

/// The nearest score that the service accepts.
fn clamped(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score.clamp(0.0, 1.0) }
}

/// A number with a point, without an exponent, with at least one decimal and at most
/// [`DECIMALS`].
fn decimal(number: f64) -> String {
    let text = format!("{number:.DECIMALS$}");
    let trimmed = text.trim_end_matches('0');
    match trimmed.strip_suffix('.') {
        // Minus zero is zero.
        Some("-0") => "0.0".to_owned(),
        Some(_) => format!("{trimmed}0"),
        None => trimmed.to_owned(),
    }
}

/// The result of an operation in a response, `imsx_codeMajor` (Basic Outcomes 1.0, 3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// It was done.
    Success,
    /// It will be done later.
    Processing,
    /// It was refused.
    Failure,
    /// The platform does not support it.
    Unsupported,
}

/// A response of the service with a known code.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The result.
    pub code: Code,
    /// The platform's explanation, on one line.
    pub description: Option<String>,
    /// The ID of the request, as the platform repeats it.
    pub message_id: Option<String>,
    /// The grade from 0 to 1; `None` if there is none, and for all operations but
    /// [`Operation::Read`].
    pub score: Option<f64>,
}

/// Why an operation was not successful.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum OutcomeError {
    /// The platform refused the operation, postponed it, or does not support it.
    #[error("the platform responded with {}{}", code_name(.code), said(.description.as_deref()))]
    Refused {
        /// The result; not [`Code::Success`].
        code: Code,
        /// The platform's explanation, on one line.
        description: Option<String>,
    },
    /// The status is not 2xx.
    #[error("the platform responded with status {status}{}", said(.description.as_deref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The platform's explanation, if the body has one, on one line.
        description: Option<String>,
    },
    /// The body is not XML.
    #[error("the response cannot be read: {problem}")]
    NotXml {
        /// What is wrong with it.
        problem: XmlProblem,
    },
    /// The body is another document, or has an unknown code.
    #[error("the response has no known imsx_codeMajor")]
    NoCode,
    /// The grade is not a number from 0 to 1.
    #[error("the platform's grade '{text}' is not a number from 0 to 1")]
    ScoreUnreadable {
        /// What was sent, on one line.
        text: String,
    },
}

fn code_name(code: &Code) -> &'static str {
    match code {
        Code::Success => "success",
        Code::Processing => "processing",
        Code::Failure => "failure",
        Code::Unsupported => "unsupported",
    }
}

fn said(description: Option<&str>) -> String {
    description.map(|text| format!(": {text}")).unwrap_or_default()
}

impl Response {
    /// Reads a response. It is successful if the status is 2xx and the code is `success`.
    ///
    /// # Errors
    ///
    /// [`OutcomeError`].
    pub fn read(status: u16, body: &[u8]) -> Result<Self, OutcomeError> {
        let read = Self::parse(body);
        if !(200..300).contains(&status) {
            let description = match read {
                Ok(response) => response.description,
                Err(_) => None,
            };
            return Err(OutcomeError::Status { status, description });
        }
        match read? {
            response if response.code == Code::Success => Ok(response),
            Self { code, description, .. } => Err(OutcomeError::Refused { code, description }),
        }
    }

    fn parse(body: &[u8]) -> Result<Self, OutcomeError> {
        let envelope = Element::parse(body).map_err(|problem| OutcomeError::NotXml { problem })?;
        let status = envelope
            .descendant(&["imsx_POXHeader", "imsx_POXResponseHeaderInfo", "imsx_statusInfo"])
            .ok_or(OutcomeError::NoCode)?;
        let code = status.text_at(&["imsx_codeMajor"]).ok_or(OutcomeError::NoCode)?;
        let code = [Code::Success, Code::Processing, Code::Failure, Code::Unsupported]
            .into_iter()
            .find(|known| code_name(known).eq_ignore_ascii_case(code))
            .ok_or(OutcomeError::NoCode)?;
        let line = |name, maximum| {
            status
                .text_at(&[name])
                .map(|text| one_line(text, maximum))
                .filter(|text| !text.is_empty())
        };
        let score = envelope.text_at(&[
            "imsx_POXBody",
            "readResultResponse",
            "result",
            "resultScore",
            "textString",
        ]);
        Ok(Self {
            code,
            description: line("imsx_description", MAX_DESCRIPTION_CHARACTERS),
            message_id: line("imsx_messageRefIdentifier", MAX_SOURCEDID_CHARACTERS),
            score: score.map(read_score).transpose()?,
        })
    }
}

/// A score; some platforms write a comma instead of the point.
fn read_score(text: &str) -> Result<f64, OutcomeError> {
    text.replace(',', ".")
        .parse()
        .ok()
        .filter(|score| (0.0..=1.0).contains(score))
        .ok_or_else(|| OutcomeError::ScoreUnreadable { text: one_line(text, 60) })
}

#[cfg(test)]
mod tests;
