//! Signs forms that a browser posts to a platform, and requests to its services.

use std::fmt;

use super::encoding::{Pairs, encode, parse_form};
use super::received::query_of;
use super::signature::{Method, UrlUnusable, base_string, base_url, body_hash, signing_key};

/// What a message is signed with. `Debug` does not show the secret.
#[derive(Clone, Copy)]
pub struct Credentials<'a> {
    /// `oauth_consumer_key`: the key of the platform, or the GUID of a tool proxy.
    pub consumer_key: &'a str,
    /// The secret that belongs to it.
    pub secret: &'a [u8],
    /// The method, usually that of the platform's own messages.
    pub method: Method,
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("consumer_key", &self.consumer_key)
            .field("method", &self.method)
            .finish_non_exhaustive()
    }
}

impl Credentials<'_> {
    /// The parameters of every signed message, except the signature. `timestamp` is in seconds
    /// since 1970.
    fn parameters(&self, timestamp: i64, nonce: &str) -> Vec<(String, String)> {
        [
            ("oauth_consumer_key", self.consumer_key),
            ("oauth_nonce", nonce),
            ("oauth_signature_method", self.method.as_str()),
            ("oauth_timestamp", &timestamp.to_string()),
            ("oauth_version", "1.0"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }

    /// The signature of a POST or another request with these parameters and those of its URL.
    fn sign(
        &self,
        http_method: &str,
        url: &str,
        parameters: &[(String, String)],
    ) -> Result<String, UrlUnusable> {
        let mut signed: Pairs = parse_form(query_of(url).as_bytes());
        signed.extend(
            parameters.iter().map(|(name, value)| (name.clone().into(), value.clone().into())),
        );
        let base = base_string(http_method, &base_url(url)?, &signed);
        Ok(self.method.sign(&base, &signing_key(self.secret, b"")))
    }
}

/// Signs a form that is posted to a URL (LTI 1.1.1, 4.2): the fields, and after them the `oauth_`
/// fields. Parameters in the URL's query are signed, too, and not repeated in the form.
///
/// `timestamp` is in seconds since 1970, and `nonce` unique for the consumer key. Line breaks in
/// values must be CR LF: browsers send them so.
///
/// # Errors
///
/// [`UrlUnusable`].
pub fn sign_form(
    url: &str,
    mut fields: Vec<(String, String)>,
    credentials: &Credentials<'_>,
    timestamp: i64,
    nonce: &str,
) -> Result<Vec<(String, String)>, UrlUnusable> {
    fields.extend(credentials.parameters(timestamp, nonce));
    fields.push(("oauth_callback".to_owned(), "about:blank".to_owned()));
    let signature = credentials.sign("POST", url, &fields)?;
    fields.push(("oauth_signature".to_owned(), signature));
    Ok(fields)
}

/// The value of the `Authorization` header of a request whose body is not a form (RFC 5849, 3.5.1;
/// OAuth Request Body Hash 1.0). An empty body is signed, too, because Moodle requires its hash.
///
/// `timestamp` is in seconds since 1970, and `nonce` unique for the consumer key.
///
/// # Errors
///
/// [`UrlUnusable`].
pub fn authorization(
    http_method: &str,
    url: &str,
    body: &[u8],
    credentials: &Credentials<'_>,
    timestamp: i64,
    nonce: &str,
) -> Result<String, UrlUnusable> {
    let mut parameters = credentials.parameters(timestamp, nonce);
    parameters.push(("oauth_body_hash".to_owned(), body_hash(credentials.method, body)));
    let signature = credentials.sign(http_method, url, &parameters)?;
    parameters.push(("oauth_signature".to_owned(), signature));
    let mut header = r#"OAuth realm="""#.to_owned();
    for (name, value) in parameters {
        header.push_str(&format!(r#",{name}="{}""#, encode(value.as_bytes())));
    }
    Ok(header)
}
