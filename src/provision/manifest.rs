//! The shape of manifests, for reading, export and the published schema.
//!
//! Keys have the same names as in `-o json` outputs.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::field::{Entries, Field};
use crate::domain::{SettingValue, Settings, with_settings};
use crate::rules::account::AccountChange;
use crate::rules::client::ClientChange;
use crate::rules::consumer::ConsumerChange;
use crate::rules::registration::PolicyChange;
use crate::rules::resource::ResourceChange;
use crate::rules::setting::needs_allow_http;

/// A mapping of the manifest, in which every key is optional.
macro_rules! entry {
    ($(#[$documentation:meta])* $name:ident { $($(#[$field_documentation:meta])* $field:ident: $type:ty,)+ }) => {
        #[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
        #[serde(default)]
        #[schemars(deny_unknown_fields)]
        $(#[$documentation])*
        pub struct $name {
            $($(#[$field_documentation])* #[serde(skip_serializing_if = "Field::is_missing")] pub $field: Field<$type>,)+
        }
    };
}

entry! {
    /// What a tool should have, as `ltictl apply` reads and `ltictl export` prints it. Omitted keys
    /// are not changed; a new object gets the default of every omitted key.
    ManifestDocument {
        /// Settings of the whole tool.
        settings: SettingsEntry,
        /// Learning platforms that use this tool, by their slugs.
        registrations: Entries<RegistrationEntry>,
        /// Courses and activities that platforms can link to, by their slugs.
        resources: Entries<ResourceChange>,
        /// Platforms that use LTI 1.1, with a key and a shared secret, by their slugs. Secrets are
        /// never exported, nor are platforms that registered by LTI 2.0.
        consumers: Entries<ConsumerChange>,
        /// Apps that sign people in by OpenID Connect, by their slugs. Secrets are never included: a
        /// new client gets one by `ltictl client rotate-secret`.
        clients: Entries<ClientChange>,
        /// Accounts, by their usernames. Passwords are never included.
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
                    $($required: Field::Value(settings.$required.to_manifest()),)+
                    $($field: Field::Value(settings.$field.to_manifest()),)+
                    allow_http: allowance(settings.url.as_str()),
                }
            }
        }

        impl SettingsEntry {
            /// The settings in the manifest, with their texts.
            pub(super) fn texts(&self) -> Vec<(&'static str, String)> {
                fn text<T: SettingValue>(value: &Field<T::Manifest>) -> Option<String> {
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
fn allowance(url: &str) -> Field<bool> {
    if needs_allow_http(url) { Field::Value(true) } else { Field::Missing }
}

entry! {
    /// A platform that uses the tool.
    RegistrationEntry {
        /// Display name of the platform; by default, the slug.
        name: String,
        /// Whether launches are accepted.
        enabled: bool,
        /// The platform's details. If omitted, a draft remains a draft until dynamic registration
        /// or `ltictl platform set` sets them.
        platform: PlatformEntry,
        /// The platform's product, such as moodle.
        product: Option<String>,
        /// URL of the platform's OpenID configuration.
        #[schemars(extend("format" = "uri"))]
        openid_configuration_url: Option<String>,
        /// How the tool treats this platform.
        policy: PolicyChange,
        /// What happens to people's accounts if issuer, client_id or policy.identity changes, which
        /// identify people: true carries accounts, enrolments and grades over, because the platform
        /// has the same users under the new details; false does not, and people get new accounts.
        /// If omitted, such a change is rejected if people are affected. It is not stored, and has
        /// no effect without such a change.
        keep_users: bool,
        /// Installations of the tool within the platform. Those added by launches or dynamic
        /// registration are kept, whether they are listed or not.
        deployments: Vec<Field<DeploymentEntry>>,
    }
}

entry! {
    /// The five values that an LMS shows once the tool is set up there; all are required at first.
    PlatformEntry {
        /// Platform ID (issuer).
        #[schemars(extend("format" = "uri"))]
        issuer: String,
        /// Client ID. If it has only digits, it needs quotes.
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
        /// The platform's deployment ID. If it has only digits, it needs quotes.
        deployment_id: String,
        /// Display name; null removes it.
        name: Option<String>,
    }
}
