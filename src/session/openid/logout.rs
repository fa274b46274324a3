//! Sign-out at the request of an app. It never signs anyone out of the platform.

use super::authorize::read_hint;
use super::{COOKIE_PREFIX, cookie_name, enabled_client, entries};
use crate::domain::SessionHandle;
use crate::failure::Failure;
use crate::lti::openid::authorization::redirect_url;
use crate::lti::openid::logout::LogoutRequest;
use crate::store::{Read, Write};
use crate::token::MacKey;
use crate::web::cookie::Cookies;

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
pub enum SignOut {
    /// The person is asked first: nothing shows that an app of theirs sends the request.
    Ask,
    /// The ID token is not one of this tool, or contradicts the request.
    BadHint,
    /// These sessions end, and the browser continues at the URL, if the app has one.
    End {
        /// The sessions: those that the ID token is about, and others of the same person. None if
        /// the browser has none of them.
        handles: Vec<SessionHandle>,
        /// The name of their cookie.
        cookie: String,
        /// Where the browser continues.
        url: Option<String>,
    },
}

/// Decides about a request.
///
/// # Errors
///
/// If the database cannot be read.
pub fn decide(
    read: Read<'_>,
    key: &MacKey,
    request: &LogoutRequest,
    cookies: &Cookies,
) -> Result<SignOut, Failure> {
    let Some(hint) = &request.id_token_hint else { return Ok(SignOut::Ask) };
    let Some(hint) = read_hint(read, hint)? else { return Ok(SignOut::BadHint) };
    if request.client_id.as_ref().is_some_and(|named| *named != hint.client_id) {
        return Ok(SignOut::BadHint);
    }
    let Some(client) = enabled_client(read, &hint.client_id)? else {
        return Ok(SignOut::BadHint);
    };
    let url = match &request.post_logout_redirect_uri {
        None => None,
        Some(uri) if client.post_logout_redirect_uris.has(uri) => {
            let state = request.state.as_deref().map(|state| [("state", state)]);
            Some(state.map_or_else(|| uri.clone(), |state| redirect_url(uri, &state)))
        }
        Some(_) => None,
    };
    let cookie_name = cookie_name(client.resource_id);
    // All sessions in a cookie are of one person.
    let mut handles: Vec<SessionHandle> =
        entries(cookies.get(&cookie_name), key, client.resource_id)
            .into_iter()
            .map(|entry| entry.handle)
            .collect();
    if !handles.iter().any(|handle| hint.is_about(key, *handle)) {
        handles.clear();
    }
    Ok(SignOut::End { handles, cookie: cookie_name, url })
}

/// The sessions of all apps in a browser, from its cookies, for a person who confirms on the tool's
/// own page.
pub fn all_handles(key: &MacKey, cookies: &Cookies) -> Vec<SessionHandle> {
    let resource = |name: &str| name.strip_prefix(COOKIE_PREFIX)?.parse::<i64>().ok();
    cookies
        .iter()
        .filter_map(|(name, value)| Some((resource(name)?, value)))
        .flat_map(|(resource_id, value)| entries(Some(value), key, resource_id))
        .map(|entry| entry.handle)
        .collect()
}

/// Ends sessions.
///
/// # Errors
///
/// If the database cannot be changed.
pub fn end(write: &Write<'_>, handles: &[SessionHandle]) -> Result<(), Failure> {
    for handle in handles {
        write.delete_session(*handle)?;
    }
    Ok(())
}
