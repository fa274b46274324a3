//! Accounts: people on the tool, and the platform users whose launches open them.

use std::fmt;

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::invisible::{check_printable, trimmed};
use super::words::words;
use super::{Invalid, Random};

/// A person's account on the tool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// Key within the database.
    pub id: i64,
    /// What apps behind the tool keep; it never changes.
    pub uuid: Uuid,
    /// How commands address it, and what the person signs in with.
    pub username: Username,
    /// Who made it.
    pub origin: AccountOrigin,
    /// What it says of the person.
    pub profile: Profile,
    /// Whether it has a password to sign in with.
    pub has_password: bool,
    /// Accounts that are switched off get no launches.
    pub enabled: bool,
    /// Whether content selection offers it every resource.
    pub grants_all: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Account {
    /// An account that the admin makes, without a password.
    pub fn by_admin(username: Username, uuid: Uuid, profile: Profile, now: Timestamp) -> Self {
        Self {
            id: 0,
            uuid,
            username,
            origin: AccountOrigin::Admin,
            profile,
            has_password: false,
            enabled: true,
            grants_all: false,
            created_at: now,
            updated_at: now,
        }
    }

    /// What people call it: the name, or else the username.
    pub fn display_name(&self) -> &str {
        self.profile.name.as_deref().unwrap_or(self.username.as_str())
    }
}

/// What an account says of its person. All of it may be unknown: platforms need not tell anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// Full name.
    pub name: Option<String>,
    /// Given name.
    pub given_name: Option<String>,
    /// Family name.
    pub family_name: Option<String>,
    /// E-mail address. It never identifies anybody: platforms do not verify it.
    pub email: Option<String>,
    /// Language (BCP 47).
    pub locale: Option<String>,
    /// Time zone (IANA).
    pub time_zone: Option<String>,
    /// School or university.
    pub institution: Option<String>,
}

words! {
    /// Who made an account.
    AccountOrigin, "origin", {
        /// The admin, or whoever ran `account create`. Launches never change what it says.
        Admin = "admin",
        /// Somebody's first launch.
        Launch = "launch",
        /// The member synchronization.
        Sync = "sync",
    }
}

/// The longest username, in characters.
const LONGEST_USERNAME: usize = 64;

/// What a person signs in with: `a-z`, `0-9` and `.`, `_`, `-`, `@`, beginning with a letter or a
/// digit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Username(String);

impl Username {
    /// Checks a username; upper-case letters become lower-case ones.
    ///
    /// # Errors
    ///
    /// Empty, longer than 64 characters, or with other characters.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text).to_ascii_lowercase();
        check_printable("username", &text, &[])?;
        let first = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
        let plain =
            text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-@".contains(&byte));
        if first && plain && text.len() <= LONGEST_USERNAME {
            Ok(Self(text))
        } else {
            Err(Invalid::new(
                "username",
                format!(
                    "must be 1 to {LONGEST_USERNAME} characters of a-z, 0-9, '.', '_', '-' and \
                     '@', beginning with a letter or a digit"
                ),
            ))
        }
    }

    /// A fresh username after somebody's name, which may be unknown: the letters of the name that a
    /// username can hold, and eight random characters.
    pub fn fresh(name: Option<&str>, random: &Random) -> Self {
        let mut stem = String::new();
        for character in name.unwrap_or_default().chars() {
            if character.is_ascii_alphanumeric() {
                stem.push(character.to_ascii_lowercase());
            } else if !stem.is_empty() && !stem.ends_with('-') {
                stem.push('-');
            }
        }
        stem.truncate(40);
        let stem = match stem.trim_end_matches('-') {
            "" => "user",
            stem => stem,
        };
        Self(
            random
                .bytes::<4>()
                .iter()
                .fold(format!("{stem}-"), |text, byte| text + format!("{byte:02x}").as_str()),
        )
    }

    /// The username as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Username {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&self.0)
    }
}

/// A user of a platform: whom an id_token is about. Nothing else identifies anybody.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PlatformUser {
    /// The platform's issuer.
    pub issuer: String,
    /// Which customer of the platform, where customers share its issuer; empty elsewhere.
    pub tenant: String,
    /// The platform's identifier of the person.
    pub sub: String,
}

words! {
    /// By what users of a registration are told apart from those of others, beside their `sub`.
    Identity, "identity", {
        /// By the issuer: every registration of it means the same people.
        Issuer = "issuer",
        /// By issuer and client ID, for platforms whose customers share the issuer.
        ClientId = "client-id",
        /// By issuer, client ID and deployment ID, for platforms whose customers share both.
        Deployment = "deployment",
    }
}

impl Identity {
    /// The tenant of a user who comes through this client and deployment.
    pub fn tenant(self, client_id: &str, deployment_id: &str) -> String {
        match self {
            Self::Issuer => String::new(),
            Self::ClientId => client_id.to_owned(),
            // The length makes sure that no two pairs give the same text.
            Self::Deployment => format!("{}:{client_id}:{deployment_id}", client_id.len()),
        }
    }
}

/// A platform user whose launches open an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountLink {
    /// The user.
    pub user: PlatformUser,
    /// Whether the account was made for this user, so that their launches may change what it says
    /// of them.
    pub made_account: bool,
    /// When it was linked.
    pub created_at: Timestamp,
    /// The latest launch.
    pub last_launch_at: Option<Timestamp>,
}

/// A user of an LTI 1.1 platform, whose account an LTI 1.3 launch with a signed migration claim
/// takes over.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ConsumerUser {
    /// Consumer key of LTI 1.1.
    pub consumer_key: String,
    /// `user_id` of LTI 1.1.
    pub user_id: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usernames_are_what_people_can_type() {
        for (text, expected) in [
            (" Tina.Teacher ", Some("tina.teacher")),
            ("tina@school.example", Some("tina@school.example")),
            ("7of9", Some("7of9")),
            ("", None),
            (".tina", None),
            ("-tina", None),
            ("tina teacher", None),
            ("zoë", None),
            ("a\u{1b}", None),
            (&"x".repeat(65), None),
        ] {
            assert_eq!(
                Username::new(text).ok().as_ref().map(Username::as_str),
                expected,
                "{text:?}"
            );
        }
    }

    #[test]
    fn fresh_usernames_are_usernames() {
        let random = Random::seeded(1);
        for (name, stem) in [
            (Some("Sam Student"), "sam-student-"),
            (Some("学生"), "user-"),
            (None, "user-"),
            (Some("- Zoë!"), "zo-"),
            (Some(&*"x".repeat(99)), "x"),
        ] {
            let username = Username::fresh(name, &random);
            assert!(username.as_str().starts_with(stem), "{username}");
            assert_eq!(Username::new(username.as_str()), Ok(username));
        }
    }

    #[test]
    fn tenants_keep_customers_apart() {
        assert_eq!(Identity::Issuer.tenant("a", "b"), Identity::Issuer.tenant("c", "d"));
        assert_ne!(Identity::ClientId.tenant("a", "b"), Identity::ClientId.tenant("c", "b"));
        assert_eq!(Identity::ClientId.tenant("a", "b"), Identity::ClientId.tenant("a", "d"));
        assert_ne!(
            Identity::Deployment.tenant("a", "b:c"),
            Identity::Deployment.tenant("a:b", "c")
        );
    }
}
