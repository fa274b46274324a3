//! JSON formats of domain values that their types do not determine.

use std::fmt::Display;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

/// A time in RFC 3339, in UTC and to the second.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// Writes a time, or null, as [`rfc3339`] does.
pub(crate) fn time<S: Serializer>(
    time: &(impl Copy + Into<Option<Timestamp>>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let time: Option<Timestamp> = (*time).into();
    time.map(rfc3339).serialize(serializer)
}

/// Writes a value as its `Display` text.
pub(super) fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// Writes an optional value as its `Display` text, or null.
pub(super) fn optional_text<S: Serializer>(
    value: &Option<impl Display>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    value.as_ref().map(ToString::to_string).serialize(serializer)
}

/// Serializes a time that may be absent.
pub(super) fn optional_time<S: Serializer>(
    time: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    time.map(rfc3339).serialize(serializer)
}
