use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::Value;

use super::super::test_support::{SECRET, launch_body, names, recorded};
use super::*;

mod rejections;
mod vectors;

const NOW: i64 = 1_700_000_000;
const URL: &str = "https://tool.example/lti/1p1/launch";

fn pairs(pairs: &[(&str, &str)]) -> Pairs {
    pairs.iter().map(|(name, value)| (name.as_bytes().into(), value.as_bytes().into())).collect()
}

fn form(fields: &[(String, String)]) -> Vec<u8> {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into()
}

fn credentials(secret: &[u8]) -> Credentials<'_> {
    Credentials { consumer_key: "key", secret, method: Method::HmacSha1 }
}

/// A form with these fields that was signed for a URL.
fn signed(url: &str, fields: &[(&str, &str)], secret: &[u8]) -> Vec<(String, String)> {
    let fields =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    sign_form(url, fields, &credentials(secret), NOW, "n0nce").expect("a URL")
}

fn verified(url: &str, body: &[u8], secret: &[u8]) -> Result<Verified, Rejection> {
    Message::from_form(url, body)?.verify([secret], NOW)
}

#[test]
fn recorded_launches_are_valid() {
    for name in ["platform-launch-student", "platform-launch-teacher", "tool-launch"] {
        let launch = recorded(name);
        let url = launch["request"]["url"].as_str().expect("a URL");
        let secret = launch["shared_secret"].as_str().expect("a secret");
        let message = Message::from_form(url, &launch_body(name)).expect(name);
        let now = message.timestamp() + MAX_AGE_SECONDS;
        let verified = message.verify([b"old".as_slice(), secret.as_bytes()], now).expect(name);
        assert_eq!((verified.secret, verified.consumer_key.as_str()), (1, message.consumer_key()));
        let title = ("context_title".into(), "Chemistry & “Reactions” 101".into());
        assert!(verified.parameters.contains(&title), "{name}");
        assert!(!verified.parameters.iter().any(|(name, _)| name.starts_with(b"oauth_")));
        assert_eq!(message.verify([b"other".as_slice()], now), Err(Rejection::SignatureMismatch));
        assert_eq!(
            message.verify([secret.as_bytes()], now + 1),
            Err(Rejection::TimestampOutside { timestamp: message.timestamp(), now: now + 1 })
        );
    }
}

#[test]
fn recorded_requests_to_services_are_valid() {
    for name in names("memberships").into_iter().chain(names("outcomes")) {
        let exchange = recorded(name);
        let request = &exchange["request"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let (method, url) = (text(&request["method"]), text(&request["url"]));
        let (header, body) = (text(&request["headers"]["Authorization"]), text(&request["body"]));
        let message = Message::from_header(&method, &url, header.as_bytes(), body.as_bytes())
            .expect("a signed request");
        let verified = message.verify([SECRET], message.timestamp());
        let explanation = explain_mismatch(&message, SECRET);
        assert_eq!(explanation.computed, text(&exchange["signature_base_string"]), "{name}");
        if name.ends_with("bad-signature") {
            assert_eq!(verified, Err(Rejection::SignatureMismatch), "{name}");
            assert!(explanation.matching.is_none(), "{name}");
            continue;
        }
        let nonce = verified.expect(name).nonce;
        let credentials =
            Credentials { consumer_key: "l11key", secret: SECRET, method: Method::HmacSha1 };
        let time = message.timestamp();
        let ours = authorization(&method, &url, body.as_bytes(), &credentials, time, &nonce);
        let same = |header: &str| {
            let mut pairs = parse_authorization(header.as_bytes()).expect("a header");
            pairs.sort();
            pairs
        };
        assert_eq!(same(&ours.expect("a URL")), same(&header), "{name}");
        assert_eq!(
            Message::from_header(&method, &url, header.as_bytes(), b"another body"),
            Err(Rejection::BodyHashMismatch)
        );
    }
}

/// The signature by another way: RFC 5849 on sorted text, and HMAC (RFC 2104) from the bare hash.
fn independent(method: &str, url: &url::Url, pairs: &[(String, String)], secret: &str) -> String {
    const RESERVED: &percent_encoding::AsciiSet =
        &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
    let quote = |text: &str| percent_encoding::utf8_percent_encode(text, RESERVED).to_string();
    let mut all: Vec<(String, String)> = url.query_pairs().into_owned().collect();
    all.extend_from_slice(pairs);
    let mut encoded: Vec<Vec<String>> =
        all.iter().map(|(name, value)| vec![quote(name), quote(value)]).collect();
    encoded.sort();
    let parameters: Vec<String> = encoded.iter().map(|pair| pair.join("=")).collect();
    let mut base = url.clone();
    base.set_query(None);
    let text = [method, &quote(base.as_str()), &quote(&parameters.join("&"))].join("&");
    let sha1 =
        |text: &[u8]| digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, text).as_ref().to_vec();
    let mut key = format!("{}&", quote(secret)).into_bytes();
    if key.len() > 64 {
        key = sha1(&key);
    }
    key.resize(64, 0);
    let padded = |pad: u8| key.iter().map(|octet| octet ^ pad).collect::<Vec<u8>>();
    let inner = sha1(&[padded(0x36), text.into_bytes()].concat());
    STANDARD.encode(sha1(&[padded(0x5c), inner].concat()))
}

