//! Paths below a published directory: whatever is asked for, only plain names reach the file
//! system.
#![no_main]

use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use ltictl::web::content_path::ContentPath;

fuzz_target!(|below: &str| {
    let Some(path) = ContentPath::read(below) else {
        // Letters, digits and slashes between them are always a path.
        assert!(
            below
                .split('/')
                .any(|name| name.is_empty()
                    || !name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
        );
        return;
    };
    assert_eq!(path.is_directory, below.is_empty() || below.ends_with('/'));
    assert!(path.names.is_relative());
    let text = path.names.to_str().expect("names are UTF-8");
    assert!(!text.contains('\\') && !text.chars().any(char::is_control));
    assert_eq!(
        text.matches('/').count(),
        below.strip_suffix('/').unwrap_or(below).matches('/').count()
    );
    for component in path.names.components() {
        let Component::Normal(name) = component else { panic!("{component:?} is no plain name") };
        assert!(!name.as_encoded_bytes().starts_with(b"."));
    }
    assert!(Path::new("/srv/content").join(&path.names).starts_with("/srv/content"));
});
