//! The manifest's shape: what is read, what is exported, and what the published schema describes.
//!
//! Keys have the words that the `-o json` outputs have.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::given::{Entries, Given};
use crate::domain::{SettingValue, Settings, with_settings};
use crate::rules::account::AccountChange;
use crate::rules::registration::PolicyChange;
use crate::rules::resource::ResourceChange;
use crate::rules::setting::needs_allow_http;

/// A mapping of the manifest, every key of which may be left out.
macro_rules! entry {
    ($(#[$documentation:meta])* $name:ident { $($(#[$field_documentation:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default)]
        #[schemars(deny_unknown_fields)]
        $(#[$documentation])*
        pub struct $name {
            $($(#[$field_documentation])* #[serde(skip_serializing_if = "Given::is_missing")] pub $field: Given<$type>,)+
        }
    };
}

entry! {
    /// What a tool is to have, as `ltictl apply` takes it and `ltictl export` writes it. What is
    /// left out is not touched; a new thing gets the default of every key that is left out.
    ManifestDocument {
        /// What holds for the whole tool.
        settings: SettingsEntry,
        /// Learning platforms that use this tool, by their slugs.
        registrations: Entries<RegistrationEntry>,
        /// Courses and activities that platforms can link to, by their slugs.
        resources: Entries<ResourceChange>,
        /// People's accounts on the tool, by their usernames. Passwords are never here.
        accounts: Entries<AccountChange>,
    }
}

macro_rules! settings_entry {
    (
        required { $($(#[$required_doc:meta])* $required:ident: $required_type:ty $(, $required_format:literal)?;)+ }
        optional { $($(#[$doc:meta])* $field:ident: $type:ty = $default:expr $(, $format:literal)?;)+ }
    ) => {
        entry! {
            /// Settings of the tool as a whole.
            SettingsEntry {
                $(
                    $(#[$required_doc])*
                    $(#[schemars(extend("format" = $required_format))])?
                    $required: <$required_type as SettingValue>::Manifest,
                )+
                $(
                    $(#[$doc])*
                    $(#[schemars(extend("format" = $format))])?
                    $field: <$type as SettingValue>::Manifest,
                )+
                /// Accept a url with http:// on a host other than this machine. It is not stored;
                /// write it next to such a url.
                allow_http: bool,
            }
        }

        impl From<&Settings> for SettingsEntry {
            fn from(settings: &Settings) -> Self {
                Self {
                    $($required: Given::Is(settings.$required.to_manifest()),)+
                    $($field: Given::Is(settings.$field.to_manifest()),)+
                    allow_http: allowance(settings.url.as_str()),
                }
            }
        }

        impl SettingsEntry {
            /// The settings in the manifest, with their texts.
            pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
                fn text<T: SettingValue>(value: &Given<T::Manifest>) -> Option<String> {
                    value.get().map(T::manifest_text)
                }
                let texts = [
                    $((stringify!($required), text::<$required_type>(&self.$required)),)+
                    $((stringify!($field), text::<$type>(&self.$field)),)+
                ];
                texts.into_iter().filter_map(|(key, text)| Some((key, text?))).collect()
            }
        }
    };
}

with_settings!(settings_entry);

/// `allow_http` for a URL that needs it.
fn allowance(url: &str) -> Given<bool> {
    if needs_allow_http(url) { Given::Is(true) } else { Given::Missing }
}

entry! {
    /// One platform's use of the tool.
    RegistrationEntry {
        /// What people call the platform; the slug, unless it is given.
        name: String,
        /// Whether launches are let in.
        enabled: bool,
        /// What the platform told you about itself. Left out, a draft stays a draft until dynamic
        /// registration or `ltictl platform set` tells it.
        platform: PlatformEntry,
        /// Which product the platform is, such as moodle.
        product: Option<String>,
        /// Where the platform's OpenID configuration is.
        #[schemars(extend("format" = "uri"))]
        openid_configuration_url: Option<String>,
        /// How the tool treats this platform.
        policy: PolicyChange,
        /// What happens to people when issuer, client_id or policy.identity changes, which identify
        /// them: true carries their accounts, enrolments and grades over, because the platform has
        /// the same users under the new details; false leaves them, and they arrive as new people.
        /// Without it, such a change is rejected if there are people. It is not stored, and has no
        /// effect without such a change.
        keep_users: bool,
        /// Installations of the tool within the platform. Those that come by launches or dynamic
        /// registration stay, whether they are listed or not.
        deployments: Vec<Given<DeploymentEntry>>,
    }
}

entry! {
    /// The five values that an LMS shows once the tool is set up there: all of them the first time.
    PlatformEntry {
        /// Platform ID (issuer).
        #[schemars(extend("format" = "uri"))]
        issuer: String,
        /// Client ID. Digits alone need quotes.
        client_id: String,
        /// Public keyset URL.
        #[schemars(extend("format" = "uri"))]
        keyset_url: String,
        /// Access token URL.
        #[schemars(extend("format" = "uri"))]
        access_token_url: String,
        /// Authentication request URL.
        #[schemars(extend("format" = "uri"))]
        authentication_request_url: String,
    }
}

entry! {
    /// One installation of the tool within a platform.
    #[schemars(extend("required" = ["deployment_id"]))]
    DeploymentEntry {
        /// The platform's deployment ID. Digits alone need quotes.
        deployment_id: String,
        /// What people call it; the deployment ID, unless it is given.
        name: String,
    }
}
