//! `Link` headers, one per line after the URL that was requested: a next page is found whatever
//! else is there, and a path leads to no other origin.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::link_header::{UnusableLink, next};
use url::Url;

fuzz_target!(|data: &[u8]| {
    let mut lines = data.split(|byte| *byte == b'\n');
    let base = lines.next().and_then(|line| Url::parse(std::str::from_utf8(line).ok()?).ok());
    let base = base
        .filter(|base| matches!(base.scheme(), "http" | "https"))
        .unwrap_or_else(|| Url::parse("https://lms.example.edu/m?rlid=1").expect("a URL"));
    let values: Vec<&[u8]> = lines.collect();

    let found = next(values.iter().copied(), &base);
    if let Ok(Some(url)) = &found {
        assert_eq!(url.fragment(), None);
        assert!(values.iter().any(|value| value.contains(&b'<') && value.contains(&b'>')));
        // `&amp;` stands for `&`, so a URL that still has one is not read back.
        let again = next([format!("<{url}>; rel=\"next\"").as_bytes()], &base);
        assert!(
            again == Ok(Some(url.clone())) || url.as_str().contains("&amp;"),
            "it is not read back"
        );
    }

    // A next page that comes first is found, whatever follows it.
    let first = base.join("/page/2?a=1&b=%3E").expect("a path");
    let plain = b"</page/2?a=1&b=%3E>; rel=\"next\"".as_slice();
    assert_eq!(
        next([plain].into_iter().chain(values.iter().copied()), &base),
        Ok(Some(first.clone()))
    );
    for value in &values {
        assert_eq!(
            next([[plain, b", ", value].concat().as_slice()], &base),
            Ok(Some(first.clone()))
        );
        // In a header of its own it is found, whatever came before, unless that named another one.
        let after = next([value, plain], &base);
        assert!(after == Ok(Some(first.clone())) || after == next([*value], &base));
        assert!(after != Ok(None));
    }

    // The target of a link, as the whole of one.
    if let Some(target) = values
        .first()
        .and_then(|value| std::str::from_utf8(value).ok())
        .filter(|target| !target.contains(['<', '>']))
    {
        let page = next([format!("<{target}>; rel=next").as_bytes()], &base);
        let path = target.trim().replace("&amp;", "&");
        let is_path = path.starts_with('/')
            && !path[1..].trim_start_matches(['\t', '\r']).starts_with(['/', '\\']);
        match page {
            Ok(Some(url)) if is_path => assert_eq!(url.origin(), base.origin()),
            Ok(Some(_)) => {}
            Ok(None) => panic!("a next page is overlooked"),
            Err(UnusableLink) => {}
        }
    }
});
