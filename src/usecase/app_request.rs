//! What the app behind a resource may ask of this tool with a launch token in its hand.
//!
//! The minute for which a token is good is for handing it over in the browser. Here, where it comes back from the app's own server, it counts as long as the visit does in
//! which it was made, and no longer than everything that the visit stands on: resource, registration, account, and the app itself at its place.

use jiff::Timestamp;
use serde_json::Value;

use super::Failure;
use super::grade::{self, NewGrade};
use super::visit::{self, Ended, Stay};
use crate::domain::{Account, AppKeyRule, Grade, KeyState, LaunchId, Resource, Target};
use crate::lti::app_key::app_key_matches;
use crate::lti::keyset::VerificationKey;
use crate::lti::launch_token::Unverified;
use crate::store::{self, Read, Write};

/// What a token stands for by now.
pub struct Granted {
    /// Its claims, as they were signed.
    pub claims: Value,
    /// The visit in which it was made.
    pub stay: Stay,
    /// The resource of the visit.
    pub resource: Resource,
}

/// Why a token counts for nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It is no launch token of this tool, or the key that signed it is out of the keyset.
    NotOurs,
    /// The app's own key is asked for, or one was sent that is not the resource's.
    AppKey,
    /// It was made for an app at another place than the one that the resource has by now.
    OtherAudience,
    /// The visit has ended, or what it stands on was switched off.
    Ended(Ended),
}

/// Looks at what came as a token.
///
/// # Errors
///
/// The database's own errors.
pub fn authorise(read: Read<'_>, token: &str, now: Timestamp) -> Result<Result<Granted, Denied>, store::Error> {
    match verified(read, token)? {
        Some(claims) => grant(read, claims, now),
        None => Ok(Err(Denied::NotOurs)),
    }
}

/// Whether the app has shown its key, as far as the settings ask for it. A wrong key never counts.
///
/// # Errors
///
/// The database's own errors.
pub fn has_app_key(read: Read<'_>, granted: &Granted, sent: Option<&str>) -> Result<Result<(), Denied>, Failure> {
    let state_key = super::dynamic::state_key(read)?;
    Ok(match sent {
        Some(sent) if app_key_matches(&state_key, &granted.resource.uuid.to_string(), sent) => Ok(()),
        None if granted.stay.settings.app_key == AppKeyRule::Optional => Ok(()),
        _ => Err(Denied::AppKey),
    })
}

/// Records what the app says of the person's work, for the token with these claims, which [`authorise`] has verified; what the visit stands on is looked at once more,
/// inside the write.
///
/// # Errors
///
/// Those of [`grade::record`], and the database's own.
pub fn record_score(write: &Write<'_>, claims: Value, new: &NewGrade, now: Timestamp) -> Result<Result<Scored, Denied>, Failure> {
    let granted = match grant(**write, claims, now)? {
        Ok(granted) => granted,
        Err(denied) => return Ok(Err(denied)),
    };
    let Some(account) = granted.stay.account else { return Ok(Ok(Scored::Nobody)) };
    let grade = grade::record(write, &granted.resource, &account, new, "app", now)?;
    Ok(Ok(Scored::Grade { account: Box::new(account), grade }))
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
    let key = key.and_then(|key| VerificationKey::from_components(&key.modulus, &key.exponent).ok());
    Ok(key.and_then(|key| unverified.verify(&key)))
}

/// What verified claims stand for by now. Our keys sign other messages too, none of which names a launch.
fn grant(read: Read<'_>, mut claims: Value, now: Timestamp) -> Result<Result<Granted, Denied>, store::Error> {
    let Some(launch_id) = claims["launch_id"].as_str().filter(|_| claims["exp"].is_i64()).and_then(LaunchId::parse) else { return Ok(Err(Denied::NotOurs)) };
    let Some(session) = read.session_of_launch(&launch_id, now)? else { return Ok(Err(Denied::Ended(Ended::Unknown))) };
    let stay = match visit::stay(read, session)? {
        Ok(stay) => stay,
        Err(ended) => return Ok(Err(Denied::Ended(ended))),
    };
    if claims["iss"] != stay.settings.url.as_str() {
        return Ok(Err(Denied::NotOurs));
    }
    let resource = stay.resource.clone().filter(|resource| claims["resource"]["uuid"] == resource.uuid.to_string());
    let Some(resource) = resource else { return Ok(Err(Denied::NotOurs)) };
    visit::update_role(read, &mut claims, &stay, &resource)?;
    match &resource.target {
        Target::App(target) if claims["aud"] == target.origin() => Ok(Ok(Granted { claims, stay, resource })),
        _ => Ok(Err(Denied::OtherAudience)),
    }
}
