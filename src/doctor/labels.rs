//! The labels of an LMS's fields, if its product is known.

use crate::domain::Registration;
use crate::lms::{self, Detail, Lms, Purpose};

/// The registration's LMS, if known.
pub(super) fn lms(registration: &Registration) -> Option<&'static Lms> {
    lms::of_product(registration.product.as_ref())
}

/// The field of the LMS's form for a purpose, and what to choose there.
pub(super) fn field(registration: &Registration, purpose: Purpose) -> String {
    let known =
        lms(registration).and_then(|lms| Some((lms.name.as_str(), lms.field_for(purpose)?)));
    let (name, (label, choice)) = known.unwrap_or(("LMS", purpose.usual_field()));
    let choice = choice.map(|choice| format!(": {choice}")).unwrap_or_default();
    format!("{name} field \"{label}\"{choice}")
}

/// The label of a value in the LMS, in quotation marks, or our own if the LMS has none.
pub(super) fn shown(registration: &Registration, detail: Detail) -> String {
    let label = lms(registration).and_then(|lms| lms.label_of(detail)).unwrap_or(detail.label());
    format!("\"{label}\"")
}
