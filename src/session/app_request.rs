//! Requests of the app behind a resource, authorised by a launch token, the app key, or both.
//!
//! A launch token passes through the person's browser, so it alone grants access only until it
//! expires, and only to what it says itself. Together with the app key it is accepted as long as the
//! session in which it was created is open, resource, registration and account are enabled, and the
//! resource's target has the same origin.
//!
//! The app key never leaves the app's server. It alone grants access to the people who are enrolled
//! in its resource and to their grades, as long as the resource is published and has an app. What an
//! account may be asked for is decided by its enrolment, not by any session.
//!
//! An access token of an OpenID client is accepted for grades only, if it has the scope `score`.

use jiff::Timestamp;
use serde_json::Value;
use zeroize::Zeroizing;

use crate::domain::{
    Account, AccountRef, AppKeyRule, Grade, Invalid, KeyPurpose, KeyState, LaunchId, Resource,
    Slug, Target,
};
use crate::failure::Failure;
use crate::lti::jws::{self, Kind};
use crate::lti::keyset::VerificationKey;
use crate::lti::openid::scope::Scope;
use crate::rules::account;
use crate::rules::app_key;
use crate::rules::grade::{self, NewGrade};
use crate::rules::state_key;
use crate::session::openid::userinfo::AccessGrant;
use crate::session::{self, ActiveSession, SessionEnded, openid};
use crate::store::{GradeCourse, Read, Write};
use crate::token::app_key::named_resource;
use crate::token::openid::AccessToken;

/// What an app sends with a request. The token's signature is verified; everything else depends on
/// the database, and is checked by each function that takes it.
pub struct Credentials {
    token: Option<Token>,
    app_key: Option<Zeroizing<String>>,
}

/// A token that is signed or sealed by this tool.
enum Token {
    /// The claims of a launch token.
    Launch(Value),
    /// An access token of an OpenID client.
    Access(Zeroizing<String>),
}

impl Credentials {
    /// Verifies the signature of the token, if one was sent.
    pub fn verified(
        read: Read<'_>,
        token: Option<&str>,
        app_key: Option<&str>,
    ) -> Result<Result<Self, Denied>, Failure> {
        let token = match token {
            Some(text) => match verified(read, text)? {
                Some(token) => Some(token),
                None => return Ok(Err(Denied::NotOurs)),
            },
            None => None,
        };
        Ok(Ok(Self { token, app_key: app_key.map(|key| Zeroizing::new(key.to_owned())) }))
    }

    fn app_key(&self) -> Option<&str> {
        self.app_key.as_ref().map(|key| key.as_str())
    }
}

/// A token that was accepted, with the current state of its session.
pub struct Granted {
    /// Its claims, as they were signed, with the person's current role.
    pub claims: Value,
    active: ActiveSession,
    resource: Resource,
    /// Whether the app has sent its key.
    has_app_key: bool,
}

/// Why a request is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Denied {
    /// It has no launch token.
    TokenMissing,
    /// The token is not a launch token of this tool, or the key that signed it was retired.
    NotOurs,
    /// The app's own key is required, or one was sent that is not accepted.
    AppKey,
    /// The token has expired, and the app's own key was not sent.
    Expired,
    /// The token was created for another origin than that of the resource's current target.
    OtherAudience,
    /// The resource has no app any longer.
    NoApp,
    /// The session has ended, or something that the request depends on was disabled.
    Ended(SessionEnded),
    /// The launch is anonymous: it has no account.
    Anonymous,
    /// No account with this name is enrolled in the resource, or there is none.
    UnknownAccount,
    /// The account has no grade at the resource.
    NoGrade,
    /// The access token has expired, or its client or session is over or disabled.
    AccessToken,
    /// The access token is not one for grades.
    Scope,
    /// The access token is the client's own, and the request names no account.
    AccountMissing,
}

/// Checks the launch token and, if it was sent, the app key. A wrong key is never ignored.
pub fn authorise(
    read: Read<'_>,
    sent: &Credentials,
    now: Timestamp,
) -> Result<Result<Granted, Denied>, Failure> {
    match &sent.token {
        Some(Token::Launch(claims)) => grant(read, claims.clone(), sent.app_key(), now),
        Some(Token::Access(_)) => Ok(Err(Denied::NotOurs)),
        None => Ok(Err(Denied::TokenMissing)),
    }
}

