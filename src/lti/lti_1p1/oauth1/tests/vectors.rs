//! Published and computed signatures.

use super::*;

const V1: &[(&str, &str)] = &[
    ("lti_message_type", "basic-lti-launch-request"),
    ("lti_version", "LTI-1p0"),
    ("resource_link_id", "link-1"),
    ("user_id", "u1"),
    ("roles", "Instructor"),
    ("oauth_consumer_key", "key"),
    ("oauth_signature_method", "HMAC-SHA1"),
    ("oauth_timestamp", "1700000000"),
    ("oauth_nonce", "n0nce"),
    ("oauth_version", "1.0"),
    ("oauth_callback", "about:blank"),
];

const V1_BASE: &str = "POST&https%3A%2F%2Ftool.example%2Flti%2F1p1%2Flaunch&lti_message_type%3Dbasic-lti-launch-request%26lti_version%3DLTI-1p0%26oauth_callback%3Dabout%253Ablank%26oauth_consumer_key%3Dkey%26oauth_nonce%3Dn0nce%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D1700000000%26oauth_version%3D1.0%26resource_link_id%3Dlink-1%26roles%3DInstructor%26user_id%3Du1";

/// What the second vector has in addition.
const V2: &[(&str, &str)] = &[
    ("custom_a", ""),
    ("custom_b", " sp  ace "),
    ("resource_link_title", "Größe & Maß + 100% ~x"),
    ("resource_link_description", "line1\r\nline2"),
];

fn with_signature(fields: &Pairs, signature: &str) -> Vec<u8> {
    let mut fields: Vec<(String, String)> = fields
        .iter()
        .map(|(name, value)| {
            let text = |octets: &[u8]| String::from_utf8(octets.to_vec()).expect("UTF-8");
            (text(name), text(value))
        })
        .collect();
    fields.push(("oauth_signature".to_owned(), signature.to_owned()));
    form(&fields)
}

