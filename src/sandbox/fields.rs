//! Queries and forms as lists of fields.

/// Names and values in the order in which they came.
pub(super) type Fields = Vec<(String, String)>;

/// Reads a query or the body of a form.
pub(super) fn parse_fields(text: &[u8]) -> Fields {
    url::form_urlencoded::parse(text).into_owned().collect()
}

/// The first value of a field; an empty one counts as none.
pub(super) fn field<'a>(fields: &'a Fields, name: &str) -> Option<&'a str> {
    fields
        .iter()
        .find(|(field, _)| field == name)
        .map(|(_, value)| value.as_str())
        .filter(|value| !value.is_empty())
}
