//! What a platform asks for to launch a resource by LTI 1.1.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{Consumer, PublicUrl, Resource, Slug, cartridge_path, named_launch_1p1_path};
use crate::report::table::Entry;
use crate::report::{Details, Style, View};

/// What to enter into a platform to launch a resource by LTI 1.1.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct SignedLaunchDetails {
    /// Slug of the resource.
    pub slug: Slug,
    /// Its UUID.
    pub uuid: String,
    /// Its title.
    pub name: String,
    /// Slug of the consumer whose key and secret these are.
    pub consumer: Slug,
    /// "Launch URL", which names the resource.
    pub launch_url: String,
    /// "Consumer key".
    pub consumer_key: String,
    /// "Shared secret", only with `--show-secret` and when it has just been generated.
    pub shared_secret: Option<String>,
    /// Whether the secret is accepted with any key.
    pub any_key: bool,
    /// "Cartridge URL", from which platforms read everything but key and secret.
    pub cartridge_url: String,
    /// "Registration URL" of LTI 2.0; null if there is none.
    pub registration_url: Option<String>,
    /// Custom parameters, for platforms on which the launch URL of the tool cannot name a resource.
    pub custom_properties: BTreeMap<String, String>,
}

impl SignedLaunchDetails {
    /// What a consumer's platform asks for to launch a resource of the tool at `url`.
    pub fn new(
        url: &PublicUrl,
        resource: &Resource,
        consumer: &Consumer,
        shared_secret: Option<String>,
    ) -> Self {
        Self {
            slug: resource.slug.clone(),
            uuid: resource.uuid.to_string(),
            name: resource.name.to_string(),
            consumer: consumer.registration.slug.clone(),
            launch_url: url.join(&named_launch_1p1_path(&resource.slug)),
            consumer_key: consumer.key.to_string(),
            shared_secret,
            any_key: consumer.any_key,
            cartridge_url: url.join(&cartridge_path(&consumer.cartridge_token, &resource.slug)),
            registration_url: None,
            custom_properties: BTreeMap::from([("id".to_owned(), resource.uuid.to_string())]),
        }
    }

    /// Adds the registration URL of LTI 2.0.
    #[must_use]
    pub fn with_registration_url(self, registration_url: Option<String>) -> Self {
        Self { registration_url, ..self }
    }

    /// The secret, or the command that prints it.
    pub fn secret_or_command(&self) -> String {
        let slug = &self.consumer;
        self.shared_secret
            .clone()
            .unwrap_or_else(|| format!("(ltictl consumer show {slug} --show-secret)"))
    }
}

impl View for SignedLaunchDetails {
    fn table(&self, style: Style) -> String {
        let entries: &[Entry<Self>] = &[
            Entry::Value("Launch URL", |details| details.launch_url.clone()),
            Entry::Value("Consumer key", |details| match details.any_key {
                true => format!("{} (or any other)", details.consumer_key),
                false => details.consumer_key.clone(),
            }),
            Entry::Value("Shared secret", Self::secret_or_command),
            Entry::Section("If the platform reads a cartridge"),
            Entry::Value("Cartridge URL", |details| details.cartridge_url.clone()),
            Entry::Section("If the platform registers tools by LTI 2.0"),
            Entry::Value("Registration URL", |details| {
                details.registration_url.clone().unwrap_or_else(|| {
                    format!("(ltictl consumer registration-url NAME --resource {})", details.slug)
                })
            }),
        ];
        Details::of(style, self, entries).finish()
    }

    fn identifiers(&self) -> Vec<String> {
        vec![self.slug.to_string()]
    }
}
