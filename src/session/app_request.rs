//! Requests of the app behind a resource, authorised by a launch token.
//!
//! A launch token passes through the person's browser, so it alone grants access only until it
//! expires. Together with the app key it is accepted as long as the session in which it was created
//! is open, resource, registration and account are enabled, and the resource's target has the same
//! origin.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::{Account, AppKeyRule, Grade, KeyState, LaunchId, Resource, Target};
use crate::failure::Failure;
use crate::lti::keyset::VerificationKey;
use crate::rules::app_key;
use crate::rules::grade::{self, NewGrade};
use crate::session::{self, ActiveSession, SessionEnded};
use crate::store::{self, Read, Write};
use crate::token::launch_token::Unverified;

/// A token that was accepted, with the current state of its session.
pub struct Granted {
    /// Its claims, as they were signed.
    pub claims: Value,
    /// The session in which it was created.
    pub active: ActiveSession,
    /// The resource of the session.
    pub resource: Resource,
    /// Whether the app has sent its key.
    pub has_app_key: bool,
}

/// Why a token is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It is not a launch token of this tool, or the key that signed it was retired.
    NotOurs,
    /// The app's own key is required, or one was sent that is not accepted.
    AppKey,
    /// The token has expired, and the app's own key was not sent.
    Expired,
    /// It was created for another origin than that of the resource's current target.
    OtherAudience,
    /// The session has ended, or something that it depends on was disabled.
    Ended(SessionEnded),
}

/// Checks the token and, if it was sent, the app key. A wrong key is never ignored.
pub fn authorise(
    read: Read<'_>,
    token: &str,
    app_key: Option<&str>,
    now: Timestamp,
) -> Result<Result<Granted, Denied>, Failure> {
    match verified(read, token)? {
        Some(claims) => grant(read, claims, app_key, now),
        None => Ok(Err(Denied::NotOurs)),
    }
}

/// Records a score for the token with these claims, which [`authorise`] has verified. Everything else
/// is checked again inside the transaction, including the app key.
pub fn record_score(
    write: &Write<'_>,
    claims: Value,
    app_key: Option<&str>,
    new: &NewGrade,
    now: Timestamp,
) -> Result<Result<Scored, Denied>, Failure> {
    let granted = match grant(**write, claims, app_key, now)? {
        Ok(granted) => granted,
        Err(denied) => return Ok(Err(denied)),
    };
    if let Err(denied) = granted.may_record_scores() {
        return Ok(Err(denied));
    }
    let Some(account) = granted.active.account else { return Ok(Ok(Scored::Anonymous)) };
    let grade = grade::record(write, &granted.resource, &account, new, "app", now)?;
    Ok(Ok(Scored::Grade { account: Box::new(account), grade }))
}

impl Granted {
    /// Whether the request may record scores.
    ///
    /// # Errors
    ///
    /// [`Denied::AppKey`] if the settings require the app's key and it was not sent.
    pub fn may_record_scores(&self) -> Result<(), Denied> {
        match self.active.settings.app_key {
            AppKeyRule::Required if !self.has_app_key => Err(Denied::AppKey),
            AppKeyRule::Required | AppKeyRule::Optional => Ok(()),
        }
    }
}

/// The result of recording a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    /// It was stored.
    Grade {
        /// The person's account.
        account: Box<Account>,
        /// The grade as it is stored.
        grade: Grade,
    },
    /// It was not stored: the launch is anonymous.
    Anonymous,
}

/// The claims of a token, if the key that signed it is in this tool's keyset.
fn verified(read: Read<'_>, token: &str) -> Result<Option<Value>, store::Error> {
    let Some(unverified) = Unverified::read(token) else { return Ok(None) };
    let key = read.signing_key(unverified.kid())?.filter(|key| key.state != KeyState::Retired);
    let key =
        key.and_then(|key| VerificationKey::from_components(&key.modulus, &key.exponent).ok());
    Ok(key.and_then(|key| unverified.verify(&key)))
}

/// What verified claims and the app key currently grant.
fn grant(
    read: Read<'_>,
    mut claims: Value,
    app_key: Option<&str>,
    now: Timestamp,
) -> Result<Result<Granted, Denied>, Failure> {
    let (Some(launch_id), Some(expires_at)) =
        (claims["launch_id"].as_str().and_then(LaunchId::parse), claims["exp"].as_i64())
    else {
        return Ok(Err(Denied::NotOurs));
    };
    let Some(session) = read.session_of_launch(&launch_id, now)? else {
        return Ok(Err(Denied::Ended(SessionEnded::Unknown)));
    };
    let active = match session::activate(read, session)? {
        Ok(active) => active,
        Err(ended) => return Ok(Err(Denied::Ended(ended))),
    };
    if claims["iss"] != active.settings.url.as_str() {
        return Ok(Err(Denied::NotOurs));
    }
    let resource = active
        .resource
        .clone()
        .filter(|resource| claims["resource"]["uuid"] == resource.uuid.to_string());
    let Some(resource) = resource else { return Ok(Err(Denied::NotOurs)) };
    if !matches!(&resource.target, Target::App(target) if claims["aud"] == target.origin()) {
        return Ok(Err(Denied::OtherAudience));
    }
    let has_app_key = match app_key {
        Some(sent) if !app_key::is_accepted(read, &resource, sent, now)? => {
            return Ok(Err(Denied::AppKey));
        }
        sent => sent.is_some(),
    };
    if !has_app_key && expires_at <= now.as_second() {
        return Ok(Err(Denied::Expired));
    }
    session::update_role(read, &mut claims, &active, &resource)?;
    Ok(Ok(Granted { claims, active, resource, has_app_key }))
}
