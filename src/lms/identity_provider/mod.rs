//! Identity providers: the form of each for a new client, with its own labels, one YAML file per
//! preset in this directory.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{Certainty, Field, FilledField, fill, filled};
use crate::domain::ProviderPreset;

/// The form of a provider as its file describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    name: String,
    #[serde(rename = "where")]
    place: String,
    certainty: Certainty,
    fields: Vec<Field>,
    bring_back: Vec<BroughtBack>,
    #[serde(default)]
    links: Vec<Link>,
    notes: Vec<String>,
}

/// A value that the provider shows, and the option of `ltictl identity-provider add` for it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BroughtBack {
    /// Its label there.
    pub label: String,
    /// The option.
    pub option: String,
    /// Where it is shown.
    pub place: String,
}

/// A URL for an administrator of the provider.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Link {
    /// What it is for.
    pub label: String,
    /// The URL.
    pub value: String,
}

/// The values for a form.
#[derive(Debug, Clone, Copy)]
pub struct ClientValues<'a> {
    /// The tool's name.
    pub name: &'a str,
    /// The redirect URI.
    pub redirect_uri: &'a str,
    /// The client ID.
    pub client_id: &'a str,
    /// The tenants (Microsoft).
    pub tenants: &'a [String],
}

/// The completed form of a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ProviderForm {
    /// The product's name.
    pub product: &'static str,
    /// Where the form is.
    pub form_place: &'static str,
    /// Its fields in their order.
    pub fields: Vec<FilledField>,
    /// The values to copy back.
    pub bring_back: &'static [BroughtBack],
    /// URLs for an administrator of the provider.
    pub links: Vec<Link>,
    /// Notes about this provider.
    pub notes: &'static [String],
}

fn form_of(preset: ProviderPreset) -> &'static Form {
    static FORMS: LazyLock<[Form; 4]> = LazyLock::new(|| {
        [
            super::read("identity_provider/microsoft", include_str!("microsoft.yaml")),
            super::read("identity_provider/google", include_str!("google.yaml")),
            super::read("identity_provider/keycloak", include_str!("keycloak.yaml")),
            super::read("identity_provider/generic", include_str!("generic.yaml")),
        ]
    });
    let [microsoft, google, keycloak, generic] = &*FORMS;
    match preset {
        ProviderPreset::Microsoft => microsoft,
        ProviderPreset::Google => google,
        ProviderPreset::Keycloak => keycloak,
        ProviderPreset::Generic => generic,
    }
}

/// The completed form of a provider.
pub fn provider_form(preset: ProviderPreset, values: ClientValues<'_>) -> ProviderForm {
    let form = form_of(preset);
    let in_query: String =
        url::form_urlencoded::byte_serialize(values.redirect_uri.as_bytes()).collect();
    let known = |tenant| {
        [
            ("name", values.name),
            ("redirect_uri", values.redirect_uri),
            ("redirect_uri_in_query", &*in_query),
            ("client_id", values.client_id),
            ("tenant", tenant),
        ]
    };
    let link = |tenant| {
        form.links.iter().map(move |link| Link {
            label: link.label.clone(),
            value: fill(&link.value, &known(tenant)),
        })
    };
    ProviderForm {
        product: &form.name,
        form_place: &form.place,
        fields: form.fields.iter().map(|field| filled(field, form.certainty, &known(""))).collect(),
        bring_back: &form.bring_back,
        links: values.tenants.iter().flat_map(|tenant| link(tenant.as_str())).collect(),
        notes: &form.notes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_has_a_form_that_is_filled_in_completely() {
        let tenants = ["1b2c3d4e-0000-4000-8000-123456789abc".to_owned()];
        let values = ClientValues {
            name: "Tool",
            redirect_uri: "https://tool.example.edu/lti/account/callback/school",
            client_id: "client",
            tenants: &tenants,
        };
        for preset in ProviderPreset::ALL {
            let form = provider_form(*preset, values);
            let texts = form.fields.iter().map(|field| &field.value);
            let texts: Vec<&String> =
                texts.chain(form.links.iter().map(|link| &link.value)).collect();
            assert!(texts.iter().all(|text| !text.contains('{')), "{preset}: {texts:?}");
            assert!(texts.iter().any(|text| *text == values.redirect_uri), "{preset}");
            let options: Vec<&str> =
                form.bring_back.iter().map(|one| one.option.as_str()).collect();
            assert!(options.contains(&"--client-secret-stdin"), "{preset}");
        }
    }
}
