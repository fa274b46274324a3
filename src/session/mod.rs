//! Open sessions: access to their pages, and the launch token for the app behind the resource.

pub mod app_members;
pub mod app_notices;
pub mod app_request;
pub mod bridge;
pub mod openid;
pub mod overview;
pub mod score_request;
pub mod select_content;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;
use std::borrow::Cow;

use crate::domain::{
    Account, Consumer, EnrolmentSource, KeyPurpose, LaunchDetails, MaxGrade, Presentation,
    Protocol, Purpose, Random, Registration, Resource, Session, SessionHandle, Settings,
    SourcedIds, TargetUrl,
};
use crate::failure::{Failure, Kind};
use crate::lti::roles::{self, Role};
use crate::store::{self, Read};
use crate::token::launch_token::{self, LaunchToken, Launched};

/// An open session with everything that its pages need.
pub struct ActiveSession {
    /// The session.
    pub session: Session,
    /// Its resource; `None` for content selection.
    pub resource: Option<Resource>,
    /// The person's account; `None` for an anonymous launch.
    pub account: Option<Account>,
    /// The registration of its launch.
    pub registration: Registration,
    /// The same as a consumer, if the launch was one of LTI 1.1 or 2.0.
    pub consumer: Option<Consumer>,
    /// The tool's settings.
    pub settings: Settings,
}

/// Why a session is not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionEnded {
    /// There is no such session, it belongs to another browser, or it has expired; which of them is
    /// not disclosed.
    Unknown,
    /// The resource was unpublished since the launch.
    Unpublished,
    /// The resource is no longer available to the registration.
    NotForRegistration,
    /// The registration was disabled since the launch.
    RegistrationDisabled,
    /// The person's account was disabled since the launch.
    AccountDisabled,
}

