//! `Host` headers: one that is valid names a host and perhaps a port in every reader's eyes, and
//! nothing else.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::web::host::is_host;
use url::Url;

fuzz_target!(|text: &str| {
    let url = Url::parse(&format!("http://{text}/path"));
    if !is_host(text) {
        // What is plainly a host is not rejected.
        let is_plain = |label: &str| {
            !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        assert!(!text.split('.').all(is_plain), "{text:?}");
        return;
    }
    assert!(
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"/\\@?#\"<>^`{|},".contains(&byte))
    );
    // Another reader may not know such a host, but it does not find another one, or a path, or a
    // person in it.
    if let Ok(url) = url {
        assert_eq!(
            (url.path(), url.query(), url.fragment(), url.username(), url.password()),
            ("/path", None, None, "", None)
        );
        let port = text
            .rsplit_once(':')
            .filter(|(_, port)| !port.ends_with(']'))
            .and_then(|(_, port)| port.parse::<u16>().ok());
        assert_eq!(url.port_or_known_default(), port.or(Some(80)));
    }
});
