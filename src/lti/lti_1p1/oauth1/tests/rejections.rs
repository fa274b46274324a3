//! Messages that are refused, accepted in spite of a difference, or explained.

use super::*;

/// A valid form without its signature and one field changed: another value, or none.
fn changed_form(name: &str, value: Option<&str>) -> Vec<u8> {
    let mut fields = signed(URL, &[("user_id", "4")], b"secret");
    fields.retain(|(field, _)| field != name);
    fields.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    form(&fields)
}

#[test]
fn fields_are_checked_before_the_signature() {
    let text = str::to_owned;
    let required = [
        "oauth_consumer_key",
        "oauth_signature_method",
        "oauth_timestamp",
        "oauth_nonce",
        "oauth_signature",
    ];
    for field in required {
        for value in [None, Some("")] {
            let read = Message::from_form(URL, &changed_form(field, value));
            assert_eq!(read, Err(Rejection::Missing { field }));
        }
    }
    for (field, value, expected) in [
        ("oauth_version", "1.0a", Rejection::VersionUnsupported { version: text("1.0a") }),
        ("oauth_version", "", Rejection::VersionUnsupported { version: text("") }),
        (
            "oauth_signature_method",
            "PLAINTEXT",
            Rejection::MethodUnsupported { method: text("PLAINTEXT") },
        ),
        (
            "oauth_signature_method",
            "RSA-SHA1",
            Rejection::MethodUnsupported { method: text("RSA-SHA1") },
        ),
        (
            "oauth_signature_method",
            "hmac-sha1",
            Rejection::MethodUnsupported { method: text("hmac-sha1") },
        ),
        ("oauth_timestamp", "1e9", Rejection::TimestampMalformed),
        ("oauth_timestamp", "-5", Rejection::TimestampMalformed),
        ("oauth_timestamp", "99999999999999999999", Rejection::TimestampMalformed),
        ("oauth_consumer_key", "a\nb", Rejection::Unreadable { field: "oauth_consumer_key" }),
        ("oauth_nonce", &"n".repeat(256), Rejection::Unreadable { field: "oauth_nonce" }),
    ] {
        let read = Message::from_form(URL, &changed_form(field, Some(value)));
        assert_eq!(read, Err(expected), "{field}={value}");
    }
    assert!(verified(URL, &changed_form("oauth_version", None), b"secret").is_err());
    let url = "tool.example/launch";
    assert_eq!(Message::from_form(url, b""), Err(Rejection::UrlUnusable));
    assert_eq!(
        Message::from_header("GET", URL, b"Bearer x", b""),
        Err(Rejection::AuthorizationMalformed)
    );
}

#[test]
fn what_has_one_meaning_is_sent_once() {
    let repeated = |field: &str| Rejection::Repeated { field: field.to_owned() };
    let in_query = |field: &str| Rejection::OauthInQuery { field: field.to_owned() };
    for (query, body, expected) in [
        ("", "&user_id=5", Some(repeated("user_id"))),
        ("", "&oauth_nonce=n0nce", Some(repeated("oauth_nonce"))),
        ("?roles=Instructor", "&roles=Learner", Some(repeated("roles"))),
        ("?user_id=5", "", Some(repeated("user_id"))),
        ("?lti_version=1&lti_version=1", "", Some(repeated("lti_version"))),
        ("?oauth_nonce=other", "", Some(repeated("oauth_nonce"))),
        ("?oauth_nonce=n0nce", "", Some(in_query("oauth_nonce"))),
        ("?oauth_token=x", "", Some(in_query("oauth_token"))),
        ("?x=1&x=2&custom_a=1&custom_a=1", "&x=3&custom_a=2", None),
        ("?user_id=4", "", None),
    ] {
        let body = [form(&signed(URL, &[("user_id", "4")], b"secret")), body.into()].concat();
        let read = Message::from_form(&format!("{URL}{query}"), &body);
        assert_eq!(read.err(), expected, "{query} {body:?}");
    }
}

