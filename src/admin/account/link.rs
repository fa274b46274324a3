//! Links platform users to accounts, and unlinks them.

use jiff::Timestamp;

use super::{AccountRecord, find, show};
use crate::domain::{
    Account, AccountLink, AccountRef, ConsumerUser, DeploymentPolicy, Identity, IdentityProvider,
    Invalid, LinkedBy, Name, PlatformUser, ProviderIdentity, ProviderRef, RegistrationRef,
};
use crate::failure::{Failure, Kind, shell_option};
use crate::rules::{identity, identity_provider, registration};
use crate::store::{Read, Store, Write};

/// The user to link or unlink, as the admin entered it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkTarget {
    /// A platform user.
    Platform {
        /// Slug of the registration.
        registration: RegistrationRef,
        /// The platform's identifier of the person.
        sub: String,
        /// The deployment, if users are identified by it.
        deployment: Option<String>,
    },
    /// A user of an LTI 1.1 platform.
    Consumer {
        /// Consumer key.
        consumer_key: String,
        /// `user_id`.
        user_id: String,
    },
    /// A person at an identity provider.
    Provider {
        /// Slug of the provider.
        provider: ProviderRef,
        /// The provider's identifier of the person.
        subject: String,
    },
}

/// The user to link or unlink, as the database stores it.
enum User {
    Platform(PlatformUser),
    Consumer(ConsumerUser),
    Provider(Box<IdentityProvider>, ProviderIdentity),
}

/// Links a platform user to an account; with `if_not_exists`, succeeds if the user is linked to it
/// already.
///
/// # Errors
///
/// If there is no such account or registration, the user is already linked, the registration has no
/// platform details, or a value is invalid.
pub fn link(
    store: &mut Store,
    name: &AccountRef,
    target: &LinkTarget,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = link_within(write, name, target, if_not_exists, now)?;
        show(**write, &(&account.username).into())
    })
}

/// Like [`link`], as part of a larger change.
pub(super) fn link_within(
    write: &Write<'_>,
    name: &AccountRef,
    target: &LinkTarget,
    if_not_exists: bool,
    now: Timestamp,
) -> Result<Account, Failure> {
    let account = find(write, name)?;
    let user = user(**write, target)?;
    match owner(**write, &user)? {
        Some(owner) if owner.id == account.id && if_not_exists => {}
        Some(owner) => return Err(linked_already(&account, &owner, &user, target)),
        None => match &user {
            User::Platform(user) => {
                write.insert_account_link(account.id, &AccountLink::new(user.clone(), now))?;
            }
            User::Consumer(user) => {
                write.insert_consumer_user(account.id, user, now)?;
            }
            User::Provider(provider, identity) => {
                let by = LinkedBy::Admin;
                write.insert_account_identity(account.id, provider.id, identity, by, now)?;
            }
        },
    }
    Ok(account)
}

/// Unlinks a platform user from an account and ends the user's sessions.
///
/// # Errors
///
/// If there is no such account, or the user is not linked to it.
pub fn unlink(
    store: &mut Store,
    name: &AccountRef,
    target: &LinkTarget,
) -> Result<AccountRecord, Failure> {
    store.write(|write| {
        let account = find(write, name)?;
        let user = user(**write, target)?;
        let was_linked = match &user {
            User::Platform(user) => write.delete_account_link(account.id, user)?,
            User::Consumer(user) => write.delete_consumer_user(account.id, user)?,
            User::Provider(provider, identity) => {
                write.delete_account_identity(account.id, provider.id, identity)?
            }
        };
        if !was_linked {
            return Err(Failure::new(
                Kind::NotFound,
                format!("{} is not linked to {}", account.username, user.to_text()),
                match owner(**write, &user)? {
                    Some(other) => format!("that user has the account {}", other.username),
                    None => match user {
                        User::Provider(..) => "that identity is linked to no account".to_owned(),
                        _ => "that user has no account".to_owned(),
                    },
                },
                format!("ltictl account show {}", account.username),
            ));
        }
        if let User::Platform(user) = &user {
            write.delete_user_sessions(account.id, user)?;
        }
        show(**write, &(&account.username).into())
    })
}

