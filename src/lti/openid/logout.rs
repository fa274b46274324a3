//! Requests of a client to end a person's session (OpenID Connect RP-Initiated Logout 1.0).

use super::parameters::Parameters;

/// A request. Nothing of it has been verified.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogoutRequest {
    /// An ID token of the person who is meant.
    pub id_token_hint: Option<String>,
    /// The client, if it says so.
    pub client_id: Option<String>,
    /// Where the browser continues, if this is registered.
    pub post_logout_redirect_uri: Option<String>,
    /// To be repeated there.
    pub state: Option<String>,
}

/// Reads a request; parameters that occur twice are ignored.
pub fn read(parameters: &Parameters) -> LogoutRequest {
    let text =
        |name| parameters.get(name).filter(|_| !parameters.is_repeated(name)).map(str::to_owned);
    LogoutRequest {
        id_token_hint: text("id_token_hint"),
        client_id: text("client_id"),
        post_logout_redirect_uri: text("post_logout_redirect_uri"),
        state: text("state"),
    }
}
