//! A launched person's stay: who may see what, and what an app behind the tool is told.

pub mod app_request;
pub mod overview;
pub mod score_request;
pub mod select_content;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde_json::Value;

use crate::domain::{
    Account, EnrolmentSource, MaxGrade, Purpose, Random, Registration, Resource, Session,
    SessionHandle, Settings, TargetUrl,
};
use crate::failure::{Failure, Kind};
use crate::rules;
use crate::store::{self, Read};
use crate::token::launch_token::{self, LaunchToken};

/// What a session's page is made of.
pub struct Stay {
    /// The session.
    pub session: Session,
    /// The resource that it is for; none when content is to be selected.
    pub resource: Option<Resource>,
    /// The person's account; none in an anonymous launch.
    pub account: Option<Account>,
    /// The registration that it came through.
    pub registration: Registration,
    /// The tool's settings.
    pub settings: Settings,
}

/// Why there is nothing to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// No such session, the wrong browser, or too long ago; which of them is nobody's business.
    Unknown,
    /// The resource was unpublished since the launch.
    Unpublished,
    /// The resource was closed to the registration since the launch.
    NotForRegistration,
    /// The registration was switched off since the launch.
    Disabled,
    /// The person's account was switched off since the launch.
    AccountDisabled,
}

/// Looks a session up by the handle in the URL and the secret in the cookie or the URL. The
/// resource and the registration are looked at again, so that what an admin switches off is off at
/// the next request.
pub fn enter(
    read: Read<'_>,
    handle: &str,
    secret: Option<&str>,
    now: Timestamp,
) -> Result<Result<Stay, Ended>, store::Error> {
    let Some(session) = SessionHandle::parse(handle)
        .map(|handle| read.session(&handle, now))
        .transpose()?
        .flatten()
    else {
        return Ok(Err(Ended::Unknown));
    };
    let secret = secret.and_then(|secret| URL_SAFE_NO_PAD.decode(secret).ok()).unwrap_or_default();
    if verify_slices_are_equal(digest(&SHA256, &secret).as_ref(), &session.secret_digest).is_err() {
        return Ok(Err(Ended::Unknown));
    }
    stay(read, session)
}

/// What is left of a session by now.
pub(super) fn stay(read: Read<'_>, session: Session) -> Result<Result<Stay, Ended>, store::Error> {
    let Some(registration) = read.registration_by_id(session.registration_id)? else {
        return Ok(Err(Ended::Unknown));
    };
    let resource = match session.purpose {
        Purpose::Selection(_) => None,
        Purpose::Resource(id) => match read.resource_by_id(id)? {
            Some(resource) if !resource.published => return Ok(Err(Ended::Unpublished)),
            Some(resource) if !resource.is_for(&registration.slug) => {
                return Ok(Err(Ended::NotForRegistration));
            }
            Some(resource) => Some(resource),
            None => return Ok(Err(Ended::Unknown)),
        },
    };
    let account = session.account_id.map(|id| read.account_by_id(id)).transpose()?.flatten();
    if !registration.enabled {
        return Ok(Err(Ended::Disabled));
    }
    if account.as_ref().is_some_and(|account| !account.enabled) {
        return Ok(Err(Ended::AccountDisabled));
    }
    Ok(Ok(Stay { session, resource, account, registration, settings: read.settings()? }))
}

/// Signs what an app behind the tool is told of a visit: a JWT for the app's origin, good for a
/// minute.
///
/// # Errors
///
/// No active key, or one that cannot sign.
pub fn launch_token(
    read: Read<'_>,
    stay: &Stay,
    resource: &Resource,
    target: &TargetUrl,
    now: Timestamp,
    random: &Random,
) -> Result<String, Failure> {
    let key = read.active_signing_key()?;
    let token = token(stay, resource, target, tool_role(read, stay, resource)?, now, random);
    token.sign(key.kid.as_str(), key.private_key.expose()).map_err(|error| {
        Failure::new(Kind::Failed, "no launch token", error.to_string(), "ltictl key rotate")
    })
}

/// Puts the role that the person has by now into the claims of a token: the platform may have
/// removed the one that it was signed with.
pub(super) fn update_role(
    read: Read<'_>,
    claims: &mut Value,
    stay: &Stay,
    resource: &Resource,
) -> Result<(), store::Error> {
    let visit = &stay.session.visit;
    if claims["role"] != visit.role.as_str() {
        claims["role"] = visit.role.as_str().into();
        claims["roles"] = visit.roles.clone().into();
        claims["tool_role"] = tool_role(read, stay, resource)?.into();
    }
    Ok(())
}

/// What the resource calls the person's role; none if they are not enrolled. Unless the admin has
/// enrolled them, the enrolment has the role of the last launch of this resource. It gives a
/// session no more than its own role, which the platform may have lowered since at another resource
/// of the course.
fn tool_role(
    read: Read<'_>,
    stay: &Stay,
    resource: &Resource,
) -> Result<Option<String>, store::Error> {
    let enrolment = stay
        .account
        .as_ref()
        .map(|account| read.enrolment(account.id, resource.id))
        .transpose()?
        .flatten();
    Ok(enrolment.map(|enrolment| {
        match enrolment.teaches
            && enrolment.source != EnrolmentSource::Admin
            && !stay.session.visit.teaches()
        {
            true => resource.role(false).as_str().to_owned(),
            false => enrolment.role,
        }
    }))
}

