//! References to stored objects in commands, manifests and URLs, which have not been looked up yet.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Slug, Username, shell_word};

/// Defines types of references, each with the type of the object's name. Any text is valid; looking
/// it up fails if there is no such object, and suggests similar names. Most texts that contain one are
/// commands, so `Display` quotes it for a shell if necessary.
macro_rules! references {
    ($($(#[$documentation:meta])* $reference:ident, by $name:ident: $Name:ident;)+) => {
        $(
            $(#[$documentation])*
            #[derive(Debug, Clone, PartialEq, Eq, Hash)]
            pub struct $reference(String);

            impl $reference {
                /// The text without white space around it.
                pub fn as_str(&self) -> &str {
                    &self.0
                }

                #[doc = concat!("The ", stringify!($name), ", if the text has the form of one.")]
                pub fn $name(&self) -> Option<$Name> {
                    $Name::new(&self.0).ok()
                }

                /// The UUID, if the text is one.
                pub fn uuid(&self) -> Option<Uuid> {
                    self.0.parse().ok()
                }
            }

            impl From<&str> for $reference {
                fn from(text: &str) -> Self {
                    Self(text.trim().to_owned())
                }
            }

            impl From<&$Name> for $reference {
                fn from(name: &$Name) -> Self {
                    Self(name.to_string())
                }
            }

            impl FromStr for $reference {
                type Err = Infallible;

                fn from_str(text: &str) -> Result<Self, Infallible> {
                    Ok(text.into())
                }
            }

            impl fmt::Display for $reference {
                fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                    formatter.pad(&shell_word(&self.0))
                }
            }
        )+
    };
}

references! {
    /// Slug of a registration.
    RegistrationRef, by slug: Slug;
    /// Slug or UUID of a resource.
    ResourceRef, by slug: Slug;
    /// Slug or key of an LTI 1.1 consumer.
    ConsumerRef, by slug: Slug;
    /// Slug of an identity provider.
    ProviderRef, by slug: Slug;
    /// Slug or client ID of an OpenID client.
    ClientRef, by slug: Slug;
    /// Username or UUID of an account; case does not matter.
    AccountRef, by username: Username;
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