#[test]
fn the_example_of_oauth_core() {
    let parameters = pairs(&[
        ("file", "vacation.jpg"),
        ("size", "original"),
        ("oauth_consumer_key", "dpf43f3p2l4k3l03"),
        ("oauth_token", "nnch734d00sl2jdk"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1191242096"),
        ("oauth_nonce", "kllo9940pd9333jh"),
        ("oauth_version", "1.0"),
    ]);
    let base = base_string("GET", "http://photos.example.net/photos", &parameters);
    let key = signing_key(b"kd94hf93k423kf44", b"pfkkdhi9sl3r4s00");
    assert_eq!(Method::HmacSha1.sign(&base, &key), "tR3+Ty81lMeYAr/Fid0kMTYa/WM=");
}

#[test]
fn the_example_of_the_rfc() {
    // RFC 5849, 3.4.1.3.1: query, header and form, with repeated names and empty values.
    let mut parameters = parse_form(b"b5=%3D%253D&a3=a&c%40=&a2=r%20b");
    parameters.extend(parse_authorization(br#"OAuth realm="Example", oauth_consumer_key="9djdj82h48djs9d2", oauth_token="kkk9d7dh3k39sjv7", oauth_signature_method="HMAC-SHA1", oauth_timestamp="137131201", oauth_nonce="7d8f3e4a", oauth_signature="djosJKDKJSD8743243%2Fjdk33klY%3D""#).expect("a header"));
    parameters.extend(parse_form(b"c2&a3=2+q"));
    assert_eq!(
        base_string("POST", "http://example.com/request", &parameters),
        "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7"
    );
}

#[test]
fn launches_of_the_vectors() {
    let v1 = pairs(V1);
    let url = "https://Tool.Example:443/lti/1p1/launch";
    assert_eq!(base_string("POST", &base_url(url).expect("a URL"), &v1), V1_BASE);
    assert_eq!(
        Method::HmacSha1.sign(V1_BASE, &signing_key(b"secret", b"")),
        "E/+pyjRDpEf58P1xWjv3qCdev6U="
    );
    assert!(verified(url, &with_signature(&v1, "E/+pyjRDpEf58P1xWjv3qCdev6U="), b"secret").is_ok());

    let v2 = [v1.clone(), pairs(V2)].concat();
    let url = "https://tool.example:8443/lti/1p1/launch?id=7&x=a%20b&x=a+c&empty";
    let body = with_signature(&v2, "6af7ojRE6u30e3K/d1bJsAA2HHE=");
    let verified = verified(url, &body, b"s&cret=%").expect("a valid signature");
    assert!(verified.parameters.contains(&(b"custom_b".into(), b" sp  ace ".into())));
    assert!(verified.parameters.contains(&(b"empty".into(), b"".into())));

    // The same form signed with the other method: HMAC-SHA256 is not HMAC-SHA1.
    let sha256 = Method::HmacSha256.sign(V1_BASE, &signing_key(b"secret", b""));
    assert_eq!(STANDARD.decode(sha256).expect("base64").len(), 32);
}

#[test]
fn body_hashes_of_the_vectors() {
    for (body, hash) in [
        ("Hello World!", "Lve95gjOVATpfV8EL5X4nxwjKHE="),
        ("", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
        ("<x>Hello</x>", "/orRS+VGQjC76mdLEEoIe0FD8to="),
    ] {
        assert_eq!(body_hash(Method::HmacSha1, body.as_bytes()), hash, "{body}");
    }
    let header = authorization(
        "POST",
        "https://lms.example/mod/lti/service.php?x=1",
        b"<x>Hello</x>",
        &credentials(b"secret"),
        NOW,
        "n0nce",
    )
    .expect("a URL");
    assert!(header.ends_with(r#",oauth_signature="P9ALWXp%2FzyZioIUA4H6AuxDKZ20%3D""#), "{header}");
}

#[test]
fn urls_have_one_form() {
    for (url, expected) in [
        ("HTTPS://Tool.Example:443/A/b?x#y", Some("https://tool.example/A/b")),
        ("http://tool.example:80", Some("http://tool.example/")),
        ("http://tool.example:443/", Some("http://tool.example:443/")),
        ("https://tool.example:8443/a%2fb/../c", Some("https://tool.example:8443/a%2fb/../c")),
        ("https://[::1]/a", Some("https://[::1]/a")),
        ("https://[::1]:8443/a", Some("https://[::1]:8443/a")),
        ("https://me:pw@tool.example/a", Some("https://tool.example/a")),
        ("https://tool.example?x=/", Some("https://tool.example/")),
        ("https://tool.example:/a", Some("https://tool.example/a")),
        ("ftp://tool.example/", None),
        ("https:///a", None),
        ("/launch", None),
        ("", None),
    ] {
        assert_eq!(base_url(url).ok().as_deref(), expected, "{url}");
    }
}

#[test]
fn forms_are_octets() {
    for (text, expected) in [
        (
            &b"a=1&a=2&&b&=c"[..],
            &[(&b"a"[..], &b"1"[..]), (b"a", b"2"), (b"b", b""), (b"", b"c")][..],
        ),
        (b"a+b=%2B+%c3%BC", &[(b"a b", "+ ü".as_bytes())]),
        (b"a=%ff=%00", &[(b"a", b"\xff=\0")]),
        (b"a=%&b=%4&c=%zz&d=100%", &[(b"a", b"%"), (b"b", b"%4"), (b"c", b"%zz"), (b"d", b"100%")]),
        (b"", &[]),
    ] {
        let parsed = parse_form(text);
        let parsed: Vec<(&[u8], &[u8])> = parsed.iter().map(|(a, b)| (&**a, &**b)).collect();
        assert_eq!(parsed, expected, "{text:?}");
    }
}

#[test]
fn headers_are_read_or_refused() {
    for (header, expected) in [
        (
            r#"OAuth realm="a,\"b",x="1%202", y = "+" ,z=3"#,
            Some(&[("x", "1 2"), ("y", "+"), ("z", "3")][..]),
        ),
        ("oauth a=\"\"", Some(&[("a", "")])),
        ("OAuth a=\"1\",", Some(&[("a", "1")])),
        ("OAuth a=\"1\" b=\"2\"", None),
        ("OAuth a=\"1", None),
        ("OAuth a", None),
        ("OAuth ,a=1", None),
        ("OAuthx a=1", None),
        ("Bearer a=1", None),
        ("", None),
    ] {
        assert_eq!(parse_authorization(header.as_bytes()), expected.map(pairs), "{header}");
    }
}
