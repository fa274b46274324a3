//! The authentication request, which the browser takes to the provider (section 3.1.2.1).

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use url::Url;

/// An authentication request. The code comes back in the query of a GET request, because only with
/// that does the browser send the cookie of this sign-in.
pub struct AuthorizationRequest<'a> {
    /// The client ID at the provider.
    pub client_id: &'a str,
    /// Where the browser returns to.
    pub redirect_uri: &'a str,
    /// Comes back with the code.
    pub state: &'a str,
    /// Comes back in the ID token.
    pub nonce: &'a str,
    /// The PKCE verifier, of which only a digest is sent.
    pub verifier: &'a str,
    /// What the provider asks the person in any case, so that no one is signed in whom another page
    /// has sent there: `select_account`, or `login` where that is unknown.
    pub prompt: &'a str,
    /// Whether the endpoint may be one without TLS.
    pub allow_http: bool,
    /// The only organization whose accounts the provider should offer (Google), if there is one.
    /// This is only a hint.
    pub hosted_domain: Option<&'a str>,
}

impl AuthorizationRequest<'_> {
    /// The URL for the browser; `None` if the endpoint is not a URL that a browser may be sent to.
    pub fn url(&self, endpoint: &str) -> Option<Url> {
        let may_open = |url: &Url| {
            let has_scheme = url.scheme() == "https" || (self.allow_http && url.scheme() == "http");
            has_scheme && url.has_host() && url.username().is_empty() && url.password().is_none()
        };
        let mut url = Url::parse(endpoint).ok().filter(may_open)?;
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier.as_bytes()).as_ref());
        let mut query = url.query_pairs_mut();
        for (name, value) in [
            ("response_type", "code"),
            ("response_mode", "query"),
            ("scope", "openid profile email"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("nonce", self.nonce),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("prompt", self.prompt),
        ] {
            query.append_pair(name, value);
        }
        if let Some(domain) = self.hosted_domain {
            query.append_pair("hd", domain);
        }
        drop(query);
        url.set_fragment(None);
        Some(url)
    }
}
