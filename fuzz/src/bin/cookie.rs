//! `Cookie` headers, one per line after the name that is looked for: no value is found that was not
//! sent under this name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::web::cookie::find;

fuzz_target!(|text: &str| {
    let (name, headers) = text.split_once('\n').unwrap_or((text, ""));
    let headers: Vec<&str> = headers.split('\n').collect();
    let found = find(headers.iter().copied(), name);
    if let Some(value) = found {
        assert!(
            headers.iter().any(|header| header.contains(&format!("{name}={value}"))),
            "the cookie was not sent"
        );
        assert!(!value.contains(';') && !name.contains(['=', ';']));
    }
    if name.is_empty() || name.contains(['=', ';']) || name.trim() != name {
        return;
    }
    // Found wherever it is, unless it was there before.
    let own = format!("x{name}=1; {name}=own value=2; {name}x=3");
    assert_eq!(
        find(headers.iter().copied().chain([own.as_str()]), name),
        Some(found.unwrap_or("own value=2"))
    );
    assert_eq!(
        find([own.as_str()].into_iter().chain(headers.iter().copied()), name),
        Some("own value=2")
    );
    // A name that only ends in it is another one.
    let other = find(headers.iter().copied(), &format!("{name}{name}"));
    assert!(
        other.is_none() || headers.iter().any(|header| header.contains(&format!("{name}{name}=")))
    );
});