/// What the token says; `tool_role` is what the resource calls the person's role.
fn token(
    stay: &Stay,
    resource: &Resource,
    target: &TargetUrl,
    tool_role: Option<String>,
    now: Timestamp,
    random: &Random,
) -> LaunchToken {
    let visit = &stay.session.visit;
    LaunchToken {
        iss: stay.settings.url.as_str().to_owned(),
        aud: target.origin(),
        iat: now.as_second(),
        exp: now.as_second() + launch_token::LIFETIME_SECONDS,
        jti: random.uuid().to_string(),
        launch_id: stay.session.launch_id.to_string(),
        sub: visit
            .sub
            .as_deref()
            .map(|sub| launch_token::person_id(&visit.issuer, &visit.tenant, sub)),
        user: visit.sub.clone().map(|sub| launch_token::User {
            sub,
            name: visit.name.clone(),
            given_name: visit.given_name.clone(),
            family_name: visit.family_name.clone(),
            email: visit.email.clone(),
            locale: visit.locale.clone(),
        }),
        account: stay.account.as_ref().map(|account| launch_token::Account {
            id: account.uuid.to_string(),
            username: account.username.to_string(),
            name: account.profile.name.clone(),
        }),
        role: rules::session::role(&visit.role),
        tool_role,
        roles: visit.roles.clone(),
        resource: launch_token::Resource {
            uuid: resource.uuid.to_string(),
            slug: resource.slug.to_string(),
            name: resource.name.to_string(),
            kind: resource.kind.as_str().to_owned(),
            max_grade: resource.max_grade.map(MaxGrade::get),
        },
        context: visit.context_id.clone().map(|id| launch_token::Context {
            id,
            label: visit.context_label.clone(),
            title: visit.context_title.clone(),
            types: visit.context_types.clone(),
        }),
        resource_link: Some(launch_token::ResourceLink {
            id: visit.resource_link_id.clone(),
            title: visit.resource_link_title.clone(),
        }),
        platform: launch_token::Platform {
            issuer: visit.issuer.clone(),
            client_id: visit.client_id.clone(),
            deployment_id: visit.deployment_id.clone(),
            registration: stay.registration.slug.to_string(),
            name: visit.platform_name.clone(),
            product_family_code: visit.platform_product.clone(),
        },
        custom: visit.custom.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::{
        AccountOrigin, LaunchId, Name, PlatformPolicy, Profile, PublicUrl, SessionClaims, Slug,
        Target, Username,
    };

    fn stay(visit: SessionClaims) -> Stay {
        let now = Timestamp::UNIX_EPOCH;
        let visit = SessionClaims {
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
            ..visit
        };
        let account = visit.sub.is_some().then(|| Account {
            id: 1,
            uuid: uuid::Uuid::nil(),
            username: Username::new("sam").unwrap(),
            origin: AccountOrigin::Launch,
            profile: Profile { name: Some("Sam S.".into()), ..Profile::default() },
            has_password: false,
            enabled: true,
            grants_all: false,
            created_at: now,
            updated_at: now,
        });
        Stay {
            session: Session {
                handle: SessionHandle::parse("0123456789abcdef").unwrap(),
                secret_digest: Vec::new(),
                launch_id: LaunchId::stored("0123456789abcdef".into()),
                registration_id: 1,
                purpose: Purpose::Resource(1),
                account_id: account.as_ref().map(|account| account.id),
                visit,
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
                product: None,
                configuration_url: None,
                created_at: now,
                updated_at: now,
            },
            settings: Settings::new(
                PublicUrl::new("https://tool.example.edu", false).unwrap(),
                Name::new("Tool").unwrap(),
            ),
        }
    }

    fn claims(visit: SessionClaims, tool_role: Option<&str>) -> Value {
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
            &stay(visit),
            &resource,
            &target,
            tool_role.map(str::to_owned),
            now,
            &Random::seeded(1)
        ))
    }

    #[test]
    fn the_token_says_what_the_documentation_says() {
        let visit = SessionClaims {
            sub: Some("4".into()),
            name: Some("Sam Student".into()),
            email: Some("sam@a.example".into()),
            ..SessionClaims::default()
        };
        let mut found = claims(visit, Some("student"));
        assert!(found["jti"].as_str().is_some_and(|jti| jti.len() == 36));
        found["jti"] = json!("j");
        assert_eq!(
            found,
            json!({
                "iss": "https://tool.example.edu", "aud": "https://app.example.edu", "iat": 1000, "exp": 1060, "jti": "j", "launch_id": "0123456789abcdef",
                "sub": launch_token::person_id("https://lms.example", "", "4"),
                "user": { "sub": "4", "name": "Sam Student", "given_name": null, "family_name": null, "email": "sam@a.example", "locale": null },
                "account": { "id": "00000000-0000-0000-0000-000000000000", "username": "sam", "name": "Sam \
                    S." },
                "role": "learner", "tool_role": "student", "roles": ["Learner"],
                "resource": { "uuid": "00000000-0000-0000-0000-000000000000", "slug": "quiz", "name": "Quiz", "kind": "activity", "max_grade": 10.0 },
                "context": { "id": "2", "label": null, "title": "Biology 101", "type": ["CourseSection"] },
                "resource_link": { "id": "1", "title": null },
                "platform": { "issuer": "https://lms.example", "client_id": "c", "deployment_id": "7", "registration": "moodle-prod", "name": "Moodle",
                              "product_family_code": null },
                "custom": { "id": "u" },
            })
        );
    }

    #[test]
    fn a_guest_has_neither_name_nor_account() {
        let anonymous = claims(SessionClaims::default(), None);
        assert!(anonymous.get("sub").is_none());
        assert_eq!(
            (&anonymous["user"], &anonymous["account"], &anonymous["tool_role"]),
            (&Value::Null, &Value::Null, &Value::Null)
        );
    }

    #[test]
    fn people_of_different_customers_of_one_platform_are_different() {
        let sub = |tenant: &str| {
            claims(
                SessionClaims {
                    sub: Some("4".into()),
                    tenant: tenant.into(),
                    ..SessionClaims::default()
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
