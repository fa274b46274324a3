//! How a value of the domain is stored in a column.

use std::borrow::Cow;
use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use uuid::Uuid;

use super::engine::{Row, Value, ValueError, ValueRef};
use crate::domain::{
    AccountOrigin, ActivityProgress, AllowedRoles, AuditAction, AuditHash, Browser, CheckedLaunch,
    ClientAuthMethod, ClientEmail, ClientId, ClientKey, ClientKeyset, ClientSubject, ConsumerKey,
    CrossSite, DeploymentId, DeploymentPolicy, EndpointUrl, EnrolmentDuration, EnrolmentSource,
    ExtraClaims, GradeScope, GradeSync, GradingProgress, Guests, Handover, IdTokenContent,
    Identity, Issuer, KeyPurpose, KeyState, Kid, LaunchDetails, LaunchId, LinkedBy, Linking,
    LogShare, MaxGrade, MemberFormat, MemberSync, Name, NoticePolicy, OmittedHeaders, PathPrefix,
    PlatformEmail, Product, Protocol, ProviderPreset, Provisioning, RedirectUris, RegistrationRef,
    ResourceKind, ResourceRef, RoleName, Score, Secret, SecretDigest, ServerName, SessionHandle,
    SigningAlgorithms, Slug, StaffRoles, SubscriptionState, TargetUrl, Username, WaitsFor,
};

/// How a value is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// As it is.
    Plain,
    /// 0 and 1 as false and true.
    Truth,
    /// Milliseconds as RFC 3339.
    Moment,
    /// Words with spaces between them, as a list.
    Words,
    /// The value that is stored as JSON.
    Json,
    /// Only whether there is one, and whether it has changed.
    Secret,
}

/// A timestamp as it is stored.
pub(super) fn to_milliseconds(moment: Timestamp) -> i64 {
    moment.as_millisecond()
}

/// A stored timestamp; the beginning of 1970 if the value is out of range, which is never written.
pub(super) fn from_milliseconds(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// A value that can be written into a column, or compared with one.
pub(super) trait ToColumn {
    /// The value as the database takes it.
    fn to_column(&self) -> Result<Value<'_>, ValueError>;
}

/// A value that can be read from a column.
pub(super) trait FromColumn: Sized {
    /// How the audit log shows the column.
    const KIND: Kind = Kind::Plain;

    /// Reads the value.
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError>;
}

/// Reads a column of a row.
pub(super) fn read<T: FromColumn>(row: &Row<'_>, index: usize) -> Result<T, ValueError> {
    T::from_column(row.value(index)?)
        .map_err(|error| error.in_column(row.name_of(index).unwrap_or_default()))
}

fn invalid(error: impl std::error::Error) -> ValueError {
    ValueError::new(error)
}

impl<T: ToColumn + ?Sized> ToColumn for &T {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        (**self).to_column()
    }
}

impl<T: ToColumn> ToColumn for Option<T> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        self.as_ref().map_or(Ok(Value::Null), T::to_column)
    }
}

impl<T: FromColumn> FromColumn for Option<T> {
    const KIND: Kind = T::KIND;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value {
            ValueRef::Null => Ok(None),
            value => T::from_column(value).map(Some),
        }
    }
}

/// The slug in a column that cannot be NULL because it is part of a key: none is an empty text.
pub(super) struct OrEmpty<T>(pub(super) Option<T>);

impl ToColumn for OrEmpty<&Slug> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.0.map_or("", Slug::as_str).into())
    }
}

impl FromColumn for OrEmpty<Slug> {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        match value.as_str()? {
            "" => Ok(Self(None)),
            _ => Slug::from_column(value).map(|slug| Self(Some(slug))),
        }
    }
}

impl ToColumn for str {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.into())
    }
}

impl ToColumn for [u8] {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.into())
    }
}

impl ToColumn for String {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_str().into())
    }
}

impl FromColumn for String {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_str().map(str::to_owned)
    }
}

impl ToColumn for Vec<u8> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_slice().into())
    }
}

impl FromColumn for Vec<u8> {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_blob().map(<[u8]>::to_vec)
    }
}

impl ToColumn for [u8; 32] {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_slice().into())
    }
}

impl FromColumn for [u8; 32] {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_blob()?.try_into().map_err(invalid)
    }
}

impl ToColumn for f64 {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok((*self).into())
    }
}

