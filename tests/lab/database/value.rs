//! Values that tests store and read, in the same way on both engines.

use bytes::{BufMut as _, BytesMut};
use rusqlite::types::{FromSql, FromSqlResult, ToSqlOutput, ValueRef};
use tokio_postgres::types::{IsNull, ToSql, Type};

type Problem = Box<dyn std::error::Error + Sync + Send>;

/// A value of a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<i32> for Value {
    fn from(number: i32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Self::Integer(number.into())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Self::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl From<Value> for i64 {
    fn from(value: Value) -> Self {
        match value {
            Value::Integer(number) => number,
            other => panic!("{other:?} is not a number"),
        }
    }
}

impl From<Value> for u32 {
    fn from(value: Value) -> Self {
        i64::from(value).try_into().unwrap()
    }
}

impl From<Value> for String {
    fn from(value: Value) -> Self {
        match value {
            Value::Text(text) => text,
            other => panic!("{other:?} is not a text"),
        }
    }
}

impl From<Value> for Option<String> {
    fn from(value: Value) -> Self {
        (value != Value::Null).then(|| value.into())
    }
}

impl From<Value> for Vec<u8> {
    fn from(value: Value) -> Self {
        match value {
            Value::Bytes(bytes) => bytes,
            other => panic!("{other:?} is not binary"),
        }
    }
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Real(number) => ValueRef::Real(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl FromSql for Value {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        Ok(match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(number) => Self::Integer(number),
            ValueRef::Real(number) => Self::Real(number),
            ValueRef::Text(text) => Self::Text(String::from_utf8_lossy(text).into_owned()),
            ValueRef::Blob(bytes) => Self::Bytes(bytes.to_vec()),
        })
    }
}

impl ToSql for Value {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, Problem> {
        match (self, kind) {
            (Self::Null, _) => return Ok(IsNull::Yes),
            (Self::Integer(number), &Type::BOOL) => out.put_u8(u8::from(*number != 0)),
            (Self::Integer(number), &Type::INT4) => out.put_i32((*number).try_into()?),
            (Self::Integer(number), &Type::INT8) => out.put_i64(*number),
            (Self::Real(number), &Type::FLOAT8) => out.put_f64(*number),
            // As SQLite converts it.
            (Self::Text(text), &Type::BOOL) => out.put_u8(u8::from(text.parse::<i64>()? != 0)),
            (Self::Text(text), &Type::INT8) => out.put_i64(text.parse()?),
            (Self::Text(text), &Type::TEXT) => out.put_slice(text.as_bytes()),
            (Self::Bytes(bytes), &Type::BYTEA) => out.put_slice(bytes),
            _ => return Err(format!("{self:?} is no {kind}").into()),
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    tokio_postgres::types::to_sql_checked!();
}

impl<'a> tokio_postgres::types::FromSql<'a> for Value {
    fn from_sql(kind: &Type, raw: &'a [u8]) -> Result<Self, Problem> {
        Ok(match *kind {
            Type::BOOL => Self::Integer(raw.first().copied().unwrap_or_default().into()),
            Type::INT4 => Self::Integer(i32::from_be_bytes(raw.try_into()?).into()),
            Type::INT8 => Self::Integer(i64::from_be_bytes(raw.try_into()?)),
            Type::FLOAT8 => Self::Real(f64::from_be_bytes(raw.try_into()?)),
            Type::TEXT | Type::NAME => Self::Text(str::from_utf8(raw)?.to_owned()),
            Type::BYTEA => Self::Bytes(raw.to_vec()),
            _ => return Err(format!("{kind} is not expected").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Problem> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}
