//! The identity of platform users, by which launches find accounts and the admin links them
//! (certification, 3.7).

use crate::domain::{Identity, PlatformUser, Registration};
use crate::lms;

/// What identifies the users of a registration: the admin's setting, or the issuer's default.
pub fn effective(registration: &Registration) -> Identity {
    registration.policy.identity.unwrap_or_else(|| known(registration))
}

/// What identifies users if the admin has set nothing.
pub fn known(registration: &Registration) -> Identity {
    registration
        .platform
        .as_ref()
        .and_then(|platform| lms::identity_of(platform.issuer.as_str()))
        .unwrap_or(Identity::Issuer)
}

/// The platform user with this `sub` who comes through a registration and one of its deployments;
/// `None` if the platform's details are missing.
pub fn platform_user(
    registration: &Registration,
    deployment_id: &str,
    sub: &str,
) -> Option<PlatformUser> {
    let platform = registration.platform.as_ref()?;
    Some(PlatformUser {
        issuer: platform.issuer.to_string(),
        tenant: effective(registration).tenant(platform.client_id.as_str(), deployment_id),
        sub: sub.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{
        ClientId, EndpointUrl, Issuer, Name, PlatformDetails, PlatformPolicy, Slug,
    };

    fn registration(issuer: &str, client_id: &str, identity: Option<Identity>) -> Registration {
        let url = || EndpointUrl::new("URL", "https://lms.example.edu/x", false).unwrap();
        Registration {
            id: 1,
            slug: Slug::new("lms").unwrap(),
            name: Name::new("LMS").unwrap(),
            enabled: true,
            platform: Some(PlatformDetails {
                issuer: Issuer::new(issuer, false).unwrap(),
                client_id: ClientId::new(client_id).unwrap(),
                keyset_url: url(),
                access_token_url: url(),
                authentication_request_url: url(),
            }),
            product: None,
            configuration_url: None,
            policy: PlatformPolicy { identity, ..PlatformPolicy::default() },
            has_deployment: true,
            protocol: crate::domain::Protocol::Lti1p3,
            created_at: jiff::Timestamp::UNIX_EPOCH,
            updated_at: jiff::Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn only_customers_of_a_shared_issuer_are_distinguished() {
        let user = |issuer, client_id, deployment, identity| {
            platform_user(&registration(issuer, client_id, identity), deployment, "4").unwrap()
        };
        let (own, shared) = ("https://moodle.example.edu", "https://canvas.instructure.com");
        assert_eq!(user(own, "a", "1", None), user(own, "b", "2", None));
        assert_ne!(user(shared, "a", "1", None), user(shared, "b", "1", None));
        assert_eq!(user(shared, "a", "1", None), user(shared, "a", "2", None));
        assert_ne!(
            user(own, "a", "1", Some(Identity::Deployment)),
            user(own, "a", "2", Some(Identity::Deployment))
        );
        assert_eq!(
            user(shared, "a", "1", Some(Identity::Issuer)),
            user(shared, "b", "2", Some(Identity::Issuer)),
            "the admin's setting takes precedence"
        );
    }

    #[test]
    fn draft_has_no_platform_users() {
        let draft = Registration {
            platform: None,
            ..registration("https://moodle.example.edu", "a", None)
        };
        assert_eq!((effective(&draft), platform_user(&draft, "1", "4")), (Identity::Issuer, None));
    }
}