#[test]
fn a_repeated_query_may_be_signed_once() {
    let url = format!("{URL}?id=7&x=1");
    // The platform signs the form with the query's parameters, and sends both.
    let once = form(&signed(URL, &[("id", "7"), ("x", "1"), ("user_id", "4")], b"secret"));
    let twice = form(&signed(&url, &[("id", "7"), ("x", "1"), ("user_id", "4")], b"secret"));
    let query_only = form(&signed(&url, &[("user_id", "4")], b"secret"));
    for body in [&once, &twice, &query_only] {
        let parameters = verified(&url, body, b"secret").expect("a valid signature").parameters;
        let ids = parameters.iter().filter(|(name, _)| name == b"id").count();
        assert_eq!((parameters.len(), ids), (3, 1));
    }
    // Nothing else is accepted: not a query that was not signed at all, nor half of one.
    let unsigned = form(&signed(URL, &[("user_id", "4")], b"secret"));
    let half = form(&signed(URL, &[("id", "7"), ("user_id", "4")], b"secret"));
    let other = form(&signed(URL, &[("id", "8"), ("x", "1"), ("user_id", "4")], b"secret"));
    for body in [&unsigned, &half, &other] {
        assert_eq!(verified(&url, body, b"secret"), Err(Rejection::SignatureMismatch));
    }
}

