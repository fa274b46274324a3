//! Paths of requests to apps behind a proxy, with a prefix on the second line: a path that is called
//! plain is read by another parser as the same names, and is below a prefix only if they say so.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::web::proxied::{is_below, plain_path};
use url::Url;

fuzz_target!(|text: &str| {
    let (path, prefix) = text.split_once('\n').unwrap_or((text, "/"));
    let Some(plain) = plain_path(path) else {
        // What is plainly a path is not rejected.
        let is_plain = |name: &str| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        assert!(!path.strip_prefix('/').is_some_and(|rest| rest.split('/').all(is_plain)));
        return;
    };
    assert!(plain.starts_with('/') && !plain.contains(['\\', '%', ';', '\0']));
    assert_eq!(plain.matches('/').count(), path.matches('/').count());
    let names = plain[1..].split('/').collect::<Vec<_>>();
    assert!(names.iter().all(|name| !matches!(*name, "." | "..")));
    assert!(names[..names.len() - 1].iter().all(|name| !name.is_empty()));
    // Browsers and servers resolve nothing in it.
    if path.is_ascii() && !path.contains(['?', '#']) {
        let url = Url::parse(&format!("https://app.example.edu{path}")).expect("it is a path");
        assert_eq!(url.path().matches('/').count(), path.matches('/').count(), "{path:?}");
    }
    if prefix.ends_with('/') && is_below(&plain, prefix) {
        assert!(format!("{plain}/").starts_with(prefix));
    }
});