impl User {
    fn to_text(&self) -> String {
        match self {
            Self::Platform(user) => format!("user {:?} of {}", user.sub, user.issuer),
            Self::Consumer(user) => {
                format!("user {:?} of consumer key {:?}", user.user_id, user.consumer_key)
            }
            Self::Provider(provider, identity) => {
                format!("subject {:?} of identity provider {}", identity.subject, provider.slug)
            }
        }
    }
}

fn owner(read: Read<'_>, user: &User) -> Result<Option<Account>, Failure> {
    Ok(match user {
        User::Platform(user) => read.account_of(user)?.map(|(account, _)| account),
        User::Consumer(user) => match read.account_of_consumer_user(user)? {
            Some(id) => read.account_by_id(id)?,
            None => None,
        },
        User::Provider(provider, identity) => read.account_of_identity(provider.id, identity)?,
    })
}

fn linked_already(account: &Account, owner: &Account, user: &User, target: &LinkTarget) -> Failure {
    let flags = match target {
        LinkTarget::Platform { registration, sub, deployment } => {
            let deployment = deployment
                .as_deref()
                .map(|deployment| format!(" {}", shell_option("--deployment", deployment)))
                .unwrap_or_default();
            format!("--registration {registration} {}{deployment}", shell_option("--sub", sub))
        }
        LinkTarget::Consumer { consumer_key, user_id } => {
            format!(
                "{} {}",
                shell_option("--consumer-key", consumer_key),
                shell_option("--user-id", user_id)
            )
        }
        LinkTarget::Provider { provider, subject } => {
            format!("--identity-provider {provider} {}", shell_option("--subject", subject))
        }
    };
    let (username, is_same) = (&owner.username, owner.id == account.id);
    let (more, hint) = if is_same {
        ("; with --if-not-exists, that is no error", format!("ltictl account show {username}"))
    } else {
        ("", format!("ltictl account unlink {username} {flags}"))
    };
    Failure::new(
        Kind::Conflict,
        format!("{} is already linked", user.to_text()),
        format!("that user has the account {username}{more}"),
        hint,
    )
}

fn user(read: Read<'_>, target: &LinkTarget) -> Result<User, Failure> {
    match target {
        LinkTarget::Consumer { consumer_key, user_id } => Ok(User::Consumer(ConsumerUser {
            consumer_key: check_exact("consumer key", consumer_key)?,
            user_id: check_exact("user ID", user_id)?,
        })),
        LinkTarget::Platform { registration, sub, deployment } => {
            platform_user(read, registration, &check_exact("sub", sub)?, deployment.as_deref())
                .map(User::Platform)
        }
        LinkTarget::Provider { provider, subject } => {
            let provider = identity_provider::find(read, provider)?;
            let identity = identity_provider::identity(&provider, subject)?;
            Ok(User::Provider(Box::new(provider), identity))
        }
    }
}

fn platform_user(
    read: Read<'_>,
    slug: &RegistrationRef,
    sub: &str,
    deployment: Option<&str>,
) -> Result<PlatformUser, Failure> {
    let registration = registration::find(read, slug)?;
    if let Some(deployment) = deployment
        && registration.policy.deployments == DeploymentPolicy::Known
        && read.deployment(registration.id, deployment)?.is_none()
    {
        let known: Vec<String> = read
            .deployments(registration.id)?
            .into_iter()
            .map(|known| known.deployment_id.to_string())
            .collect();
        return Err(Failure {
            hint: format!("ltictl deployment list {slug}"),
            ..Failure::not_found("deployment", deployment, &known)
        });
    }
    if deployment.is_none() && identity::effective(&registration) == Identity::Deployment {
        return Err(Failure::new(
            Kind::Usage,
            "--deployment is missing",
            format!("users of {slug} are identified by deployment, so its ID is needed, too"),
            format!("ltictl deployment list {slug}"),
        ));
    }
    identity::platform_user(&registration, deployment.unwrap_or_default(), sub).ok_or_else(|| {
        Failure::new(
            Kind::Conflict,
            format!("registration {slug} has no platform details"),
            "users are identified by the platform's issuer",
            format!("ltictl platform set {slug}"),
        )
    })
}

/// Checks an identifier that is compared byte by byte.
fn check_exact(field: &str, text: &str) -> Result<String, Invalid> {
    let name = Name::new(text).map_err(|invalid| Invalid::new(field, invalid.rule))?;
    if name.as_str() == text {
        Ok(name.to_string())
    } else {
        Err(Invalid::new(field, "must not begin or end with white space"))
    }
}
