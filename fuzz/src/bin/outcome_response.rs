//! Responses of outcome services: only a known code is a success, scores are from 0 to 1, and what
//! is shown of a response is one line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::lti_1p1::outcomes::{Code, Grade, Operation, OutcomeError, Response, ResultData};
use ltictl_fuzz::is_one_line;

fuzz_target!(|data: &[u8]| {
    match Response::read(200, data) {
        Ok(response) => {
            assert_eq!(response.code, Code::Success);
            assert!(response.score.is_none_or(|score| (0.0..=1.0).contains(&score)));
            let texts = [response.description, response.message_id];
            assert!(texts.iter().flatten().all(|text| is_one_line(text) && !text.is_empty()));
        }
        Err(error) => {
            assert!(is_one_line(&error.to_string()));
            assert!(!matches!(error, OutcomeError::Refused { code: Code::Success, .. }));
        }
    }
    assert!(matches!(Response::read(500, data), Err(OutcomeError::Status { status: 500, .. })));

    // Whatever is sent is XML, which cannot be a response.
    let text = String::from_utf8_lossy(data);
    let grade = Grade { score: 0.5, total_score: None, data: Some(ResultData::Text(&text)) };
    let request = Operation::Replace(grade).request(&text, "1");
    assert_eq!(Response::read(200, request.as_bytes()), Err(OutcomeError::NoCode));
});
