//! Error responses of services and token endpoints: what is kept is one short line, and a page
//! costs no more than its size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::platform::platform_message;
use ltictl::web::page_text::visible;
use ltictl_fuzz::is_one_line;
use serde_json::json;

fuzz_target!(|data: &[u8]| {
    let words = platform_message(data);
    assert!(words.chars().count() <= 500 && is_one_line(&words), "{words:?}");
    // A sentence is found where platforms put it. Numbers and the like in a JSON string are text
    // there.
    if !words.is_empty() {
        for answer in [
            json!({ "reason": words }),
            json!({ "errors": [{ "type": 7, "message": words }] }),
            json!([null, { "error": words }]),
        ] {
            assert_eq!(
                platform_message(answer.to_string().as_bytes()),
                words.split_whitespace().collect::<Vec<_>>().join(" ")
            );
        }
    }

    let Ok(page) = std::str::from_utf8(data) else { return };
    let text = visible(page);
    assert!(text.len() <= page.len(), "a page becomes longer");
    if !page.contains(['<', '&']) {
        assert_eq!(text, page);
    }
    let hidden = visible(&format!("<script>{}</script>", page.replace('<', "&lt;")));
    assert_eq!(hidden.trim(), "", "a script is shown");
});