impl FromColumn for f64 {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_f64()
    }
}

/// Integers of any size.
macro_rules! integers {
    ($($type:ty),+) => { $(
        impl ToColumn for $type {
            fn to_column(&self) -> Result<Value<'_>, ValueError> {
                Ok((*self).into())
            }
        }

        impl FromColumn for $type {
            fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
                value.as_i64()?.try_into().map_err(|_| {
                    ValueError::new(concat!("an integer out of the range of ", stringify!($type)))
                })
            }
        }
    )+ };
}

integers!(i64, i32, u32, u16, u8);

impl ToColumn for bool {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok((*self).into())
    }
}

impl FromColumn for bool {
    const KIND: Kind = Kind::Truth;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(value.as_i64()? != 0)
    }
}

/// Large counts, of which databases have only the lower half.
impl ToColumn for u64 {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(i64::try_from(*self).unwrap_or(i64::MAX).into())
    }
}

impl FromColumn for u64 {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self::try_from(value.as_i64()?).unwrap_or_default())
    }
}

/// Types with `as_str` whose text is read by a function that may refuse it.
macro_rules! checked_text {
    ($($type:ty: $read:expr),+ $(,)?) => { $(
        impl ToColumn for $type {
            fn to_column(&self) -> Result<Value<'_>, ValueError> {
                Ok(self.as_str().into())
            }
        }

        impl FromColumn for $type {
            fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
                $read(value.as_str()?).map_err(invalid)
            }
        }
    )+ };
}

checked_text! {
    AccountOrigin: Self::from_str,
    ActivityProgress: Self::from_str,
    AuditAction: Self::from_str,
    ClientAuthMethod: Self::from_str,
    ClientEmail: Self::from_str,
    ClientKey: Self::new,
    ClientSubject: Self::from_str,
    CrossSite: Self::from_str,
    DeploymentPolicy: Self::from_str,
    EnrolmentSource: Self::from_str,
    GradeScope: Self::from_str,
    GradeSync: Self::from_str,
    GradingProgress: Self::from_str,
    LinkedBy: Self::from_str,
    Linking: Self::from_str,
    Guests: Self::from_str,
    Handover: Self::from_str,
    IdTokenContent: Self::from_str,
    Identity: Self::from_str,
    KeyPurpose: Self::from_str,
    MemberSync: Self::from_str,
    Product: Self::new,
    MemberFormat: Self::from_str,
    NoticePolicy: Self::from_str,
    PathPrefix: Self::new,
    SubscriptionState: Self::from_str,
    PlatformEmail: Self::from_str,
    Protocol: Self::from_str,
    ProviderPreset: Self::from_str,
    Provisioning: Self::from_str,
    ResourceKind: Self::from_str,
    RoleName: Self::from_str,
    Slug: Self::new,
    Username: Self::new,
}

/// Types with `as_str` whose text is accepted as it is: it was checked when it was written, perhaps
/// by older rules.
macro_rules! trusted_text {
    ($($type:ty: $read:expr),+ $(,)?) => { $(
        impl ToColumn for $type {
            fn to_column(&self) -> Result<Value<'_>, ValueError> {
                Ok(self.as_str().into())
            }
        }

        impl FromColumn for $type {
            fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
                value.as_str().map($read)
            }
        }
    )+ };
}

trusted_text! {
    Browser: Self::stored,
    ClientId: |text| Self::stored(text.to_owned()),
    ClientKeyset: |text| Self::stored(text.to_owned()),
    ConsumerKey: |text| Self::stored(text.to_owned()),
    DeploymentId: |text| Self::stored(text.to_owned()),
    EndpointUrl: |text| Self::stored(text.to_owned()),
    Issuer: |text| Self::stored(text.to_owned()),
    KeyState: |text| Self::parse(text).unwrap_or(Self::Retired),
    Kid: |text| Self::stored(text.to_owned()),
    LaunchId: |text| Self::stored(text.to_owned()),
    Name: |text| Self::stored(text.to_owned()),
    ServerName: |text| Self::stored(text.to_owned()),
    TargetUrl: |text| Self::stored(text.to_owned()),
}

impl ToColumn for SessionHandle {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.number().cast_signed().into())
    }
}

impl FromColumn for SessionHandle {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self::from_number(value.as_i64()?.cast_unsigned()))
    }
}

