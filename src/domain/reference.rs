//! References to stored objects in commands and manifests, which have not been looked up yet.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Slug, Username};

/// Defines types of references. Any text is valid; looking it up fails if there is no such object,
/// and suggests similar names.
macro_rules! references {
    ($($(#[$documentation:meta])* $name:ident;)+) => {
        $(
            $(#[$documentation])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            pub struct $name(String);

            impl $name {
                /// The text without white space around it.
                pub fn as_str(&self) -> &str {
                    &self.0
                }

                /// The UUID, if the text is one.
                pub fn uuid(&self) -> Option<Uuid> {
                    self.0.parse().ok()
                }
            }

            impl From<&str> for $name {
                fn from(text: &str) -> Self {
                    Self(text.trim().to_owned())
                }
            }

            impl FromStr for $name {
                type Err = Infallible;

                fn from_str(text: &str) -> Result<Self, Infallible> {
                    Ok(text.into())
                }
            }

            impl fmt::Display for $name {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.pad(&self.0)
                }
            }
        )+
    };
}

references! {
    /// Slug of a registration.
    RegistrationRef;
    /// Slug or UUID of a resource.
    ResourceRef;
    /// Username or UUID of an account.
    AccountRef;
}

impl RegistrationRef {
    /// The slug, if the text has the form of one.
    pub fn slug(&self) -> Option<Slug> {
        Slug::new(&self.0).ok()
    }
}

impl ResourceRef {
    /// The slug, if the text has the form of one.
    pub fn slug(&self) -> Option<Slug> {
        Slug::new(&self.0).ok()
    }
}

impl AccountRef {
    /// The username, if the text has the form of one; case does not matter.
    pub fn username(&self) -> Option<Username> {
        Username::new(&self.0).ok()
    }
}

impl From<&Slug> for RegistrationRef {
    fn from(slug: &Slug) -> Self {
        Self(slug.to_string())
    }
}

impl From<&Slug> for ResourceRef {
    fn from(slug: &Slug) -> Self {
        Self(slug.to_string())
    }
}

impl From<&Username> for AccountRef {
    fn from(username: &Username) -> Self {
        Self(username.to_string())
    }
}

impl From<Username> for AccountRef {
    fn from(username: Username) -> Self {
        Self::from(&username)
    }
}

impl From<Uuid> for AccountRef {
    fn from(uuid: Uuid) -> Self {
        Self(uuid.to_string())
    }
}
