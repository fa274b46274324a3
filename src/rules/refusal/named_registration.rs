//! The registration that a fix is for.

use std::fmt;

use crate::domain::{Registration, Slug};
use crate::lms::{self, Detail, Lms, Purpose};

/// A registration by its name in commands, with the labels of its LMS, if the LMS is known.
#[derive(Debug, Clone)]
pub struct NamedRegistration {
    slug: Slug,
    lms: Option<&'static Lms>,
}

impl NamedRegistration {
    /// The placeholder in examples of commands.
    pub fn placeholder() -> Self {
        Self::from(&Slug::placeholder())
    }

    /// The name of the LMS.
    pub(super) fn lms(&self) -> &str {
        self.lms.map_or("the learning platform", Lms::short_name)
    }

    /// The label of a field of the LMS's form, in quotation marks.
    pub(super) fn field(&self, purpose: Purpose) -> String {
        format!("\"{}\"", self.field_and_choice(purpose).0)
    }

    /// The label of a field of the LMS's form, in quotation marks, and what to choose there.
    pub(super) fn choice(&self, purpose: Purpose) -> String {
        match self.field_and_choice(purpose) {
            (label, Some(choice)) => format!("\"{label}\" to {choice}"),
            (label, None) => format!("\"{label}\""),
        }
    }

    fn field_and_choice(&self, purpose: Purpose) -> (&str, Option<&str>) {
        self.lms.and_then(|lms| lms.field_for(purpose)).unwrap_or_else(|| purpose.usual_field())
    }

    /// The label under which the LMS shows a value, in quotation marks.
    pub(super) fn shown(&self, detail: Detail) -> String {
        let label = self.lms.and_then(|lms| lms.label_of(detail)).unwrap_or(detail.label());
        format!("\"{label}\"")
    }
}

impl From<&Slug> for NamedRegistration {
    fn from(slug: &Slug) -> Self {
        Self { slug: slug.clone(), lms: None }
    }
}

impl From<&Registration> for NamedRegistration {
    fn from(registration: &Registration) -> Self {
        // The form of other products is a general one, not that of this product.
        let product = registration.product.as_ref().filter(|product| product.as_str() != "other");
        let lms = lms::of_product(product);
        Self { slug: registration.slug.clone(), lms }
    }
}

impl fmt::Display for NamedRegistration {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.slug.fmt(formatter)
    }
}