/// The resource whose app sends a request about its people: the app key must be sent and accepted.
/// If a launch token is sent, too, it must be one for this app; its session may have ended.
pub fn app_resource(
    read: Read<'_>,
    sent: &Credentials,
    now: Timestamp,
) -> Result<Result<Resource, Denied>, Failure> {
    let Some(key) = sent.app_key() else { return Ok(Err(Denied::AppKey)) };
    let claims = match &sent.token {
        Some(Token::Launch(claims)) => Some(claims),
        Some(Token::Access(_)) => return Ok(Err(Denied::NotOurs)),
        None => None,
    };
    let named = named_resource(key)
        .or_else(|| claims.and_then(|claims| claims["resource"]["uuid"].as_str()?.parse().ok()));
    let resource = named.map(|uuid| read.resource_by_uuid(&uuid)).transpose()?.flatten();
    let Some(resource) = resource else { return Ok(Err(Denied::AppKey)) };
    if !app_key::is_accepted(read, &resource, key, now)? {
        return Ok(Err(Denied::AppKey));
    }
    if let Some(claims) = claims {
        let is_ours = claims["iss"] == read.settings()?.url.as_str()
            && claims["resource"]["uuid"] == resource.uuid.to_string();
        if !is_ours {
            return Ok(Err(Denied::NotOurs));
        }
        if !is_for(claims, &resource) {
            return Ok(Err(Denied::OtherAudience));
        }
    }
    Ok(match resource.target {
        _ if !resource.published => Err(Denied::Ended(SessionEnded::Unpublished)),
        Target::App(_) => Ok(resource),
        Target::Page | Target::Directory(_) => Err(Denied::NoApp),
    })
}

/// Whose grade a request is about.
pub struct Subject {
    /// What the app sent.
    pub sent: Credentials,
    /// The account that the app names; `None` for the person of the launch token.
    pub account: Option<AccountRef>,
    /// The course that the app names, if the resource has grades by course.
    pub course: Option<String>,
}

/// A person at the app's resource.
pub struct Person {
    /// The resource.
    pub resource: Resource,
    /// Their account.
    pub account: Account,
    /// The course of the grade, if the resource has grades by course.
    pub course: Option<GradeCourse>,
    /// The launch and the slug of its registration, if the person was found by a launch token.
    pub launch: Option<(LaunchId, Slug)>,
}

/// What a request does with a grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Access {
    Read,
    Record,
}

/// The person's grade.
pub fn score(
    read: Read<'_>,
    subject: &Subject,
    now: Timestamp,
) -> Result<Result<(Person, Grade), Denied>, Failure> {
    let person = match person(read, subject, Access::Read, now)? {
        Ok(person) => person,
        Err(denied) => return Ok(Err(denied)),
    };
    let course = person.course.as_ref().map(|course| course.id);
    let grade = read.grade(person.account.id, person.resource.id, course)?;
    Ok(grade.map(|grade| (person, grade)).ok_or(Denied::NoGrade))
}

/// Records a score of the person. Everything but the token's signature is checked inside the
/// transaction, including the app key.
pub fn record_score(
    write: &Write<'_>,
    subject: &Subject,
    new: &NewGrade,
    now: Timestamp,
) -> Result<Result<(Person, Grade), Denied>, Failure> {
    let person = match person(**write, subject, Access::Record, now)? {
        Ok(person) => person,
        Err(denied) => return Ok(Err(denied)),
    };
    let Person { resource, account, course, .. } = &person;
    let course = course.as_ref().map(|course| course.id);
    let grade = grade::record(write, resource, account, course, new, "app", now)?;
    Ok(Ok((person, grade)))
}

/// Whether a request may record scores, before its body is read, which may name an account: the app
/// sends its key, or the settings do not require it.
pub fn may_record_scores(
    read: Read<'_>,
    sent: &Credentials,
    now: Timestamp,
) -> Result<Result<(), Denied>, Failure> {
    match (&sent.token, &sent.app_key) {
        (Some(Token::Access(token)), _) => Ok(graded(read, token, sent, now)?.map(drop)),
        (_, Some(_)) => Ok(app_resource(read, sent, now)?.map(drop)),
        (_, None) => {
            Ok(authorise(read, sent, now)?.and_then(|granted| granted.may(Access::Record)))
        }
    }
}

fn person(
    read: Read<'_>,
    subject: &Subject,
    access: Access,
    now: Timestamp,
) -> Result<Result<Person, Denied>, Failure> {
    if let Some(Token::Access(token)) = &subject.sent.token {
        return person_of_client(read, token, subject, now);
    }
    let Some(name) = &subject.account else {
        let granted = authorise(read, &subject.sent, now)?
            .and_then(|granted| granted.may(access).map(|()| granted));
        return match granted {
            Ok(granted) => {
                own_course_only(subject)?;
                granted.person(read)
            }
            Err(denied) => Ok(Err(denied)),
        };
    };
    let resource = match app_resource(read, &subject.sent, now)? {
        Ok(resource) => resource,
        Err(denied) => return Ok(Err(denied)),
    };
    enrolled(read, resource, name, subject.course.as_deref())
}

/// A launch token is for one course, so a request with it alone names none.
fn own_course_only(subject: &Subject) -> Result<(), Failure> {
    match &subject.course {
        None => Ok(()),
        Some(_) => Err(Failure::from(Invalid::new(
            "course",
            "must not be given for the person of a token, whose launch has a course",
        ))),
    }
}

