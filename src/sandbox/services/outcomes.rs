//! The outcome service (Basic Outcomes 1.0): replaces, reads and deletes a person's grade of a link. As
//! in Moodle, the status is always 200, and failures are in the document.

use axum::http::StatusCode;
use quick_xml::Reader;
use quick_xml::escape::{escape, resolve_xml_entity};
use quick_xml::events::Event;

use super::super::consumer::sourcedid;
use super::call::Call;
use super::grade_book::Grade;
use super::log::AcceptedScore;
use super::response::ServiceResponse;
use super::state::Services;

/// The namespace of all elements.
const NAMESPACE: &str = "http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0";

/// What a request says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Operation {
    /// `replaceResultRequest`, for example.
    name: String,
    message_id: String,
    sourcedid: String,
    score: String,
}

/// The result of an operation: its description, and the content of its response, or why it failed.
type Done = Result<(String, String), Failed>;

/// `imsx_codeMajor` and `imsx_description` of a failure.
type Failed = (&'static str, String);

fn failure<T>(description: &str) -> Result<T, Failed> {
    Err(("failure", description.to_owned()))
}

/// `POST /services/1p1/{course}/outcomes`; `checked` is whether the signature is valid.
pub(super) fn post(
    services: &mut Services,
    call: &Call<'_>,
    result_key: &str,
    checked: Result<(), String>,
) -> ServiceResponse {
    let operation = match checked {
        Ok(()) => read(call.body).ok_or("The document cannot be read.".to_owned()),
        Err(_) => Err("Message signature not valid".to_owned()),
    };
    match operation {
        Ok(operation) => {
            let done = perform(services, call, result_key, &operation);
            respond(&operation, done)
        }
        Err(problem) => {
            let unknown = Operation { name: "unknownRequest".to_owned(), ..Operation::default() };
            respond(&unknown, Err(("failure", problem)))
        }
    }
}

fn perform(
    services: &mut Services,
    call: &Call<'_>,
    result_key: &str,
    operation: &Operation,
) -> Done {
    let name = operation.name.as_str();
    if !matches!(name, "replaceResultRequest" | "readResultRequest" | "deleteResultRequest") {
        return Err(("unsupported", format!("{name} is not supported")));
    }
    let Some((course, link, user)) = sourcedid::read(result_key, &operation.sourcedid)
        .filter(|(course, ..)| *course == call.course)
    else {
        return failure("Invalid sourcedid");
    };
    let is_gradable = services.rosters.of(course).is_gradable(&user);
    let column = link.parse().ok().and_then(|link| services.grade_book.find(course, link));
    let Some(column) = column else { return failure("The link has no column") };
    if name == "readResultRequest" {
        let score = column.grades.get(&user).and_then(|grade| grade.score);
        let text = score.map(|score| (score / column.score_maximum).to_string());
        let text = text.unwrap_or_default();
        let result = format!(
            "<result><resultScore><language>en</language><textString>{text}</textString>\
             </resultScore></result>"
        );
        return Ok(("Result read".to_owned(), result));
    }
    if !is_gradable {
        return failure("The user cannot be graded in this course");
    }
    let share = match name {
        "replaceResultRequest" => Some(share(&operation.score)?),
        _ => None,
    };
    let score = share.map(|share| share * column.score_maximum);
    column
        .grades
        .insert(user.clone(), Grade { score, comment: None, timestamp: call.now, attempts: 0 });
    services.log.accept(accepted(call, link, user, share));
    Ok(("Grade changed".to_owned(), String::new()))
}

/// A part of the maximum (Basic Outcomes 1.0, `resultScore`).
fn share(text: &str) -> Result<f64, Failed> {
    let Ok(share) = text.parse::<f64>() else { return failure("Score must be numeric") };
    match (0.0..=1.0).contains(&share) {
        true => Ok(share),
        false => failure("Score not between 0.0 and 1.0"),
    }
}

/// The score for the log: its maximum is 1.
fn accepted(call: &Call<'_>, link: String, user_id: String, share: Option<f64>) -> AcceptedScore {
    AcceptedScore {
        line_item: link,
        user_id,
        score_given: share,
        score_maximum: share.map(|_| 1.0),
        activity_progress: String::new(),
        grading_progress: String::new(),
        new_submission: true,
        preserve_score: false,
        comment: None,
        started_at: None,
        submitted_at: None,
        timestamp: call.now,
        at: call.now,
    }
}

fn respond(operation: &Operation, done: Done) -> ServiceResponse {
    let name = &operation.name;
    let (code, description, body) = match done {
        Ok((description, body)) => {
            let element = name.replace("Request", "Response");
            ("success", description, format!("<{element}>{body}</{element}>"))
        }
        Err((code, description)) => (code, description, format!("<{name}/>")),
    };
    let (description, message_id) = (escape(&description), escape(&operation.message_id));
    let document = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<imsx_POXEnvelopeResponse xmlns=\"{NAMESPACE}\">\
         <imsx_POXHeader><imsx_POXResponseHeaderInfo><imsx_version>V1.0</imsx_version>\
         <imsx_messageIdentifier>{id}</imsx_messageIdentifier><imsx_statusInfo>\
         <imsx_codeMajor>{code}</imsx_codeMajor><imsx_severity>status</imsx_severity>\
         <imsx_description>{description}</imsx_description>\
         <imsx_messageRefIdentifier>{message_id}</imsx_messageRefIdentifier>\
         <imsx_operationRefIdentifier>{name}</imsx_operationRefIdentifier></imsx_statusInfo>\
         </imsx_POXResponseHeaderInfo></imsx_POXHeader><imsx_POXBody>{body}</imsx_POXBody>\
         </imsx_POXEnvelopeResponse>\n",
        id = uuid::Uuid::new_v4().simple()
    );
    ServiceResponse::new(StatusCode::OK, "application/xml; charset=utf-8", document)
}

