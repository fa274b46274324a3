//! Scores that apps send: read as an object or not at all, within the bounds of a grade.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::session::score_request::{BadScore, read};
use serde_json::json;

fuzz_target!(|data: &[u8]| match read(data) {
    Ok((account, course, grade)) => {
        assert!(data.trim_ascii().starts_with(b"{"));
        let (score, maximum) =
            (grade.score.map(|score| score.get()), grade.maximum.map(|maximum| maximum.get()));
        assert!(
            score.is_none_or(|score| score.is_finite() && score >= 0.0)
                && maximum.is_none_or(|maximum| maximum.is_finite() && maximum > 0.0)
        );
        let again = json!({
            "score": score,
            "maximum": maximum,
            "activity_progress": grade.activity_progress.map(|progress| progress.as_str()),
            "grading_progress": grade.grading_progress.map(|progress| progress.as_str()),
            "comment": grade.comment,
            "account": account.as_ref().map(|account| account.as_str()),
            "course": course,
            "submission": grade.submission.map(|times| json!({
                "started_at": times.started_at.map(|time| time.to_string()),
                "submitted_at": times.submitted_at.map(|time| time.to_string()),
            })),
        });
        assert_eq!(read(again.to_string().as_bytes()), Ok((account, course, grade)));
    }
    Err(BadScore::NotJson { line, .. }) =>
        assert!(line <= 1 + data.iter().filter(|byte| **byte == b'\n').count()),
    Err(BadScore::WrongShape(problem)) => assert!(!problem.is_empty()),
    Err(BadScore::Invalid(invalid)) => assert!(!invalid.rule.is_empty()),
});
