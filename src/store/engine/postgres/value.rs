//! Values as PostgreSQL takes and returns them.

use std::error::Error as StdError;

use bytes::BytesMut;
use tokio_postgres::types::{FromSql, IsNull, ToSql, Type, to_sql_checked};

use super::super::value::{Value, ValueRef};

type BoxedError = Box<dyn StdError + Sync + Send>;

impl ToSql for Value<'_> {
    fn to_sql(&self, kind: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Integer(number) => integer(*number, kind, out),
            Self::Real(number) => match *kind {
                Type::FLOAT8 => number.to_sql(kind, out),
                _ => Err(unexpected("a real number", kind)),
            },
            // The server cannot store it. What is looked for is replaced in the same way, so it is found
            // as it was stored.
            Self::Text(text) if text.contains('\0') => {
                text.replace('\0', "\u{fffd}").to_sql(kind, out)
            }
            Self::Text(text) => text.as_ref().to_sql(kind, out),
            Self::Blob(bytes) => bytes.as_ref().to_sql(kind, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Values as the library takes them.
pub(super) fn as_sql<'v>(
    values: impl IntoIterator<Item = &'v Value<'v>>,
) -> Vec<&'v (dyn ToSql + Sync)> {
    values.into_iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

fn integer(number: i64, kind: &Type, out: &mut BytesMut) -> Result<IsNull, BoxedError> {
    match *kind {
        Type::INT8 => number.to_sql(kind, out),
        Type::INT4 => i32::try_from(number)?.to_sql(kind, out),
        Type::INT2 => i16::try_from(number)?.to_sql(kind, out),
        Type::BOOL => (number != 0).to_sql(kind, out),
        // Exact up to 2^53; the numbers that are compared with real ones are small.
        Type::FLOAT8 => (number as f64).to_sql(kind, out),
        Type::TEXT => number.to_string().to_sql(kind, out),
        _ => Err(unexpected("an integer", kind)),
    }
}

fn unexpected(value: &str, kind: &Type) -> BoxedError {
    format!("{value} for a parameter of type {kind}").into()
}

impl<'r> FromSql<'r> for ValueRef<'r> {
    fn from_sql(kind: &Type, raw: &'r [u8]) -> Result<Self, BoxedError> {
        Ok(match *kind {
            Type::INT8 => Self::Integer(i64::from_sql(kind, raw)?),
            Type::INT4 => Self::Integer(i32::from_sql(kind, raw)?.into()),
            Type::INT2 => Self::Integer(i16::from_sql(kind, raw)?.into()),
            Type::BOOL => Self::Integer(bool::from_sql(kind, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(kind, raw)?),
            Type::NUMERIC => Self::Integer(whole_number(raw).ok_or("not a whole number")?),
            Type::BYTEA => Self::Blob(raw),
            Type::TEXT | Type::VARCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => Self::Text(raw),
            _ => return Err(format!("a column of type {kind}").into()),
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, BoxedError> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// A whole number of the type `numeric`, which sums of integers have: the number of groups of four
/// digits, the weight of the first group, the sign and the scale, as 16 bits each, and the groups.
fn whole_number(raw: &[u8]) -> Option<i64> {
    let mut parts = raw.chunks_exact(2).map(|pair| i16::from_be_bytes([pair[0], pair[1]]));
    let (groups, weight) = (parts.next()?, parts.next()?);
    let (sign, _scale) = (parts.next()?, parts.next()?);
    let mut number: i64 = 0;
    for place in 0..=weight {
        let group = if place < groups { parts.next()? } else { 0 };
        number = number.checked_mul(10_000)?.checked_add(group.into())?;
    }
    match sign {
        0 => Some(number),
        0x4000 => number.checked_neg(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_whole_numbers() {
        for (parts, number) in [
            (&[0, 0, 0, 0][..], Some(0)),
            (&[1, 0, 0, 0, 7], Some(7)),
            (&[2, 1, 0, 0, 1, 2345], Some(12_345)),
            (&[1, 2, 0x4000, 0, 3], Some(-300_000_000)),
            (&[5, 4, 0, 0, 9223, 3720, 3685, 4775, 8070], None),
            (&[0, 0, -0x4000, 0], None),
            (&[1, 0], None),
        ] {
            let raw: Vec<u8> = parts.iter().flat_map(|part: &i16| part.to_be_bytes()).collect();
            assert_eq!(whole_number(&raw), number, "{parts:?}");
        }
    }
}
