//! Values as an engine takes and returns them.

use std::borrow::Cow;
use std::fmt::Display;

use thiserror::Error as ThisError;

/// A value that is written into a column, or compared with one.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::store) enum Value<'v> {
    Null,
    Integer(i64),
    Real(f64),
    Text(Cow<'v, str>),
    Blob(Cow<'v, [u8]>),
}

/// Values by the names of their parameters, such as `:id`.
pub(in crate::store) type Parameters<'p> = &'p [(&'p str, Value<'p>)];

/// A value in a column of a row, which it borrows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) enum ValueRef<'r> {
    Null,
    Integer(i64),
    Real(f64),
    /// Not checked yet: UTF-8 unless something else has written to the database.
    Text(&'r [u8]),
    Blob(&'r [u8]),
}

/// Why a value cannot be read or written.
#[derive(Debug, ThisError)]
#[error("{0}")]
pub(in crate::store) struct ValueError(Box<str>);

impl ValueError {
    /// A reason.
    pub(in crate::store) fn new(reason: impl Display) -> Self {
        Self(reason.to_string().into())
    }

    /// The same, with the column.
    pub(in crate::store) fn in_column(self, name: &str) -> Self {
        Self::new(format_args!("{name}: {self}"))
    }
}

impl Value<'_> {
    /// The same value, which borrows nothing.
    pub(in crate::store) fn into_owned(self) -> Value<'static> {
        match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(text) => Value::Text(text.into_owned().into()),
            Self::Blob(bytes) => Value::Blob(bytes.into_owned().into()),
        }
    }
}

impl<'r> ValueRef<'r> {
    /// The value to be written elsewhere.
    pub(in crate::store) fn to_owned(self) -> Result<Value<'static>, ValueError> {
        Ok(match self {
            Self::Null => Value::Null,
            Self::Integer(number) => Value::Integer(number),
            Self::Real(number) => Value::Real(number),
            Self::Text(_) => Value::Text(self.as_str()?.to_owned().into()),
            Self::Blob(bytes) => Value::Blob(bytes.to_owned().into()),
        })
    }

    /// The integer.
    pub(in crate::store) fn as_i64(self) -> Result<i64, ValueError> {
        match self {
            Self::Integer(number) => Ok(number),
            _ => Err(self.unexpected("an integer")),
        }
    }

    /// The number.
    pub(in crate::store) fn as_f64(self) -> Result<f64, ValueError> {
        match self {
            Self::Integer(number) => Ok(number as f64),
            Self::Real(number) => Ok(number),
            _ => Err(self.unexpected("a number")),
        }
    }

    /// The text.
    pub(in crate::store) fn as_str(self) -> Result<&'r str, ValueError> {
        match self {
            Self::Text(text) => std::str::from_utf8(text).map_err(ValueError::new),
            _ => Err(self.unexpected("a text")),
        }
    }

    /// The bytes.
    pub(in crate::store) fn as_blob(self) -> Result<&'r [u8], ValueError> {
        match self {
            Self::Blob(bytes) => Ok(bytes),
            _ => Err(self.unexpected("bytes")),
        }
    }

    fn unexpected(self, expected: &str) -> ValueError {
        let found = match self {
            Self::Null => "NULL",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Text(_) => "a text",
            Self::Blob(_) => "bytes",
        };
        ValueError::new(format_args!("{found} instead of {expected}"))
    }
}

/// Types that are one kind of value.
macro_rules! from {
    ($($type:ty: $kind:ident $make:expr),+ $(,)?) => { $(
        impl<'v> From<$type> for Value<'v> {
            fn from(value: $type) -> Self {
                Self::$kind($make(value))
            }
        }
    )+ };
}

from! {
    i64: Integer std::convert::identity,
    i32: Integer i64::from,
    u32: Integer i64::from,
    u16: Integer i64::from,
    u8: Integer i64::from,
    bool: Integer i64::from,
    f64: Real std::convert::identity,
    &'v str: Text Cow::Borrowed,
    String: Text Cow::Owned,
    &'v [u8]: Blob Cow::Borrowed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_another_kind_is_refused_with_both_kinds() {
        let text = |read: Result<i64, ValueError>| read.map_err(|error| error.to_string());
        for (value, expected) in [
            (ValueRef::Integer(-3), Ok(-3)),
            (ValueRef::Null, Err("NULL instead of an integer")),
            (ValueRef::Real(3.0), Err("a real number instead of an integer")),
            (ValueRef::Text(b"3"), Err("a text instead of an integer")),
            (ValueRef::Blob(b"3"), Err("bytes instead of an integer")),
        ] {
            assert_eq!(text(value.as_i64()), expected.map_err(str::to_owned), "{value:?}");
        }
        assert_eq!(ValueRef::Integer(2).as_f64().unwrap(), 2.0);
        assert_eq!(ValueRef::Text("é".as_bytes()).as_str().unwrap(), "é");
        assert!(ValueRef::Text(b"\xe9").as_str().is_err(), "it is no UTF-8");
        assert!(ValueRef::Blob(b"x").as_str().is_err() && ValueRef::Text(b"x").as_blob().is_err());
        let error = ValueRef::Null.as_str().unwrap_err().in_column("account.uuid");
        assert_eq!(error.to_string(), "account.uuid: NULL instead of a text");
    }
}
