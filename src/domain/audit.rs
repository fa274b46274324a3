//! The audit log: entries about changes, each bound to the previous one by a hash.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::words::words;
use super::{Invalid, ServerName, json};

/// Who makes a change, and with what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Actor {
    /// User of the operating system, or `server`.
    #[serde(rename = "actor")]
    pub name: String,
    /// The command, without its arguments, or the part of the server.
    pub via: Cow<'static, str>,
}

impl Actor {
    /// The server, if none of its parts is named: `server`, or `server (web-1)` if it has a name.
    pub fn server(name: Option<&ServerName>) -> Self {
        let name = match name {
            Some(name) => format!("server ({name})"),
            None => "server".to_owned(),
        };
        Self { name, via: Cow::Borrowed("server") }
    }
}

impl Default for Actor {
    /// An unnamed user of the library.
    fn default() -> Self {
        Self { name: "unknown".to_owned(), via: Cow::Borrowed("library") }
    }
}

words! {
    /// What happened to an object.
    AuditAction, "action", {
        /// It was created.
        Created = "created",
        /// It was changed.
        Changed = "changed",
        /// It was deleted.
        Deleted = "deleted",
    }
}

/// Hash of an entry and of the hash before it (SHA-256), which binds it to all earlier entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHash([u8; 32]);

impl AuditHash {
    /// The hash before the first entry.
    pub const NONE: Self = Self([0; 32]);

    /// The hash with these bytes.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for AuditHash {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for AuditHash {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let invalid = || {
            Invalid::new(
                "hash",
                "must be 64 hexadecimal digits, as `ltictl audit verify` prints them",
            )
        };
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(invalid());
        }
        let mut bytes = [0; 32];
        for (place, byte) in bytes.iter_mut().enumerate() {
            *byte =
                u8::from_str_radix(&text[2 * place..2 * place + 2], 16).map_err(|_| invalid())?;
        }
        Ok(Self(bytes))
    }
}

/// An entry of the audit log: a change of one object, or the number of changes of many.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditEntry {
    /// Number of the entry; entries are numbered from 1 without gaps.
    pub id: i64,
    /// When the change was committed. JSON has seconds, the log has milliseconds.
    #[serde(rename = "changed_at", serialize_with = "json::time")]
    #[schemars(with = "String")]
    pub at: Timestamp,
    /// Who made the change.
    #[serde(flatten)]
    pub actor: Actor,
    /// `created`, `changed` or `deleted`.
    #[schemars(with = "String")]
    pub action: AuditAction,
    /// Type of the object, for instance `registration`.
    pub noun: String,
    /// Name of the object in commands.
    pub name: String,
    /// The object before the change, as JSON: null if it is new, and only the differences if it was
    /// changed.
    #[serde(serialize_with = "object")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub before: Option<String>,
    /// The object after the change, as JSON: null if it was deleted, and only the differences if it
    /// was changed.
    #[serde(serialize_with = "object")]
    #[schemars(with = "Option<Map<String, Value>>")]
    pub after: Option<String>,
    /// Hash of the previous entry: SHA-256 in hexadecimal.
    #[serde(serialize_with = "json::text")]
    #[schemars(with = "String")]
    pub previous_hash: AuditHash,
    /// Hash of this entry: SHA-256 in hexadecimal.
    #[serde(serialize_with = "json::text")]
    #[schemars(with = "String")]
    pub hash: AuditHash,
}

/// Text as a JSON object. Text that is not one was not written by this program, which `audit verify`
/// reports; it becomes an empty object.
fn object<S: Serializer>(text: &Option<String>, serializer: S) -> Result<S::Ok, S::Error> {
    let object = |text: &String| serde_json::from_str::<Map<String, Value>>(text);
    text.as_ref().map(|text| object(text).unwrap_or_default()).serialize(serializer)
}

/// The result of verifying the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AuditProof {
    /// Number of unchanged entries, counted from the first one.
    pub entries: u64,
    /// Number and hash of the last of them.
    #[serde(flatten, serialize_with = "last_keys")]
    #[schemars(with = "LastKeys")]
    pub last: Option<(i64, AuditHash)>,
    /// The entry that has the expected hash.
    #[serde(rename = "expected_entry")]
    pub expected: Option<i64>,
    /// Whether the database prevents changes to entries, and their deletion.
    pub append_only: bool,
    /// The first problem.
    pub problem: Option<AuditProblem>,
}

/// The keys of the last entry in JSON; null in an empty log.
#[derive(Serialize, JsonSchema)]
struct LastKeys {
    /// The number of the last of them.
    last_entry: Option<i64>,
    /// Its hash, to store elsewhere.
    #[serde(serialize_with = "json::optional_text")]
    #[schemars(with = "Option<String>")]
    last_hash: Option<AuditHash>,
}

fn last_keys<S: Serializer>(
    last: &Option<(i64, AuditHash)>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    LastKeys { last_entry: last.map(|(id, _)| id), last_hash: last.map(|(_, hash)| hash) }
        .serialize(serializer)
}

/// A problem with the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(into = "ProblemKeys")]
#[schemars(with = "ProblemKeys")]
pub enum AuditProblem {
    /// The entry does not match its hash.
    Altered(i64),
    /// There is no entry with this number.
    Missing(i64),
    /// The entry was moved: it does not follow the previous one.
    Reordered(i64),
    /// The entry was replaced together with its hash, or the entries after it were removed and the
    /// rest renumbered: the next entry does not follow it.
    Replaced(i64),
    /// No entry has the expected hash: the log was truncated or rewritten.
    CutOff,
}

impl AuditProblem {
    /// Stable code for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Altered(_) => "altered",
            Self::Missing(_) => "missing",
            Self::Reordered(_) => "reordered",
            Self::Replaced(_) => "replaced",
            Self::CutOff => "cut_off",
        }
    }

    /// Number of the entry; `None` if the problem affects the whole log.
    pub fn entry(self) -> Option<i64> {
        match self {
            Self::Altered(id) | Self::Missing(id) | Self::Reordered(id) | Self::Replaced(id) => {
                Some(id)
            }
            Self::CutOff => None,
        }
    }
}

/// The keys of a problem in JSON.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AuditProblem")]
struct ProblemKeys {
    /// `altered`, `missing`, `reordered`, `replaced` or `cut_off`.
    code: &'static str,
    /// The number of the entry.
    entry: Option<i64>,
    /// The problem in words.
    message: String,
}

impl From<AuditProblem> for ProblemKeys {
    fn from(problem: AuditProblem) -> Self {
        Self { code: problem.code(), entry: problem.entry(), message: problem.to_string() }
    }
}

impl fmt::Display for AuditProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(id) => write!(formatter, "entry {id} was altered"),
            Self::Missing(id) => write!(formatter, "entry {id} is missing"),
            Self::Reordered(id) => write!(formatter, "entry {id} was moved"),
            Self::Replaced(id) => {
                write!(formatter, "entry {id} was replaced, or the entries after it were removed")
            }
            Self::CutOff => formatter
                .write_str("no entry has the expected hash: the log was truncated or rewritten"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuditHash;

    #[test]
    fn hash_is_parsed_as_it_is_written() {
        let hash =
            AuditHash::from_bytes(std::array::from_fn(|place| u8::try_from(place * 8).unwrap()));
        assert_eq!(hash.to_string().parse::<AuditHash>().unwrap(), hash);
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(text.parse::<AuditHash>().is_err(), "{text:?}");
        }
    }
}
