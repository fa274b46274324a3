//! Explanations of the codes that apps get when they sign people in by OpenID Connect.

use super::explain_codes::{Explanation, Family, Who};
use crate::lti::openid::authorization::{AuthorizationError, PageError};
use crate::session::openid::token::{BadCode, TokenError};

/// One of each error of the endpoints, by its code; a code of two endpoints once.
pub fn all() -> Vec<Explanation> {
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
    let codes = authorization
        .map(AuthorizationError::code)
        .into_iter()
        .chain(token.map(TokenError::code))
        .chain(pages.map(PageError::code));
    codes.map(explanation).collect()
}

fn explanation(code: &'static str) -> Explanation {
    use Who::{AppDeveloper, Person, ToolAdmin};
    let (title, meaning, who, fix) = match code {
        "invalid_request" => (
            "the app's request is not complete",
            "A parameter is missing, occurs twice or has a value that is not allowed; \
             error_description says which. Public clients have to use PKCE with S256.",
            AppDeveloper,
            "Correct the app's request, or its settings for OpenID Connect.",
        ),
        "unsupported_response_type" => (
            "the app uses another flow",
            "Only the authorization code flow is supported: response_type must be code.",
            AppDeveloper,
            "Choose the authorization code flow in the app's settings.",
        ),
        "invalid_scope" => (
            "the app asks for a scope that it cannot have",
            "A sign-in needs the scope openid; a token for the client itself can have only score.",
            AppDeveloper,
            "Set the app's scopes to: openid profile email roles.",
        ),
        "request_not_supported" | "request_uri_not_supported" => (
            "the app sends its request as an object",
            "Requests as signed objects, or by their address, are not supported.",
            AppDeveloper,
            "Turn request objects (JAR) off in the app's settings.",
        ),
        "login_required" => (
            "no one has launched the activity in this browser",
            "The app asked without showing a page (prompt=none), and the browser has no session for it.",
            Person,
            "Open the link in the course.",
        ),
        "interaction_required" => (
            "the person has to confirm the sign-in",
            "A program on the person's device asked without showing a page (prompt=none).",
            AppDeveloper,
            "Send the request without prompt=none.",
        ),
        "access_denied" => (
            "the person may not use the app",
            "The resource does not admit people with this role, or people whom the platform does not \
             name.",
            ToolAdmin,
            "Change it with `ltictl resource update RESOURCE --allow-role staff,learner`, or with \
             `ltictl resource update RESOURCE --guests allow`.",
        ),
        "invalid_client" => (
            "the app has not proved who it is",
            "Its client ID is unknown or disabled, its secret or assertion is wrong, or it \
             authenticates in another way than it is registered for.",
            ToolAdmin,
            "Compare the app's settings with `ltictl client show CLIENT`, or make a new secret with \
             `ltictl client rotate-secret CLIENT`.",
        ),
        "invalid_grant" => (
            "the code cannot be used",
            "It has expired after 60 seconds, was used before, or is for another client or redirect \
             URI, its PKCE verifier is wrong, or the session has ended. The server's log says which.",
            AppDeveloper,
            "Let the person sign in again; exchange each code once, at once.",
        ),
        "unsupported_grant_type" => (
            "the app asks for tokens in another way",
            "grant_type must be authorization_code or client_credentials. There are no refresh \
             tokens: a sign-in lasts as long as the session.",
            AppDeveloper,
            "Turn refresh tokens off in the app's settings.",
        ),
        "unauthorized_client" => (
            "the app may not get a token for itself",
            "Only a client that authenticates and may set grades gets one, as long as people sign in \
             to its resource.",
            ToolAdmin,
            "ltictl client update CLIENT --may-score",
        ),
        "unknown_client" => (
            "the app is not known",
            "A browser came with a client ID that does not exist, or whose client is disabled.",
            ToolAdmin,
            "Compare the app's client ID with `ltictl client list`; `ltictl client enable CLIENT` \
             enables it.",
        ),
        _ => (
            "the app's redirect URI is not registered",
            "Redirect URIs are compared byte by byte, so a slash or a port makes a difference.",
            ToolAdmin,
            "ltictl client update CLIENT --redirect-uri URI",
        ),
    };
    Explanation::new(Family::OpenId, code, title, meaning, who, fix)
}