/// Opens the session with this handle (from the URL) and secret (from the cookie or the URL). The
/// resource, registration and account are read again, so disabling one of them takes effect at the
/// next request.
pub fn open(
    read: Read<'_>,
    handle: &str,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<Result<ActiveSession, SessionEnded>, store::Error> {
    let Some(session) =
        SessionHandle::parse(handle).map(|handle| read.session(handle, now)).transpose()?.flatten()
    else {
        return Ok(Err(SessionEnded::Unknown));
    };
    let secret = secret.and_then(|secret| URL_SAFE_NO_PAD.decode(secret).ok()).unwrap_or_default();
    if verify_slices_are_equal(digest(&SHA256, &secret).as_ref(), &session.secret_digest).is_err() {
        return Ok(Err(SessionEnded::Unknown));
    }
    activate(read, session)
}

/// Loads what belongs to a session, unless something that it depends on was disabled since.
pub(super) fn activate(
    read: Read<'_>,
    session: Session,
) -> Result<Result<ActiveSession, SessionEnded>, store::Error> {
    let Some(registration) = read.registration_by_id(session.registration_id)? else {
        return Ok(Err(SessionEnded::Unknown));
    };
    let consumer = match registration.protocol {
        Protocol::Lti1p3 => None,
        Protocol::Lti1p1 | Protocol::Lti2p0 => read.consumer_by_id(registration.id)?,
    };
    let may_use = |resource: &Resource| match &consumer {
        Some(consumer) => consumer.may_use(resource),
        None => resource.is_for(&registration.slug),
    };
    let resource = match session.purpose {
        Purpose::Selection(_) => None,
        Purpose::Resource(id) => match read.resource_by_id(id)? {
            Some(resource) if !resource.published => return Ok(Err(SessionEnded::Unpublished)),
            Some(resource) if !may_use(&resource) => {
                return Ok(Err(SessionEnded::NotForRegistration));
            }
            Some(resource) => Some(resource),
            None => return Ok(Err(SessionEnded::Unknown)),
        },
    };
    let account = session.account_id.map(|id| read.account_by_id(id)).transpose()?.flatten();
    if !registration.enabled {
        return Ok(Err(SessionEnded::RegistrationDisabled));
    }
    if account.as_ref().is_some_and(|account| !account.enabled) {
        return Ok(Err(SessionEnded::AccountDisabled));
    }
    let settings = read.settings()?;
    Ok(Ok(ActiveSession { session, resource, account, registration, consumer, settings }))
}

/// Signs a launch token, which describes the session to the app behind the resource: a JWT for the
/// app's origin, valid for a minute.
///
/// # Errors
///
/// If there is no active key, or it cannot sign.
pub fn launch_token(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
    target: &TargetUrl,
    now: Timestamp,
    random: &Random,
) -> Result<String, Failure> {
    let key = read.active_signing_key(KeyPurpose::Lti)?;
    let tool_role = tool_role(read, active, resource)?;
    let for_user = for_user(read, active, resource)?;
    let token = token(active, resource, target, (tool_role, for_user), now, random);
    token.sign(key.kid.as_str(), key.private_key.expose()).map_err(|error| {
        Failure::new(Kind::Failed, "no launch token", error.to_string(), "ltictl key rotate")
    })
}

/// Replaces the role in the claims of a token with the person's current one, because the platform
/// may have removed the signed role.
pub(super) fn update_role(
    read: Read<'_>,
    claims: &mut Value,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<(), store::Error> {
    let details = &active.session.details;
    if claims["role"] != details.role.as_str() {
        claims["role"] = details.role.as_str().into();
        claims["roles"] = details.roles.clone().into();
        claims["tool_role"] = tool_role(read, active, resource)?.into();
        claims["mentor"] = mentored(details).into();
        claims["for_user"] =
            serde_json::to_value(for_user(read, active, resource)?).unwrap_or_default();
    }
    Ok(())
}

/// The resource's name for the person's role; `None` if they are not enrolled. Unless an admin
/// enrolled them, the enrolment has the role of the last launch of this resource. The session's own
/// role may be lower, because the platform lowered it at another resource of the course; then that
/// one is used.
fn tool_role(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Option<String>, store::Error> {
    let enrolment = active
        .account
        .as_ref()
        .map(|account| read.enrolment(account.id, resource.id))
        .transpose()?
        .flatten();
    Ok(enrolment.map(|enrolment| {
        match enrolment.teaches
            && enrolment.source != EnrolmentSource::Admin
            && !active.session.details.teaches()
        {
            true => resource.role(false).as_str().to_owned(),
            false => enrolment.role,
        }
    }))
}

/// The token's claims. `tool_role` is the resource's name for the person's role.
fn token(
    active: &ActiveSession,
    resource: &Resource,
    target: &TargetUrl,
    (tool_role, for_user): (Option<String>, Option<launch_token::ForUser>),
    now: Timestamp,
    random: &Random,
) -> LaunchToken {
    let details = &active.session.details;
    LaunchToken {
        iss: active.settings.url.as_str().to_owned(),
        aud: target.origin(),
        iat: now.as_second(),
        exp: now.as_second() + launch_token::LIFETIME_SECONDS,
        jti: random.uuid().to_string(),
        sub: details
            .sub
            .as_deref()
            .map(|sub| launch_token::person_id(&details.issuer, &details.tenant, sub)),
        user: user(details),
        account: active.account.as_ref().map(account),
        role: Role::named(&details.role),
        tool_role,
        launched: launched(active, resource),
        launch_presentation: presentation(details),
        mentor: mentored(details),
        for_user,
        lis: lis(details),
    }
}

/// An account, for the app.
fn account(account: &Account) -> launch_token::Account {
    launch_token::Account {
        id: account.uuid,
        username: account.username.clone(),
        name: account.profile.full_name().map(Cow::into_owned),
    }
}

/// Whose work the app shows, if this person may see it.
fn for_user(
    read: Read<'_>,
    active: &ActiveSession,
    resource: &Resource,
) -> Result<Option<launch_token::ForUser>, store::Error> {
    let Some(sub) = &active.session.details.for_user else { return Ok(None) };
    let reviewed = overview::reviewed(read, active, resource)?;
    Ok(reviewed.map(|reviewed| launch_token::ForUser {
        sub: sub.clone(),
        account: reviewed.map(|(member, _)| account(&member.account)),
    }))
}

/// What was launched, and where, for the app.
fn launched(active: &ActiveSession, resource: &Resource) -> Launched {
    let details = &active.session.details;
    Launched {
        launch_id: active.session.launch_id.clone(),
        roles: details.roles.clone(),
        resource: launch_token::Resource {
            uuid: resource.uuid,
            slug: resource.slug.clone(),
            name: resource.name.to_string(),
            kind: resource.kind.as_str().to_owned(),
            max_grade: resource.max_grade.map(MaxGrade::get),
        },
        context: details.context_id.clone().map(|id| launch_token::Context {
            id,
            label: details.context_label.clone(),
            title: details.context_title.clone(),
            types: details.context_types.clone(),
        }),
        resource_link: Some(launch_token::ResourceLink {
            id: details.resource_link_id.clone(),
            title: details.resource_link_title.clone(),
        }),
        platform: launch_token::Platform {
            issuer: details.issuer.clone(),
            client_id: details.client_id.clone(),
            deployment_id: details.deployment_id.clone(),
            registration: active.registration.slug.clone(),
            name: details.platform_name.clone(),
            product_family_code: details.platform_product.clone(),
        },
        custom: details.custom.clone(),
        return_url: details.presentation.return_url.clone(),
    }
}

/// Whom the person mentors; no one if the platform has removed the role since the launch.
fn mentored(details: &LaunchDetails) -> Vec<String> {
    match roles::is_mentor(details.roles.iter().map(String::as_str)) {
        true => details.mentored.clone(),
        false => Vec::new(),
    }
}

/// `None` if the platform has sent nothing of it.
fn presentation(details: &LaunchDetails) -> Option<launch_token::LaunchPresentation> {
    let Presentation { return_url: _, document_target, locale, width, height } =
        details.presentation.clone();
    (document_target.is_some() || locale.is_some() || width.is_some() || height.is_some())
        .then_some(launch_token::LaunchPresentation { document_target, locale, width, height })
}

/// `None` if the platform has sent no identifier.
fn lis(details: &LaunchDetails) -> Option<launch_token::Lis> {
    let SourcedIds { person, course_offering, course_section } = details.lis.clone();
    (details.lis != SourcedIds::default()).then_some(launch_token::Lis {
        person_sourcedid: person,
        course_offering_sourcedid: course_offering,
        course_section_sourcedid: course_section,
    })
}

fn user(details: &LaunchDetails) -> Option<launch_token::User> {
    details.sub.clone().map(|sub| launch_token::User {
        sub,
        name: details.name.clone(),
        given_name: details.given_name.clone(),
        family_name: details.family_name.clone(),
        email: details.email.clone(),
        locale: details.locale.clone(),
        picture: details.picture.clone(),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        AccountOrigin, LaunchDetails, LaunchId, Name, PlatformPolicy, Profile, PublicUrl, Slug,
        Target, Username,
    };

    fn active(details: LaunchDetails) -> ActiveSession {
        let now = Timestamp::UNIX_EPOCH;
        let details = LaunchDetails {
            issuer: "https://lms.example".into(),
            client_id: "c".into(),
            role: "learner".into(),
            roles: vec!["Learner".into()],
            deployment_id: "7".into(),
            context_id: Some("2".into()),
            context_title: Some("Biology 101".into()),
            context_types: vec!["CourseSection".into()],
            resource_link_id: "1".into(),
            platform_name: Some("Moodle".into()),
            custom: [("id".to_owned(), "u".to_owned())].into(),
            ..details
        };
        let account = details.sub.is_some().then(|| Account {
            id: 1,
            uuid: uuid::Uuid::nil(),
            username: Username::new("sam").unwrap(),
            origin: AccountOrigin::Launch,
            profile: Profile { name: Some("Sam S.".into()), ..Profile::default() },
            has_password: false,
            enabled: true,
            require_provider: false,
            grants_all: false,
            created_at: now,
            updated_at: now,
        });
        ActiveSession {
            session: Session {
                handle: SessionHandle::parse("0123456789abcdef").unwrap(),
                secret_digest: Vec::new(),
                launch_id: LaunchId::stored("0123456789abcdef".into()),
                registration_id: 1,
                purpose: Purpose::Resource(1),
                account_id: account.as_ref().map(|account| account.id),
                details,
                created_at: now,
                expires_at: now,
            },
            resource: None,
            account,
            registration: Registration {
                id: 1,
                slug: Slug::new("moodle-prod").unwrap(),
                name: Name::new("Moodle Prod").unwrap(),
                enabled: true,
                platform: None,
                policy: PlatformPolicy::default(),
                has_deployment: true,
                protocol: crate::domain::Protocol::Lti1p3,
                product: None,
                configuration_url: None,
                created_at: now,
                updated_at: now,
            },
            consumer: None,
            settings: settings(),
        }
    }

    fn settings() -> Settings {
        let url = PublicUrl::new("https://tool.example.edu", false).unwrap();
        Settings::new(url, Name::new("Tool").unwrap())
    }

    fn claims(details: LaunchDetails, tool_role: Option<&str>) -> Value {
        let mut resource = Resource::new(
            Slug::new("quiz").unwrap(),
            uuid::Uuid::nil(),
            Name::new("Quiz").unwrap(),
            Timestamp::UNIX_EPOCH,
        );
        resource.max_grade = Some(MaxGrade::new(10.0).unwrap());
        let target = TargetUrl::new("https://app.example.edu/start?a=b", false).unwrap();
        resource.target = Target::App(target.clone());
        let now = Timestamp::from_second(1000).unwrap();
        json!(token(
            &active(details),
            &resource,
            &target,
            (tool_role.map(str::to_owned), None),
            now,
            &Random::seeded(1)
        ))
    }

    #[test]
    fn token_matches_the_documentation() {
        let details = LaunchDetails {
            sub: Some("4".into()),
            name: Some("Sam Student".into()),
            email: Some("sam@a.example".into()),
            presentation: Presentation {
                return_url: Some("https://lms.example/return".into()),
                document_target: Some("iframe".into()),
                width: Some(640),
                ..Presentation::default()
            },
            mentored: vec!["5".into()],
            ..LaunchDetails::default()
        };
        let mut found = claims(details, Some("student"));
        assert!(found["jti"].as_str().is_some_and(|jti| jti.len() == 36));
        found["jti"] = json!("j");
        assert_eq!(
            found,
            json!({
                "iss": "https://tool.example.edu", "aud": "https://app.example.edu", "iat": 1000, "exp": 1060, "jti": "j", "launch_id": "0123456789abcdef",
                "sub": launch_token::person_id("https://lms.example", "", "4"),
                "user": { "sub": "4", "name": "Sam Student", "given_name": null, "family_name": null, "email": "sam@a.example", "locale": null, "picture": null },
                "account": { "id": "00000000-0000-0000-0000-000000000000", "username": "sam", "name": "Sam \
                    S." },
                "role": "learner", "tool_role": "student", "roles": ["Learner"],
                "resource": { "uuid": "00000000-0000-0000-0000-000000000000", "slug": "quiz", "name": "Quiz", "kind": "activity", "max_grade": 10.0 },
                "context": { "id": "2", "label": null, "title": "Biology 101", "type": ["CourseSection"] },
                "resource_link": { "id": "1", "title": null },
                "platform": { "issuer": "https://lms.example", "client_id": "c", "deployment_id": "7", "registration": "moodle-prod", "name": "Moodle",
                              "product_family_code": null },
                "custom": { "id": "u" },
                "return_url": "https://lms.example/return",
                "launch_presentation": { "document_target": "iframe", "locale": null, "width": 640, "height": null },
                "mentor": [], "for_user": null,
                "lis": null,
            })
        );
    }

    #[test]
    fn anonymous_person_has_neither_name_nor_account() {
        let anonymous = claims(LaunchDetails::default(), None);
        assert!(anonymous.get("sub").is_none());
        assert_eq!(
            (&anonymous["user"], &anonymous["account"], &anonymous["tool_role"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }

    #[test]
    fn same_user_id_of_two_tenants_gives_different_people() {
        let sub = |tenant: &str| {
            claims(
                LaunchDetails {
                    sub: Some("4".into()),
                    tenant: tenant.into(),
                    ..LaunchDetails::default()
                },
                None,
            )["sub"]
                .clone()
        };
        let subs = [sub(""), sub("one"), sub("two")];
        assert_eq!(subs[0], json!(launch_token::person_id("https://lms.example", "", "4")));
        assert!(subs[0] != subs[1] && subs[1] != subs[2] && subs[0] != subs[2], "{subs:?}");
        assert_eq!(subs[1], sub("one"));
    }
}
