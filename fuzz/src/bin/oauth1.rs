//! Forms and headers that are signed with OAuth 1.0: only what was signed with the secret is
//! accepted, and what is signed is read back as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ltictl::lti::lti_1p1::oauth1::{
    Credentials, Message, Method, Rejection, authorization, explain_mismatch, parse_authorization,
    parse_form, sign_form,
};
use ltictl_fuzz::NOW;
use url::form_urlencoded;

const SECRET: &[u8] = b"a secret that the fuzzer cannot guess";
const URL: &str = "https://tool.example.edu/lti/1p1/launch?id=7&id=8";

fuzz_target!(|data: &[u8]| {
    let parsed = parse_form(data);
    let length: usize = parsed.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(length <= data.len());
    if let Some(pairs) = parse_authorization(data) {
        assert!(pairs.iter().all(|(name, _)| !name.is_empty()));
    }
    if let Ok(message) = Message::from_form(URL, data) {
        assert!(message.verify([SECRET, b""], message.timestamp()).is_err());
        let explanation = explain_mismatch(&message, SECRET);
        assert!(explanation.matching.is_none() && explanation.computed.is_ascii());
    }

    let credentials = Credentials { consumer_key: "key", secret: SECRET, method: Method::HmacSha1 };
    let fields: Vec<(String, String)> = form_urlencoded::parse(data).into_owned().collect();
    let signed = sign_form(URL, fields.clone(), &credentials, NOW, "nonce").expect("a URL");
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(&signed).finish();
    match Message::from_form(URL, body.as_bytes()).and_then(|message| message.verify([SECRET], NOW))
    {
        Ok(verified) => {
            let expected: Vec<(Vec<u8>, Vec<u8>)> = fields
                .into_iter()
                .filter(|(name, _)| !name.starts_with("oauth_"))
                .map(|(name, value)| (name.into_bytes(), value.into_bytes()))
                .collect();
            assert!(verified.parameters.starts_with(&expected));
        }
        // The fields of the fuzzer may repeat those of the signature.
        Err(rejection) => assert!(!matches!(rejection, Rejection::SignatureMismatch)),
    }

    let header = authorization("POST", URL, data, &credentials, NOW, "nonce").expect("a URL");
    let message = Message::from_header("POST", URL, header.as_bytes(), data).expect("a message");
    assert!(message.verify([SECRET], NOW).is_ok());
});