impl ToColumn for RegistrationRef {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_str().into())
    }
}

impl ToColumn for ResourceRef {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_str().into())
    }
}

impl ToColumn for WaitsFor {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(match self {
            Self::Binding => "binding",
            Self::Account => "account",
        }
        .into())
    }
}

impl FromColumn for WaitsFor {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(if value.as_str()? == "binding" { Self::Binding } else { Self::Account })
    }
}

impl ToColumn for LogShare {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_str().into())
    }
}

impl ToColumn for Uuid {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.to_string().into())
    }
}

impl FromColumn for Uuid {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_str()?.parse().map_err(invalid)
    }
}

impl ToColumn for Cow<'_, str> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok((**self).into())
    }
}

impl FromColumn for Cow<'static, str> {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(Self::Owned(value.as_str()?.to_owned()))
    }
}

impl FromColumn for PathBuf {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(value.as_str()?.into())
    }
}

/// Milliseconds since 1970.
impl ToColumn for Timestamp {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(to_milliseconds(*self).into())
    }
}

impl FromColumn for Timestamp {
    const KIND: Kind = Kind::Moment;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_i64().map(from_milliseconds)
    }
}

impl ToColumn for EnrolmentDuration {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.seconds().into())
    }
}

impl FromColumn for EnrolmentDuration {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Self::from_seconds(u32::from_column(value)?).map_err(invalid)
    }
}

impl ToColumn for MaxGrade {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.get().into())
    }
}

impl FromColumn for MaxGrade {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Self::new(value.as_f64()?).map_err(invalid)
    }
}

impl ToColumn for Score {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.get().into())
    }
}

impl FromColumn for Score {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Self::new(value.as_f64()?).map_err(invalid)
    }
}

impl ToColumn for Secret {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.expose().into())
    }
}

impl FromColumn for Secret {
    const KIND: Kind = Kind::Secret;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_blob().map(|bytes| Self::new(bytes.to_vec()))
    }
}

impl ToColumn for SecretDigest {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromColumn for SecretDigest {
    const KIND: Kind = Kind::Secret;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        <[u8; 32]>::from_column(value).map(Self::stored)
    }
}

impl ToColumn for AuditHash {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.as_bytes().as_slice().into())
    }
}

impl FromColumn for AuditHash {
    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        <[u8; 32]>::from_column(value).map(Self::from_bytes)
    }
}

/// Lists of names, with commas between them.
macro_rules! names {
    ($($type:ty),+) => { $(
        impl ToColumn for $type {
            fn to_column(&self) -> Result<Value<'_>, ValueError> {
                Ok(self.to_string().into())
            }
        }

        impl FromColumn for $type {
            const KIND: Kind = Kind::Words;

            fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
                value.as_str()?.parse().map_err(invalid)
            }
        }
    )+ };
}

names!(AllowedRoles, OmittedHeaders, SigningAlgorithms, StaffRoles);

/// Words with spaces between them.
impl ToColumn for Vec<String> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        Ok(self.join(" ").into())
    }
}

impl FromColumn for Vec<String> {
    const KIND: Kind = Kind::Words;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        Ok(value.as_str()?.split_whitespace().map(str::to_owned).collect())
    }
}

impl ToColumn for Vec<Slug> {
    fn to_column(&self) -> Result<Value<'_>, ValueError> {
        let slugs: Vec<&str> = self.iter().map(Slug::as_str).collect();
        Ok(slugs.join(" ").into())
    }
}

impl FromColumn for Vec<Slug> {
    const KIND: Kind = Kind::Words;

    fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
        value.as_str()?.split_whitespace().map(Slug::new).collect::<Result<_, _>>().map_err(invalid)
    }
}

/// Types of the domain that are stored as JSON.
macro_rules! json {
    ($($type:ty),+) => { $(
        impl ToColumn for $type {
            fn to_column(&self) -> Result<Value<'_>, ValueError> {
                serde_json::to_string(self).map(Into::into).map_err(invalid)
            }
        }

        impl FromColumn for $type {
            const KIND: Kind = Kind::Json;

            fn from_column(value: ValueRef<'_>) -> Result<Self, ValueError> {
                serde_json::from_str(value.as_str()?).map_err(invalid)
            }
        }
    )+ };
}

json!(CheckedLaunch, ExtraClaims, LaunchDetails, RedirectUris);
