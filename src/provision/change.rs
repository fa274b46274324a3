//! What a manifest changes, object by object and key by key.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

use super::manifest::{DeploymentEntry, RegistrationEntry, SettingsEntry};
pub use super::state::Granted;
use crate::domain::{Client, Consumer, Deployment, Registration, Resource, Secret, Settings, Slug};
use crate::rules::account::AccountChange;
use crate::rules::client::ClientChange;
use crate::rules::consumer::ConsumerChange;
use crate::rules::resource::ResourceChange;

/// What happens to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It is created.
    Create,
    /// It is updated.
    Update,
    /// It is deleted.
    Delete,
}

/// A change of an object: as stored, unless it is new, and as planned, unless it is deleted.
#[derive(Debug, Clone)]
pub enum Change {
    /// Settings of the tool.
    Settings {
        /// As stored.
        before: Box<Settings>,
        /// As planned.
        after: Box<Settings>,
    },
    /// A registration, without its deployments.
    Registration {
        /// As stored.
        before: Option<Box<Registration>>,
        /// As planned.
        after: Option<Box<Registration>>,
    },
    /// A deployment of a registration that is kept.
    Deployment {
        /// The registration.
        registration: Slug,
        /// Its key in the database; `None` if the same plan creates it.
        registration_id: Option<i64>,
        /// As stored.
        before: Option<Deployment>,
        /// As planned.
        after: Option<Deployment>,
    },
    /// A resource.
    Resource {
        /// As stored.
        before: Option<Box<Resource>>,
        /// As planned.
        after: Option<Box<Resource>>,
        /// Whether it is new without a UUID in the manifest, so that every plan generates another.
        has_fresh_uuid: bool,
    },
    /// A platform that uses LTI 1.1.
    Consumer {
        /// As stored.
        before: Option<Box<Consumer>>,
        /// As planned.
        after: Option<Box<Consumer>>,
        /// The secret of a new one.
        secret: Option<NewSecret>,
    },
    /// An OpenID client.
    Client {
        /// As stored.
        before: Option<Box<Client>>,
        /// As planned; the key of its resource in the database may be missing.
        after: Option<Box<Client>>,
        /// Whether it is new without a client ID in the manifest, so that every plan generates
        /// another.
        has_fresh_id: bool,
    },
    /// An account with its grants.
    Account {
        /// As stored.
        before: Option<Box<Granted>>,
        /// As planned.
        after: Option<Box<Granted>>,
        /// Whether it is new without a UUID in the manifest, so that every plan generates another.
        has_fresh_uuid: bool,
    },
}

/// A secret to store. It can be part of what is printed for debugging, where it has no value.
#[derive(Clone)]
pub struct NewSecret(pub Secret);

impl fmt::Debug for NewSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("NewSecret")
    }
}

/// A change of one key.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct FieldChange {
    /// The key in the manifest.
    pub field: String,
    /// The stored value; null if there is none.
    pub old: Value,
    /// The new value; null if there is none.
    pub new: Value,
}

impl Change {
    /// What happens to the object.
    pub fn action(&self) -> Action {
        let (before, after) = match self {
            Self::Settings { .. } => (true, true),
            Self::Registration { before, after } => (before.is_some(), after.is_some()),
            Self::Deployment { before, after, .. } => (before.is_some(), after.is_some()),
            Self::Resource { before, after, .. } => (before.is_some(), after.is_some()),
            Self::Consumer { before, after, .. } => (before.is_some(), after.is_some()),
            Self::Client { before, after, .. } => (before.is_some(), after.is_some()),
            Self::Account { before, after, .. } => (before.is_some(), after.is_some()),
        };
        match (before, after) {
            (false, _) => Action::Create,
            (true, true) => Action::Update,
            (true, false) => Action::Delete,
        }
    }