/// Reads a request; `None` if it is no such document, or has a DTD.
fn read(body: &[u8]) -> Option<Operation> {
    let mut reader = Reader::from_str(std::str::from_utf8(body).ok()?.trim());
    let (mut open, mut operation) = (Vec::<String>::new(), Operation::default());
    let mut is_complete = false;
    loop {
        let event = reader.read_event().ok()?;
        match &event {
            Event::Start(start) | Event::Empty(start) => {
                let name = start.local_name().into_inner().to_owned();
                if open.last().is_some_and(|parent| parent == "imsx_POXBody") {
                    operation.name.clone_from(&name);
                }
                if matches!(event, Event::Start(_)) {
                    open.push(name);
                }
            }
            Event::End(_) => {
                open.pop()?;
                is_complete = open.is_empty();
            }
            Event::Text(text) => push(&mut operation, &open, &text.xml10_content()),
            Event::CData(text) => push(&mut operation, &open, &text.xml10_content()),
            Event::GeneralRef(reference) => match reference.resolve_char_ref().ok()? {
                Some(character) => {
                    push(&mut operation, &open, character.encode_utf8(&mut [0; 4]));
                }
                None => push(&mut operation, &open, resolve_xml_entity(reference)?),
            },
            Event::DocType(_) => return None,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    (is_complete && !operation.name.is_empty()).then_some(operation)
}

/// Adds text to what it belongs to.
fn push(operation: &mut Operation, open: &[String], text: &str) {
    match open.last().map(String::as_str) {
        Some("imsx_messageIdentifier") => operation.message_id.push_str(text),
        Some("sourcedId") => operation.sourcedid.push_str(text),
        Some("textString") => operation.score.push_str(text),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_read() {
        let document = |body: &str| {
            format!(
                "<?xml version='1.0'?><a:E xmlns:a='x'><h><imsx_messageIdentifier>7\
                 </imsx_messageIdentifier></h><imsx_POXBody>{body}</imsx_POXBody></a:E>"
            )
        };
        let replace = "<replaceResultRequest><sourcedId>a &amp;&#x3c;<![CDATA[>]]></sourcedId>\
                       <textString>0.5</textString></replaceResultRequest>";
        let expected = Operation {
            name: "replaceResultRequest".to_owned(),
            message_id: "7".to_owned(),
            sourcedid: "a &<>".to_owned(),
            score: "0.5".to_owned(),
        };
        assert_eq!(read(document(replace).as_bytes()), Some(expected));
        for broken in [
            document(""),
            document("<a>"),
            "<!DOCTYPE a><imsx_POXBody><a/></imsx_POXBody>".to_owned(),
            "text".to_owned(),
            String::new(),
        ] {
            assert_eq!(read(broken.as_bytes()), None, "{broken}");
        }
    }
}
