use proptest::prelude::*;

use super::super::test_support::{names, recorded};
use super::*;

fn refused(code: Code, description: &str) -> Result<Option<f64>, OutcomeError> {
    Err(OutcomeError::Refused { code, description: Some(description.to_owned()) })
}

fn grade(score: f64) -> Grade<'static> {
    Grade { score, total_score: None, data: None }
}

/// A recorded exchange: its name, the operation if the tool would send it, and what the response
/// means.
type Exchange = (&'static str, Option<Operation<'static>>, Result<Option<f64>, OutcomeError>);

fn exchanges() -> Vec<Exchange> {
    let replace = |score| Some(Operation::Replace(grade(score)));
    vec![
        ("outcomes-1-readResult-none", Some(Operation::Read), Ok(None)),
        ("outcomes-2-replaceResult", replace(0.85), Ok(None)),
        ("outcomes-3-readResult", Some(Operation::Read), Ok(Some(0.85))),
        ("outcomes-4-replaceResult-zero", replace(0.0), Ok(None)),
        (
            "outcomes-5-replaceResult-out-of-range",
            None,
            refused(Code::Failure, "Score not between 0.0 and 1.0"),
        ),
        (
            "outcomes-6-replaceResult-not-a-number",
            None,
            refused(Code::Failure, "Score must be numeric"),
        ),
        ("outcomes-7-deleteResult", Some(Operation::Delete), Ok(None)),
        ("outcomes-8-readResult-after-delete", Some(Operation::Read), Ok(None)),
        ("outcomes-9-unsupported-operation", None, refused(Code::Unsupported, "unsupported")),
        (
            "outcomes-10-bad-sourcedid",
            replace(0.5),
            refused(Code::Failure, "SourcedId hash not valid"),
        ),
        (
            "outcomes-11-bad-signature",
            replace(0.5),
            refused(Code::Failure, "Message signature not valid"),
        ),
    ]
}

#[test]
fn recorded_exchanges_are_built_and_read() {
    assert_eq!(exchanges().len(), names("outcomes").len());
    for (name, operation, expected) in exchanges() {
        let exchange = recorded(name);
        let text =
            |place: &str| exchange.pointer(place).and_then(|text| text.as_str()).expect("text");
        let sent = Element::parse(text("/request/body").as_bytes()).expect("a document");
        let message_id = sent
            .text_at(&["imsx_POXHeader", "imsx_POXRequestHeaderInfo", "imsx_messageIdentifier"])
            .expect("an ID");
        if let Some(operation) = operation {
            let request = format!("{}Request", operation.name());
            let sourcedid = sent
                .text_at(&["imsx_POXBody", &request, "resultRecord", "sourcedGUID", "sourcedId"])
                .expect("a sourcedid");
            let ours = operation.request(sourcedid, message_id);
            assert_eq!(Element::parse(ours.as_bytes()), Ok(sent.clone()), "{name}");
        }
        let status = exchange["response"]["status"].as_u64().expect("a status");
        let response = Response::read(
            u16::try_from(status).expect("a status"),
            text("/response/body").as_bytes(),
        );
        if let Ok(response) = &response {
            assert_eq!(response.message_id.as_deref(), Some(message_id), "{name}");
        }
        assert_eq!(response.map(|response| response.score), expected, "{name}");
    }
}

#[test]
fn a_request_has_the_elements_of_the_specification() {
    let data = Some(ResultData::Url("https://tool.example/?a=1&b=2"));
    let operation = Operation::Replace(Grade { score: 0.92, total_score: Some(46.0), data });
    assert_eq!(
        operation.request("a::<b>&\"c\"", "7"),
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<imsx_POXEnvelopeRequest xmlns=\"http://www.imsglobal.org/services/ltiv1p1/xsd/imsoms_v1p0\"><imsx_POXHeader><imsx_POXRequestHeaderInfo><imsx_version>V1.0</imsx_version><imsx_messageIdentifier>7</imsx_messageIdentifier></imsx_POXRequestHeaderInfo></imsx_POXHeader><imsx_POXBody><replaceResultRequest><resultRecord><sourcedGUID><sourcedId>a::&lt;b&gt;&amp;&quot;c&quot;</sourcedId></sourcedGUID><result><resultTotalScore><language>en</language><textString>46.0</textString></resultTotalScore><resultScore><language>en</language><textString>0.92</textString></resultScore><resultData><url>https://tool.example/?a=1&amp;b=2</url></resultData></result></resultRecord></replaceResultRequest></imsx_POXBody></imsx_POXEnvelopeRequest>"
    );
    for (data, name, element) in [
        (ResultData::Text("é"), "text", "<resultData><text>é</text></resultData>"),
        (
            ResultData::LaunchUrl("https://x"),
            "lti_launch_url",
            "<ltiLaunchUrl>https://x</ltiLaunchUrl>",
        ),
    ] {
        assert_eq!(data.value_name(), name);
        let operation = Operation::Replace(Grade { data: Some(data), ..grade(1.0) });
        assert!(operation.request("x", "1").contains(element));
    }
}