/// An account by its name. Accounts elsewhere on the tool are none of the app's business: they do not
/// exist for it.
fn enrolled(
    read: Read<'_>,
    resource: Resource,
    name: &AccountRef,
    course: Option<&str>,
) -> Result<Result<Person, Denied>, Failure> {
    let Some(account) = account::known(read, name)? else {
        return Ok(Err(Denied::UnknownAccount));
    };
    if read.enrolment(account.id, resource.id)?.is_none() {
        return Ok(Err(Denied::UnknownAccount));
    }
    if !account.enabled {
        return Ok(Err(Denied::Ended(SessionEnded::AccountDisabled)));
    }
    let course = grade::course_for(read, &resource, &account, course)?;
    Ok(Ok(Person { resource, account, course, launch: None }))
}

/// What an access token for grades currently grants. Nothing else may be sent with it.
fn graded(
    read: Read<'_>,
    token: &str,
    sent: &Credentials,
    now: Timestamp,
) -> Result<Result<AccessGrant, Denied>, Failure> {
    if sent.app_key.is_some() {
        return Ok(Err(Denied::NotOurs));
    }
    let found = openid::userinfo::access(read, &state_key::state_key(read)?, token, now)?;
    Ok(match found {
        None => Err(Denied::AccessToken),
        Some(access) if !access.scopes.has(Scope::Score) => Err(Denied::Scope),
        Some(access) => Ok(access),
    })
}

/// Whose grade an access token is for: its person's, whom a request may name, or if it is the
/// client's own, that of the account that the request names.
fn person_of_client(
    read: Read<'_>,
    token: &str,
    subject: &Subject,
    now: Timestamp,
) -> Result<Result<Person, Denied>, Failure> {
    let access = match graded(read, token, &subject.sent, now)? {
        Ok(access) => access,
        Err(denied) => return Ok(Err(denied)),
    };
    match (access.person, &subject.account) {
        (Some(signed_in), name) => {
            own_course_only(subject)?;
            let course =
                grade::course_of_session(read, &signed_in.resource, &signed_in.active.session)?;
            let launch = (signed_in.active.session.launch_id, signed_in.active.registration.slug);
            let Some(account) = signed_in.active.account else {
                return Ok(Err(Denied::Anonymous));
            };
            let named = name.as_ref().map(|name| account::known(read, name)).transpose()?;
            Ok(match named {
                Some(named) if named.as_ref().is_none_or(|named| named.id != account.id) => {
                    Err(Denied::UnknownAccount)
                }
                _ => Ok(Person {
                    resource: signed_in.resource,
                    account,
                    course,
                    launch: Some(launch),
                }),
            })
        }
        (None, None) => Ok(Err(Denied::AccountMissing)),
        (None, Some(name)) => match openid::token::grading_resource(read, &access.client)? {
            Some(resource) => enrolled(read, resource, name, subject.course.as_deref()),
            None => Ok(Err(Denied::AccessToken)),
        },
    }
}

impl Granted {
    /// Whether the request may read or record the grade of the token's person. A token alone may
    /// not: the person has it. Databases from before app keys may still accept scores with it.
    fn may(&self, access: Access) -> Result<(), Denied> {
        let is_optional =
            access == Access::Record && self.active.settings.app_key == AppKeyRule::Optional;
        (self.has_app_key || is_optional).then_some(()).ok_or(Denied::AppKey)
    }

    fn person(self, read: Read<'_>) -> Result<Result<Person, Denied>, Failure> {
        let course = grade::course_of_session(read, &self.resource, &self.active.session)?;
        let launch = (self.active.session.launch_id, self.active.registration.slug);
        let Some(account) = self.active.account else { return Ok(Err(Denied::Anonymous)) };
        Ok(Ok(Person { resource: self.resource, account, course, launch: Some(launch) }))
    }
}

/// A token of this tool: a launch token that a key in its keyset has signed, or else what may be an
/// access token, which only the functions for grades open.
fn verified(read: Read<'_>, token: &str) -> Result<Option<Token>, Failure> {
    let Some(unverified) = jws::read(token, Kind::LaunchToken) else {
        let is_access = AccessToken::is_one(token, &state_key::state_key(read)?);
        return Ok(is_access.then(|| Token::Access(Zeroizing::new(token.to_owned()))));
    };
    let key = read
        .signing_key(unverified.kid())?
        .filter(|key| key.state != KeyState::Retired && key.purpose == KeyPurpose::Lti);
    let key =
        key.and_then(|key| VerificationKey::from_components(&key.modulus, &key.exponent).ok());
    Ok(key.and_then(|key| unverified.verify(&key.into())).map(Token::Launch))
}

/// Whether a token was created for the origin of the resource's current target.
fn is_for(claims: &Value, resource: &Resource) -> bool {
    matches!(&resource.target, Target::App(target) if claims["aud"] == target.origin())
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
    if !is_for(&claims, &resource) {
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