#[test]
fn secrets_and_time_have_limits() {
    let body = form(&signed(URL, &[("user_id", "4")], b"secret"));
    let message = Message::from_form(URL, &body).expect("a message");
    for (secrets, expected) in [
        (&["secret"][..], Some(0)),
        (&["old", "secret", "secret"], Some(1)),
        (&["secret "], None),
        (&["", "Secret"], None),
        (&[], None),
    ] {
        let secrets = secrets.iter().map(|secret| secret.as_bytes());
        assert_eq!(message.verify(secrets, NOW).ok().map(|verified| verified.secret), expected);
    }
    for (now, is_valid) in [
        (NOW - MAX_AGE_SECONDS, true),
        (NOW + MAX_AGE_SECONDS, true),
        (NOW - MAX_AGE_SECONDS - 1, false),
        (NOW + MAX_AGE_SECONDS + 1, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ] {
        assert_eq!(message.verify([b"secret".as_slice()], now).is_ok(), is_valid, "{now}");
    }
    let empty = form(&signed(URL, &[("user_id", "4")], b""));
    assert_eq!(verified(URL, &empty, b""), Err(Rejection::SignatureMismatch));
    let other =
        String::from_utf8(body).expect("text").replace("oauth_signature=", "oauth_signature=*");
    assert_eq!(verified(URL, other.as_bytes(), b"secret"), Err(Rejection::SignatureMismatch));
}

#[test]
fn both_methods_are_verified() {
    let credentials = Credentials { method: Method::HmacSha256, ..credentials(b"secret") };
    let signed = sign_form(URL, Vec::new(), &credentials, NOW, "n").expect("a URL");
    assert_eq!(verified(URL, &form(&signed), b"secret").expect("valid").method, Method::HmacSha256);
    let header = authorization("GET", URL, b"x", &credentials, NOW, "n").expect("a URL");
    let message = Message::from_header("GET", URL, header.as_bytes(), b"x").expect("a message");
    assert!(message.verify([b"secret".as_slice()], NOW).is_ok());
    assert!(!format!("{credentials:?} {message:?}").contains("secret"));
}

/// The URL and secret with which a platform signs, those of the tool, and how they differ.
const MISTAKES: &[(&str, &str, &str, &str, &[Difference])] = &[
    (URL, "s", URL, "s", &[]),
    ("http://tool.example/lti/1p1/launch", "s", URL, "s", &[Difference::Scheme]),
    ("https://www.tool.example/lti/1p1/launch", "s", URL, "s", &[Difference::Www]),
    (URL, "s", "https://www.tool.example/lti/1p1/launch", "s", &[Difference::Www]),
    ("https://tool.example/lti/1p1/launch/", "s", URL, "s", &[Difference::TrailingSlash]),
    (URL, "s", "https://tool.example/lti/1p1/launch/", "s", &[Difference::TrailingSlash]),
    (URL, "s", "https://tool.example:8443/lti/1p1/launch", "s", &[Difference::PortOmitted]),
    (URL, "s", "https://tool.example/lti/1p1/launch?a=b", "s", &[Difference::QueryOmitted]),
    (URL, "s", URL, "s\n", &[Difference::SecretTrimmed]),
    (URL, "s ", URL, "s", &[Difference::SecretUntrimmed]),
    (
        "http://tool.example/lti/1p1/launch",
        "s",
        "https://tool.example:8443/lti/1p1/launch",
        "s",
        &[Difference::Scheme, Difference::PortOmitted],
    ),
    (
        "https://www.tool.example/lti/1p1/launch",
        "s",
        URL,
        " s",
        &[Difference::Www, Difference::SecretTrimmed],
    ),
];

#[test]
fn mismatches_of_urls_and_secrets_are_explained() {
    for (theirs, their_secret, ours, our_secret, expected) in MISTAKES {
        let body = form(&signed(theirs, &[("user_id", "4")], their_secret.as_bytes()));
        let message = Message::from_form(ours, &body).expect("a message");
        let explanation = explain_mismatch(&message, our_secret.as_bytes());
        let matching = explanation.matching.expect("an explanation");
        assert_eq!(matching.differences, *expected, "{theirs} {ours}");
        let is_verified = message.verify([our_secret.as_bytes()], NOW).is_ok();
        assert_eq!(is_verified, expected.is_empty(), "{theirs} {ours}");
    }
    let body = form(&signed(URL, &[], b"another"));
    let message = Message::from_form(URL, &body).expect("a message");
    assert!(explain_mismatch(&message, b"secret").matching.is_none());
}

#[test]
fn mismatches_of_parameters_are_explained() {
    // What the platform signs, and what arrives.
    for (signed_value, sent_value, query, expected) in [
        ("a\nb", "a\r\nb", "", Difference::LineFeeds),
        ("a\r\nb", "a\nb", "", Difference::CarriageReturns),
        ("a+b", "a b", "", Difference::PlusUnencoded),
        ("x", "x", "a=b&a=c", Difference::QueryTwice),
    ] {
        let repeated = if query.is_empty() { String::new() } else { format!("{query}&{query}") };
        let mut fields =
            signed(&format!("{URL}?{repeated}"), &[("custom_a", signed_value)], b"secret");
        fields[0].1 = sent_value.to_owned();
        let message = Message::from_form(&format!("{URL}?{query}"), &form(&fields)).expect("one");
        let matching = explain_mismatch(&message, b"secret").matching.expect("an explanation");
        assert_eq!(matching.differences, [expected]);
    }
    let fields = pairs(&[
        ("custom_a", "a b"),
        ("oauth_consumer_key", "key"),
        ("oauth_nonce", "n"),
        ("oauth_signature_method", "HMAC-SHA1"),
        ("oauth_timestamp", "1700000000"),
    ]);
    let base = base_string("POST", URL, &fields);
    let theirs = base.replace("a%2520b", "a%2Bb");
    assert_ne!(base, theirs);
    let signature = Method::HmacSha1.sign(&theirs, &signing_key(b"secret", b""));
    let mut body = b"custom_a=a+b&oauth_consumer_key=key&oauth_nonce=n&oauth_signature_method=HMAC-SHA1&oauth_timestamp=1700000000&".to_vec();
    body.extend(form(&[("oauth_signature".to_owned(), signature)]));
    let message = Message::from_form(URL, &body).expect("a message");
    let explanation = explain_mismatch(&message, b"secret");
    assert_eq!(explanation.computed, base);
    let matching = explanation.matching.expect("an explanation");
    assert_eq!(
        (matching.differences, matching.base_string),
        (vec![Difference::PlusForSpace], theirs)
    );
}