/// Names that mean nothing to OAuth and LTI, so that they can repeat.
fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    prop::collection::vec(("x[a-z%+ &=ä]{0,3}", ".{0,8}"), 0..8)
}

fn changed(octets: &[u8], place: prop::sample::Index, by: u8) -> Vec<u8> {
    let mut changed = octets.to_vec();
    match changed.len() {
        0 => changed.push(by),
        length => changed[place.index(length)] ^= by,
    }
    changed
}

proptest! {
    #[test]
    fn signatures_are_those_of_another_implementation(
        fields in parameters(), query in parameters(), secret in ".{1,80}", port in prop::option::of(1_u16..),
    ) {
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let mut url = url::Url::parse(&format!("https://tool.example{port}/a/b")).unwrap();
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(&query);
        }
        let signed = sign_form(url.as_str(), fields, &credentials(secret.as_bytes()), NOW, "n").unwrap();
        let (signature, others) = signed.split_last().unwrap();
        prop_assert_eq!(&signature.1, &independent("POST", &url, others, &secret));
        let verified = verified(url.as_str(), &form(&signed), secret.as_bytes());
        prop_assert!(verified.is_ok(), "{verified:?}");
    }

    #[test]
    fn any_changed_octet_is_refused(
        fields in parameters(), which: prop::sample::Index, is_name: bool, place: prop::sample::Index, by in 1_u8..,
    ) {
        let url = "https://tool.example/a?x=1";
        let signed = sign_form(url, fields, &credentials(b"secret"), NOW, "n").unwrap();
        let mut fields: Pairs = signed.into_iter().map(|(name, value)| (name.into(), value.into())).collect();
        prop_assert!(Message::read("POST", url, fields.clone()).is_ok_and(|message| message.verify([b"secret".as_slice()], NOW).is_ok()));
        let place_of_pair = which.index(fields.len());
        let pair = &mut fields[place_of_pair];
        let part = if is_name { &mut pair.0 } else { &mut pair.1 };
        *part = changed(part, place, by);
        let message = Message::read("POST", url, fields);
        prop_assert!(message.and_then(|message| message.verify([b"secret".as_slice()], NOW)).is_err());
    }

    #[test]
    fn any_changed_octet_of_the_url_is_refused(place in 8_usize..29, by in 1_u8..128) {
        let url = "https://tool.example/a?x=1";
        let body = form(&signed(url, &[("user_id", "4")], b"secret"));
        let mut other = url.as_bytes().to_vec();
        let place = place % other.len();
        other[place] ^= by;
        let other = String::from_utf8(other).unwrap();
        // The scheme and the host are the same in capitals.
        prop_assume!(!(other.to_ascii_lowercase() == url && place < 20));
        prop_assert!(verified(&other, &body, b"secret").is_err(), "{other}");
    }

    #[test]
    fn nothing_makes_it_panic(url in ".{0,60}", body in prop::collection::vec(any::<u8>(), 0..300), secret in prop::collection::vec(any::<u8>(), 0..20)) {
        let _ = parse_authorization(&body);
        if let Ok(message) = Message::from_form(&url, &body) {
            let _ = explain_mismatch(&message, &secret);
        }
    }
}