    /// The kind of object: settings, registration, deployment, resource, consumer, client or account.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Settings { .. } => "settings",
            Self::Registration { .. } => "registration",
            Self::Deployment { .. } => "deployment",
            Self::Resource { .. } => "resource",
            Self::Consumer { .. } => "consumer",
            Self::Client { .. } => "client",
            Self::Account { .. } => "account",
        }
    }

    /// Its identifier: slug, deployment ID or username; `None` for settings.
    pub fn key(&self) -> Option<&str> {
        match self {
            Self::Settings { .. } => None,
            Self::Registration { before, after } => {
                after.as_ref().or(before.as_ref()).map(|registration| registration.slug.as_str())
            }
            Self::Deployment { before, after, .. } => after
                .as_ref()
                .or(before.as_ref())
                .map(|deployment| deployment.deployment_id.as_str()),
            Self::Resource { before, after, .. } => {
                after.as_ref().or(before.as_ref()).map(|resource| resource.slug.as_str())
            }
            Self::Consumer { before, after, .. } => after
                .as_ref()
                .or(before.as_ref())
                .map(|consumer| consumer.registration.slug.as_str()),
            Self::Client { before, after, .. } => {
                after.as_ref().or(before.as_ref()).map(|client| client.slug.as_str())
            }
            Self::Account { before, after, .. } => {
                after.as_ref().or(before.as_ref()).map(|granted| granted.account.username.as_str())
            }
        }
    }

    /// The registration that a deployment belongs to.
    pub fn registration(&self) -> Option<&Slug> {
        match self {
            Self::Deployment { registration, .. } => Some(registration),
            _ => None,
        }
    }

    /// Whether it is new without a UUID or client ID in the manifest, so that every plan generates
    /// another.
    pub fn has_fresh_uuid(&self) -> bool {
        matches!(
            self,
            Self::Resource { has_fresh_uuid: true, .. }
                | Self::Client { has_fresh_id: true, .. }
                | Self::Account { has_fresh_uuid: true, .. }
        )
    }

    /// The keys that change, in alphabetical order; for a new object, all of its keys.
    pub fn fields(&self) -> Vec<FieldChange> {
        match self {
            Self::Settings { before, after } => differences(
                Some(&SettingsEntry::from(&**before)),
                Some(&SettingsEntry::from(&**after)),
            ),
            Self::Registration { before, after } => {
                entries::<_, RegistrationEntry>(before.as_deref(), after.as_deref())
            }
            Self::Deployment { before, after, .. } => {
                entries::<_, DeploymentEntry>(before.as_ref(), after.as_ref())
            }
            Self::Resource { before, after, .. } => {
                entries::<_, ResourceChange>(before.as_deref(), after.as_deref())
            }
            Self::Consumer { before, after, .. } => {
                entries::<_, ConsumerChange>(before.as_deref(), after.as_deref())
            }
            Self::Client { before, after, .. } => {
                entries::<_, ClientChange>(before.as_deref(), after.as_deref())
            }
            Self::Account { before, after, .. } => {
                entries::<_, AccountChange>(before.as_deref(), after.as_deref())
            }
        }
    }
}

fn entries<'a, T, E: From<&'a T> + Serialize>(
    before: Option<&'a T>,
    after: Option<&'a T>,
) -> Vec<FieldChange> {
    differences(before.map(E::from).as_ref(), after.map(E::from).as_ref())
}

fn differences(
    before: Option<&impl Serialize>,
    after: Option<&impl Serialize>,
) -> Vec<FieldChange> {
    let flat = |entry: Option<Value>| {
        let mut keys = Vec::new();
        if let Some(Value::Object(map)) = entry {
            flatten("", map, &mut keys);
        }
        keys
    };
    let (before, after) = (
        flat(before.and_then(|entry| serde_json::to_value(entry).ok())),
        flat(after.and_then(|entry| serde_json::to_value(entry).ok())),
    );
    let find = |keys: &[(String, Value)], field: &str| {
        keys.iter().find(|(key, _)| key == field).map_or(Value::Null, |(_, value)| value.clone())
    };
    let removed = before.iter().filter(|(key, _)| !after.iter().any(|(other, _)| other == key));
    let fields = after.iter().chain(removed).map(|(field, _)| FieldChange {
        field: field.clone(),
        old: find(&before, field),
        new: find(&after, field),
    });
    let mut fields: Vec<FieldChange> = fields.filter(|change| change.old != change.new).collect();
    fields.sort_by(|one, other| one.field.cmp(&other.field));
    fields
}

fn flatten(prefix: &str, map: Map<String, Value>, keys: &mut Vec<(String, Value)>) {
    for (key, value) in map {
        let name = if prefix.is_empty() { key } else { format!("{prefix}.{key}") };
        match value {
            Value::Object(nested) => flatten(&name, nested, keys),
            value => keys.push((name, value)),
        }
    }
}
