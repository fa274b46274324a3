//! What the app behind a resource may ask of this tool with a launch token in its hand.
//!
//! A launch token passes through the person's browser, so it alone grants access only until it
//! expires. Together with the app's key it is accepted for as long as the session in which it was
//! made lasts, and no longer than resource, registration and account are enabled and the app is at
//! its place.

use jiff::Timestamp;
use serde_json::Value;

use crate::domain::{Account, AppKeyRule, Grade, KeyState, LaunchId, Resource, Target};
use crate::failure::Failure;
use crate::lti::keyset::VerificationKey;
use crate::rules::app_key;
use crate::rules::grade::{self, NewGrade};
use crate::session::{self, Ended, Stay};
use crate::store::{self, Read, Write};
use crate::token::launch_token::Unverified;

/// What a token stands for by now.
pub struct Granted {
    /// Its claims, as they were signed.
    pub claims: Value,
    /// The visit in which it was made.
    pub stay: Stay,
    /// The resource of the visit.
    pub resource: Resource,
    /// Whether the app has sent its key.
    pub has_app_key: bool,
}

/// Why a token counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It is no launch token of this tool, or the key that signed it is out of the keyset.
    NotOurs,
    /// The app's own key is required, or one was sent that is not accepted.
    AppKey,
    /// The token has expired, and the app's own key was not sent.
    Expired,
    /// It was made for an app at another place than the one that the resource has by now.
    OtherAudience,
    /// The visit has ended, or what it stands on was switched off.
    Ended(Ended),
}

/// Checks what an app has sent: the token, and its own key if it sent one. A wrong key is never
/// ignored.
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

/// Records what the app says of the person's work, for the token with these claims, which
/// [`authorise`] has verified; everything else is checked once more inside the write, the app's key
/// included.
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
    let Some(account) = granted.stay.account else { return Ok(Ok(Scored::Nobody)) };
    let grade = grade::record(write, &granted.resource, &account, new, "app", now)?;
    Ok(Ok(Scored::Grade { account: Box::new(account), grade }))
}

impl Granted {
    /// Whether what was sent is enough to record scores.
    ///
    /// # Errors
    ///
    /// [`Denied::AppKey`] if the settings require the app's key and it was not sent.
    pub fn may_record_scores(&self) -> Result<(), Denied> {
        match self.stay.settings.app_key {
            AppKeyRule::Required if !self.has_app_key => Err(Denied::AppKey),
            AppKeyRule::Required | AppKeyRule::Optional => Ok(()),
        }
    }
}

/// What became of a score.
#[derive(Debug, Clone, PartialEq)]
pub enum Scored {
    /// It is on disk.
    Grade {
        /// Whose it is.
        account: Box<Account>,
        /// The grade as it is stored.
        grade: Grade,
    },
    /// The launch is anonymous, so there is nobody whose score it could be.
    Nobody,
}

/// The claims of a token that one of our keys has signed and that is in the keyset still.
fn verified(read: Read<'_>, token: &str) -> Result<Option<Value>, store::Error> {
    let Some(unverified) = Unverified::read(token) else { return Ok(None) };
    let key = read.signing_key(unverified.kid())?.filter(|key| key.state != KeyState::Retired);
    let key =
        key.and_then(|key| VerificationKey::from_components(&key.modulus, &key.exponent).ok());
    Ok(key.and_then(|key| unverified.verify(&key)))
}

/// What verified claims grant at this moment, with the key that the app has sent.
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
        return Ok(Err(Denied::Ended(Ended::Unknown)));
    };
    let stay = match session::stay(read, session)? {
        Ok(stay) => stay,
        Err(ended) => return Ok(Err(Denied::Ended(ended))),
    };
    if claims["iss"] != stay.settings.url.as_str() {
        return Ok(Err(Denied::NotOurs));
    }
    let resource = stay
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
    session::update_role(read, &mut claims, &stay, &resource)?;
    Ok(Ok(Granted { claims, stay, resource, has_app_key }))
}
