//! Names and identifiers that are checked when they are constructed.

use std::borrow::Borrow;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use url::Url;

use super::Invalid;
use super::invisible::{check_printable, trimmed};
use super::plain_name::plain_name;
use super::url::{check_platform_url, is_loopback_host};

/// Maximum length of an identifier in LTI, in characters (LTI Core 1.3, 5.3.3 and following).
const MAX_IDENTIFIER_CHARACTERS: usize = 255;

/// Maximum length of a slug, in characters; slugs are part of URLs and command lines.
const MAX_SLUG_CHARACTERS: usize = 64;

fn checked(field: &str, text: &str) -> Result<String, Invalid> {
    if text.is_empty() {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if text.chars().count() > MAX_IDENTIFIER_CHARACTERS {
        return Err(Invalid::new(
            field,
            format!(
                "must be at most {MAX_IDENTIFIER_CHARACTERS} characters long, this one has {}",
                text.chars().count()
            ),
        ));
    }
    check_printable(field, text, &[])?;
    Ok(text.to_owned())
}

macro_rules! identifier {
    ($(#[$documentation:meta])* $name:ident, $field:literal) => {
        $(#[$documentation])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
        #[serde(transparent)]
        #[schemars(inline)]
        pub struct $name(String);

        impl $name {
            /// Checks the text and removes white space and invisible characters around it.
            ///
            /// # Errors
            ///
            /// If it is empty, longer than 255 characters, or has control or invisible characters.
            pub fn new(text: &str) -> Result<Self, Invalid> {
                checked($field, trimmed(text)).map(Self)
            }

            /// Accepts text from the database, which may have been stored under older rules.
            pub(crate) fn stored(text: String) -> Self {
                Self(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = Invalid;

            fn from_str(text: &str) -> Result<Self, Invalid> {
                Self::new(text)
            }
        }

        impl_text!($name);
    };
}

macro_rules! impl_text {
    ($name:ident) => {
        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.pad(&self.0)
            }
        }
    };
}

identifier! {
    /// Name of a registration, a deployment or a resource.
    Name, "name"
}
identifier! {
    /// The platform's name for this tool, `aud` of every id_token (OpenID Connect Core 1.0, section
    /// 2).
    ClientId, "client ID"
}
identifier! {
    /// The platform's name for one installation of the tool (LTI Core 1.3, 3.1.3). Case matters.
    DeploymentId, "deployment ID"
}
identifier! {
    /// The ID of a key within a keyset (RFC 7517, section 4.5).
    Kid, "key ID"
}

/// The platform's identifier, `iss` of every id_token. Compared byte by byte, so a trailing slash
/// matters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Issuer(String);

impl_text!(Issuer);

impl Issuer {
    /// Checks an issuer: an absolute https URL without user name, password or fragment; http is
    /// allowed for loopback hosts or with `allow_http`.
    ///
    /// # Errors
    ///
    /// The rule that is broken.
    pub fn new(text: &str, allow_http: bool) -> Result<Self, Invalid> {
        let text = checked("issuer", trimmed(text))?;
        check_platform_url("issuer", &text, "https://lms.example.edu", allow_http)?;
        Ok(Self(text))
    }

    /// Whether the platform is on this machine.
    pub fn is_loopback(&self) -> bool {
        Url::parse(&self.0).is_ok_and(|url| is_loopback_host(&url))
    }

    /// Accepts an issuer from the database, which contains only checked ones.
    pub(crate) fn stored(text: String) -> Self {
        Self(text)
    }
}

/// The name of a registration or a resource in commands and URLs: lower-case ASCII letters, digits
/// and single hyphens.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Slug(String);

impl_text!(Slug);

/// Slugs in maps can be looked up by their text.
impl Borrow<str> for Slug {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for Slug {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::new(text)
    }
}

impl Slug {
    /// Checks a slug.
    ///
    /// # Errors
    ///
    /// If it is empty, longer than 64 characters, or has anything but `a-z`, `0-9` and single
    /// hyphens between them.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let text = trimmed(text);
        check_printable("slug", text, &[])?;
        let well_formed = text.split('-').all(|part| {
            !part.is_empty()
                && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
        });
        if !well_formed || text.len() > MAX_SLUG_CHARACTERS {
            return Err(Invalid::new(
                "slug",
                format!(
                    "must be 1 to {MAX_SLUG_CHARACTERS} characters of a-z and 0-9, with single hyphens \
                     between them"
                ),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The placeholder for a registration's slug in examples of commands.
    pub fn placeholder() -> Self {
        Self::known("REG")
    }

    /// A slug, or the placeholder for one, that is a constant in this program.
    pub(crate) fn known(text: &'static str) -> Self {
        Self(text.to_owned())
    }

    /// Derives a slug from a name: `Moodle Prod` becomes `moodle-prod`, `École` becomes `ecole`.
    ///
    /// # Errors
    ///
    /// If the name has no letter or digit, so that the user has to choose a slug.
    pub fn from_name(name: &Name) -> Result<Self, Invalid> {
        plain_name(name.as_str(), MAX_SLUG_CHARACTERS).map(Self).ok_or_else(|| {
            Invalid::new(
                "name",
                "must contain at least one letter or digit for the slug, or choose one with --slug",
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_slugs_are_rejected() {
        for text in ["", "-a", "a-", "a--b", "A", "a b", "a/b", "é", &"x".repeat(65)] {
            assert!(Slug::new(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn identifiers_keep_case_and_reject_invisible_characters() {
        assert_eq!(DeploymentId::new(" 1:AbC ").unwrap().as_str(), "1:AbC");
        for text in ["", "  ", "a\u{1b}[31m", "a\nb", "a\u{202e}b", &"x".repeat(256)] {
            assert!(DeploymentId::new(text).is_err(), "{text:?}");
        }
        assert!(ClientId::new(&"x".repeat(255)).is_ok());
    }

    #[test]
    fn issuers_are_absolute_and_secure() {
        assert!(Issuer::new("https://lms.example.edu/moodle/", false).is_ok());
        assert!(Issuer::new("http://localhost:8100", false).is_ok());
        assert!(Issuer::new("http://lms.example.edu", false).is_err());
        assert!(Issuer::new("http://lms.example.edu", true).is_ok());
        assert!(Issuer::new("lms.example.edu", false).is_err());
    }
}