#[test]
fn scores_are_plain_decimals() {
    for (score, expected) in [
        (0.0, "0.0"),
        (-0.0, "0.0"),
        (1.0, "1.0"),
        (0.5, "0.5"),
        (1.0 / 3.0, "0.33333"),
        (2.0 / 3.0, "0.66667"),
        (1e-9, "0.0"),
        (0.999_999_9, "1.0"),
        (1.5, "1.0"),
        (-3.0, "0.0"),
        (f64::NAN, "0.0"),
        (f64::INFINITY, "1.0"),
    ] {
        assert_eq!(decimal(clamped(score)), expected, "{score}");
    }
    assert_eq!(decimal(-0.000_000_1), "0.0");
}

fn response(code: &str, more: &str, body: &str) -> String {
    format!(
        "<p:imsx_POXEnvelopeResponse xmlns:p='x'><p:imsx_POXHeader><p:imsx_POXResponseHeaderInfo><p:imsx_statusInfo><p:imsx_codeMajor>{code}</p:imsx_codeMajor>{more}</p:imsx_statusInfo></p:imsx_POXResponseHeaderInfo></p:imsx_POXHeader><p:imsx_POXBody>{body}</p:imsx_POXBody></p:imsx_POXEnvelopeResponse>"
    )
}

#[test]
fn only_the_code_makes_a_success() {
    let read =
        |status, body: &str| Response::read(status, body.as_bytes()).map(|response| response.score);
    let score = |text: &str| {
        response(
            "success",
            "",
            &format!(
                "<readResultResponse><result><resultScore><textString>{text}</textString></resultScore></result></readResultResponse>"
            ),
        )
    };
    let description = Some("a b".to_owned());
    let described = "<imsx_description> a\n\tb </imsx_description>";
    let not_xml = |problem| Err(OutcomeError::NotXml { problem });
    for (status, body, expected) in [
        (200, response("success", described, ""), Ok(None)),
        (201, response(" Success ", "", ""), Ok(None)),
        (
            200,
            response("failure", described, "success"),
            Err(OutcomeError::Refused { code: Code::Failure, description: description.clone() }),
        ),
        (
            200,
            response("processing", "", ""),
            Err(OutcomeError::Refused { code: Code::Processing, description: None }),
        ),
        (200, response("successful", "", ""), Err(OutcomeError::NoCode)),
        (200, response("", "", ""), Err(OutcomeError::NoCode)),
        (
            500,
            response("success", described, ""),
            Err(OutcomeError::Status { status: 500, description }),
        ),
        (404, "success".to_owned(), Err(OutcomeError::Status { status: 404, description: None })),
        (200, "success".to_owned(), not_xml(XmlProblem::Malformed)),
        (200, "<html>success</html>".to_owned(), Err(OutcomeError::NoCode)),
        (200, String::new(), not_xml(XmlProblem::Malformed)),
        (200, format!("<!DOCTYPE x>{}", response("success", "", "")), not_xml(XmlProblem::Doctype)),
        (200, score("0,5"), Ok(Some(0.5))),
        (200, score(" "), Ok(None)),
        (200, score("1.01"), Err(OutcomeError::ScoreUnreadable { text: "1.01".to_owned() })),
        (200, score("NaN"), Err(OutcomeError::ScoreUnreadable { text: "NaN".to_owned() })),
        (
            200,
            score("A\u{202e}"),
            Err(OutcomeError::ScoreUnreadable { text: "A\u{202e}".to_owned() }),
        ),
    ] {
        assert_eq!(read(status, &body), expected, "{status} {body}");
    }
    let long = response(
        "failure",
        &format!("<imsx_description>{}</imsx_description>", "x".repeat(9000)),
        "",
    );
    let Err(OutcomeError::Refused { description: Some(description), .. }) = read(200, &long) else {
        panic!("a refusal")
    };
    assert_eq!(description.chars().count(), 501);
}

proptest! {
    #[test]
    fn scores_lose_at_most_half_a_digit(score in 0.0..=1.0_f64) {
        let text = decimal(clamped(score));
        prop_assert!((text.parse::<f64>().unwrap() - score).abs() <= 0.000_005_1);
        prop_assert!(text.len() <= 7 && text.contains('.') && !text.contains('e'));
        prop_assert_eq!(read_score(&text).unwrap(), text.parse::<f64>().unwrap());
    }
}
