//! Forms for LTI 1.1, and what each platform calls things in them.

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::form::{FilledLink, LinkForm, MoveToLti1p3, OwnLinkForm};
use super::{OTHER, all, find, read};

/// Catalogues of tools of LTI 1.1: no platforms, but with a form as they have.
const CATALOGUES: [(&str, &str); 1] = [("edu-apps", include_str!("edu-apps.yaml"))];

/// A catalogue as its file describes it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    name: String,
    lti_1p1: OwnLinkForm,
}

/// The values for a link of LTI 1.1 to a resource.
#[derive(Debug, Clone)]
pub struct SignedLinkValues {
    /// The launch URL, which names the resource.
    pub launch_url: String,
    /// The consumer key.
    pub consumer_key: String,
    /// The shared secret, or how to see it.
    pub secret: String,
    /// The URL of the cartridge.
    pub cartridge_url: String,
    /// The host of the tool.
    pub domain: String,
    /// The resource's name.
    pub name: String,
    /// Whether the resource has grades; without, the form has no fields for them.
    pub has_grades: bool,
}

/// The form of a platform or a catalogue for LTI 1.1.
#[derive(Debug, Clone, Copy)]
pub struct SignedForm {
    /// The product's name.
    pub name: &'static str,
    form: &'static OwnLinkForm,
}

impl SignedForm {
    /// The form, completed.
    pub fn filled(self, values: &SignedLinkValues) -> FilledLink {
        let known = [
            ("launch_url", values.launch_url.as_str()),
            ("consumer_key", &values.consumer_key),
            ("secret", &values.secret),
            ("cartridge_url", &values.cartridge_url),
            ("domain", &values.domain),
            ("name", &values.name),
        ];
        self.form.filled(&known, values.has_grades)
    }
}

/// What one platform calls the things of LTI 1.1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct TermsOfLms {
    /// Its name for `--for`.
    pub platform: &'static str,
    /// The product's name.
    pub name: &'static str,
    /// The tool.
    pub tool: &'static str,
    /// The launch URL.
    pub launch_url: &'static str,
    /// The consumer key.
    pub consumer_key: &'static str,
    /// The shared secret.
    pub shared_secret: &'static str,
    /// The URL of a cartridge; null if it reads none.
    pub cartridge: Option<&'static str>,
    /// The registration URL of LTI 2.0; null if it does not support LTI 2.0.
    pub registration_url: Option<&'static str>,
}

/// The form of LTI 1.1 of the platform or catalogue with that name; `None` if it is not known.
pub fn find_signed(name: &str) -> Option<SignedForm> {
    if let Some(lms) = find(name) {
        return match lms.lti_1p1.as_ref()? {
            LinkForm::Own(form) => Some(SignedForm { name: &lms.name, form }),
            LinkForm::Like { like } => Some(SignedForm { name: &lms.name, ..find_signed(like)? }),
        };
    }
    let (_, found) = catalogues().iter().find(|(known, _)| *known == name)?;
    Some(SignedForm { name: &found.name, form: &found.lti_1p1 })
}

/// The names of platforms and catalogues whose forms for LTI 1.1 are known.
pub fn signed_names() -> impl Iterator<Item = &'static str> {
    let platforms = all().iter().filter(|(_, lms)| lms.lti_1p1.is_some()).map(|(name, _)| *name);
    platforms.chain(catalogues().iter().map(|(name, _)| *name))
}

/// What a platform does when a tool moves from LTI 1.1 to LTI 1.3; without a known product, what
/// most do.
///
/// # Panics
///
/// Never: a test finds the answer for unknown products.
pub fn move_to_lti_1p3(product: Option<&str>) -> &'static MoveToLti1p3 {
    let of = |name: &str| find(name)?.move_to_lti_1p3.as_ref();
    product.and_then(of).or_else(|| of(OTHER)).expect("lms/other.yaml has it")
}

/// What each platform calls the things of LTI 1.1.
pub fn terms() -> Vec<TermsOfLms> {
    signed_names().filter_map(terms_of).collect()
}

fn terms_of(platform: &'static str) -> Option<TermsOfLms> {
    let SignedForm { name, form } = find_signed(platform)?;
    let terms = form.terms.as_ref()?;
    let label = |placeholder: &str| {
        let asks = |value: &str| value.contains(placeholder);
        let field = form.fields.iter().find(|field| field.value.as_deref().is_some_and(asks));
        field.map_or("-", |field| field.label.as_str())
    };
    Some(TermsOfLms {
        platform,
        name,
        tool: &terms.tool,
        launch_url: terms.launch_url.as_deref().unwrap_or_else(|| label("{launch_url}")),
        consumer_key: label("{consumer_key}"),
        shared_secret: label("{secret}"),
        cartridge: terms.cartridge.as_deref(),
        registration_url: terms.registration_url.as_deref(),
    })
}

fn catalogues() -> &'static [(&'static str, Catalogue)] {
    static ALL: LazyLock<Vec<(&str, Catalogue)>> = LazyLock::new(|| {
        CATALOGUES.into_iter().map(|(name, text)| (name, read(name, text))).collect()
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> SignedLinkValues {
        SignedLinkValues {
            launch_url: "https://tool.example.edu/lti/1p1/launch/quiz".into(),
            consumer_key: "KEY".into(),
            secret: "SECRET".into(),
            cartridge_url: "https://tool.example.edu/lti/1p1/cartridge/TOKEN/quiz.xml".into(),
            domain: "tool.example.edu".into(),
            name: "Quiz".into(),
            has_grades: true,
        }
    }

    #[test]
    fn every_form_is_complete() {
        for name in signed_names() {
            let form = find_signed(name).unwrap();
            assert!(form.form.terms.is_some(), "{name} has no terms");
            let filled = form.filled(&values());
            let mut texts = filled
                .fields
                .iter()
                .flat_map(|field| [field.value.clone(), field.note.clone().unwrap_or_default()]);
            assert!(texts.all(|text| !text.contains('{')), "{name}");
        }
    }

    #[test]
    fn every_platform_moves_somehow() {
        for product in [None, Some("moodle"), Some("ilias"), Some("unknown")] {
            assert!(!move_to_lti_1p3(product).steps.is_empty());
        }
        assert_eq!(move_to_lti_1p3(Some("moodle")).claim, Some(false));
    }

    #[test]
    fn terms_are_the_labels_of_the_form() {
        let found = terms();
        let of = |name: &str| found.iter().find(|terms| terms.platform == name).unwrap();
        let moodle = of("moodle");
        assert_eq!(
            (moodle.tool, moodle.launch_url, moodle.consumer_key, moodle.shared_secret),
            ("external tool", "Tool URL", "Consumer key", "Shared secret")
        );
        assert_eq!(of("blackboard").launch_url, "URL of the link");
        assert_eq!(of("edu-apps").consumer_key, "-");
        for platform in found.iter().filter(|terms| terms.platform != "edu-apps") {
            assert_ne!(platform.launch_url, "-", "{}", platform.platform);
            assert_ne!(platform.consumer_key, "-", "{}", platform.platform);
            assert_ne!(platform.shared_secret, "-", "{}", platform.platform);
        }
    }
}
