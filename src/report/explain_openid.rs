//! Explanations of the codes that apps get when they sign people in by OpenID Connect.

use super::explain_codes::{Explanation, Family, Who};
use crate::lti::openid::authorization::{AuthorizationError, PageError};
use crate::session::openid::token::{BadCode, TokenError};

/// Every error of the endpoints, explained.
pub fn all() -> Vec<Explanation> {
    codes().filter_map(explanation).collect()
}

/// One of each error by its code; a code of two endpoints once.
fn codes() -> impl Iterator<Item = &'static str> {
    let authorization = [
        AuthorizationError::InvalidRequest(""),
        AuthorizationError::UnsupportedResponseType,
        AuthorizationError::InvalidScope,
        AuthorizationError::RequestNotSupported,
        AuthorizationError::RequestUriNotSupported,
        AuthorizationError::LoginRequired,
        AuthorizationError::InteractionRequired,
        AuthorizationError::AccessDenied(""),
    ];
    let token = [
        TokenError::InvalidClient,
        TokenError::InvalidGrant(BadCode::UnknownOrExpired),
        TokenError::UnsupportedGrantType,
        TokenError::UnauthorizedClient,
    ];
    let pages = [PageError::UnknownClient, PageError::RedirectUriNotRegistered];
    authorization
        .map(AuthorizationError::code)
        .into_iter()
        .chain(token.map(TokenError::code))
        .chain(pages.map(PageError::code))
}

/// A code, its title, what it means, who can act, and what helps.
type Row = (&'static str, &'static str, &'static str, Who, &'static str);

const EXPLAINED: [Row; 14] = [
    (
        "invalid_request",
        "the app's request is not complete",
        "A parameter is missing, occurs twice or has a value that is not allowed; \
         error_description says which. Public clients have to use PKCE with S256.",
        Who::AppDeveloper,
        "Correct the app's request, or its settings for OpenID Connect.",
    ),
    (
        "unsupported_response_type",
        "the app uses another flow",
        "Only the authorization code flow is supported: response_type must be code.",
        Who::AppDeveloper,
        "Choose the authorization code flow in the app's settings.",
    ),
    (
        "invalid_scope",
        "the app asks for a scope that it cannot have",
        "A sign-in needs the scope openid; a token for the client itself can have only score.",
        Who::AppDeveloper,
        "Set the app's scopes to: openid profile email roles.",
    ),
    (
        "request_not_supported",
        "the app sends its request as an object",
        "Requests as signed objects, or by their address, are not supported.",
        Who::AppDeveloper,
        "Turn request objects (JAR) off in the app's settings.",
    ),
    (
        "request_uri_not_supported",
        "the app sends its request as an object",
        "Requests as signed objects, or by their address, are not supported.",
        Who::AppDeveloper,
        "Turn request objects (JAR) off in the app's settings.",
    ),
    (
        "login_required",
        "no one has launched the activity in this browser",
        "The app asked without showing a page (prompt=none), and the browser has no session for it.",
        Who::Person,
        "Open the link in the course.",
    ),
    (
        "interaction_required",
        "the person has to confirm the sign-in",
        "A program on the person's device asked without showing a page (prompt=none).",
        Who::AppDeveloper,
        "Send the request without prompt=none.",
    ),
    (
        "access_denied",
        "the person may not use the app",
        "The resource does not admit people with this role, or people whom the platform does not \
         name.",
        Who::ToolAdmin,
        "Change it with `ltictl resource update RESOURCE --allow-role staff,learner`, or with \
         `ltictl resource update RESOURCE --guests allow`.",
    ),
    (
        "invalid_client",
        "the app has not proved who it is",
        "Its client ID is unknown or disabled, its secret or assertion is wrong, or it \
         authenticates in another way than it is registered for.",
        Who::ToolAdmin,
        "Compare the app's settings with `ltictl client show CLIENT`, or make a new secret with \
         `ltictl client rotate-secret CLIENT`.",
    ),
    (
        "invalid_grant",
        "the code cannot be used",
        "It has expired after 60 seconds, was used before, or is for another client or redirect \
         URI, its PKCE verifier is wrong, or the session has ended. The server's log says which.",
        Who::AppDeveloper,
        "Let the person sign in again; exchange each code once, at once.",
    ),
    (
        "unsupported_grant_type",
        "the app asks for tokens in another way",
        "grant_type must be authorization_code or client_credentials. There are no refresh \
         tokens: a sign-in lasts as long as the session.",
        Who::AppDeveloper,
        "Turn refresh tokens off in the app's settings.",
    ),
    (
        "unauthorized_client",
        "the app may not get a token for itself",
        "Only a client that authenticates and may set grades gets one, as long as people sign in \
         to its resource.",
        Who::ToolAdmin,
        "ltictl client update CLIENT --may-score",
    ),
    (
        "unknown_client",
        "the app is not known",
        "A browser came with a client ID that does not exist, or whose client is disabled.",
        Who::ToolAdmin,
        "Compare the app's client ID with `ltictl client list`; `ltictl client enable CLIENT` \
         enables it.",
    ),
    (
        "redirect_uri_not_registered",
        "the app's redirect URI is not registered",
        "Redirect URIs are compared byte by byte, so a slash or a port makes a difference.",
        Who::ToolAdmin,
        "ltictl client update CLIENT --redirect-uri URI",
    ),
];

fn explanation(code: &str) -> Option<Explanation> {
    let (code, title, meaning, who, fix) = EXPLAINED.into_iter().find(|row| row.0 == code)?;
    Some(Explanation::new(Family::OpenId, code, title, meaning, who, fix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_one_explanation() {
        assert_eq!(codes().count(), EXPLAINED.len());
        assert_eq!(all().len(), EXPLAINED.len());
    }
}
