use std::time::Duration;

use super::*;

const NOW: &str = "2026-11-23T17:00:00Z";

fn of(status: u16, body: &str, retry_after: Option<&str>) -> ServiceError {
    ServiceError::from_status(status, body.as_bytes(), retry_after, NOW.parse().unwrap())
}

#[test]
fn every_status_has_a_fix() {
    for (status, body, code) in [
        (400, "[]", "refused"),
        (401, "", "refused"),
        (403, "Forbidden", "refused"),
        (403, "403 Forbidden (Rate Limit Exceeded)\n", "platform_busy"),
        (404, "", "gone"),
        (405, "", "refused"),
        (408, "", "platform_failing"),
        (409, "[]", "conflict"),
        (410, "", "gone"),
        (412, "", "refused"),
        (415, "", "refused"),
        (422, "", "refused"),
        (429, "", "platform_busy"),
        (500, "", "platform_failing"),
        (502, "", "platform_failing"),
        (503, "", "platform_failing"),
    ] {
        let error = of(status, body, None);
        assert_eq!(error.code(), code, "{status} {body}");
        assert_eq!(error.is_temporary(), code.starts_with("platform_"), "{status} {body}");
        assert!(!error.to_string().is_empty() && !error.fix(&Slug::placeholder()).is_empty());
    }
}

#[test]
fn a_pause_is_a_number_of_seconds_or_a_date() {
    for (value, seconds) in [
        ("7", Some(7)),
        (" 120 ", Some(120)),
        ("0", Some(0)),
        ("Mon, 23 Nov 2026 17:01:30 GMT", Some(90)),
        ("Mon, 23 Nov 2026 16:00:00 GMT", Some(0)),
        ("999999999999999999999999", Some(86_400)),
        ("Tue, 23 Nov 2027 17:01:30 GMT", Some(86_400)),
        ("soon", None),
        ("-1", None),
        ("", None),
    ] {
        let ServiceError::Temporary { after, .. } = of(503, "", Some(value)) else {
            panic!("{value}")
        };
        assert_eq!(after, seconds.map(Duration::from_secs), "{value}");
    }
}

#[test]
fn platform_messages_are_found_and_cleaned() {
    for (body, words) in [
        (
            r#"{"status":404,"reason":"Not Found: Course 999 doesn't exist","request":{"url":"/x"}}"#,
            "Not Found: Course 999 doesn't exist",
        ),
        (
            r#"{"errors":[{"type":"unprocessable_entity","message":"User not found in course or is not a student"}]}"#,
            "User not found in course or is not a student",
        ),
        (r#"{"error":"invalid_client"}"#, "invalid_client"),
        (r#"{"title":"Bad","detail":"scoreMaximum is missing"}"#, "scoreMaximum is missing"),
        ("[]", ""),
        ("7", ""),
        ("", ""),
        ("\"no\\u001b[31m way\"", "no[31m way"),
        ("403 Forbidden\r\n (Rate Limit Exceeded)\n", "403 Forbidden (Rate Limit Exceeded)"),
        (
            "<html><head><title>x</title></head><body><script>alert(1)</script><h1>Not\n \
             found</h1><p>here</p></body>",
            "Not found here",
        ),
        ("<SCRIPT>never closed", ""),
        ("a < b &amp; c", "a < b & c"),
    ] {
        assert_eq!(platform_message(body.as_bytes()), words, "{body}");
    }
    assert_eq!(platform_message("ä".repeat(70_000).as_bytes()).chars().count(), 500);
    assert_eq!(platform_message(&[0xff, 0xfe, b'x']), "\u{fffd}\u{fffd}x");
    assert_eq!(
        of(412, r#"{"message":"No"}"#, None).to_string(),
        "the platform refused the request with HTTP status 412: No"
    );
}
