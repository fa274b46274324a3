//! Who changed what: the entries of the audit log, each bound to the one before it.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;

use super::Invalid;
use super::words::words;

/// Who changes something, and by what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user of the operating system, or `server`.
    pub name: String,
    /// The command's noun and verb, or which part of the server; never what it was given.
    pub via: Cow<'static, str>,
}

impl Actor {
    /// The server, before it says by which of its parts.
    pub fn server() -> Self {
        Self { name: "server".to_owned(), via: Cow::Borrowed("server") }
    }
}

impl Default for Actor {
    /// Somebody who uses the library and has not said who they are.
    fn default() -> Self {
        Self { name: "unknown".to_owned(), via: Cow::Borrowed("library") }
    }
}

words! {
    /// What happened to a thing.
    AuditAction, "action", {
        /// It is there now.
        Created = "created",
        /// It is another one now.
        Changed = "changed",
        /// It is gone.
        Deleted = "deleted",
    }
}

/// What binds an entry of the audit log to all those before it: SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuditHash([u8; 32]);

impl AuditHash {
    /// What stands before the first entry.
    pub const NONE: Self = Self([0; 32]);

    /// Takes the bytes of a digest.
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
        self.0.iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl FromStr for AuditHash {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let text = text.trim();
        let invalid = || {
            Invalid::new(
                "hash",
                "must be 64 hexadecimal digits, as ltictl audit verify prints them",
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

/// One change of one thing, or one count of many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditEntry {
    /// The entries are numbered without a gap, from 1.
    pub id: i64,
    /// When it was committed, to the millisecond.
    pub at: Timestamp,
    /// Who did it, and by what.
    pub actor: Actor,
    /// What sort of thing it is.
    pub noun: String,
    /// Which one, as commands name it.
    pub name: String,
    /// What happened to it.
    pub action: AuditAction,
    /// What it was, as a JSON object: of a changed thing only what differs. None for a thing that
    /// is new.
    pub before: Option<String>,
    /// What it is now, likewise. None for a thing that is gone.
    pub after: Option<String>,
    /// The hash of the entry before.
    pub previous_hash: AuditHash,
    /// The hash of this one.
    pub hash: AuditHash,
}

/// What the audit log looks like from its first entry to its last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditProof {
    /// How many entries were read, up to the problem if there is one.
    pub entries: u64,
    /// The last one that was read, and its hash.
    pub last: Option<(i64, AuditHash)>,
    /// The entry that has the hash that was looked for.
    pub expected: Option<i64>,
    /// The first thing that is wrong.
    pub problem: Option<AuditProblem>,
    /// Whether the database itself still refuses to change and to delete entries.
    pub append_only: bool,
}

/// What is wrong with the audit log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditProblem {
    /// An entry does not have the hash of what it says.
    Altered(i64),
    /// There is no entry of this number.
    Missing(i64),
    /// An entry does not follow the one before it: they changed places.
    Reordered(i64),
    /// An entry was written again, hash and all, or what came after it was taken out and the rest
    /// numbered again: the next one does not follow it.
    Replaced(i64),
    /// No entry has the hash that was looked for: the log ended there once, and it was cut off or
    /// written again.
    CutOff,
}

impl AuditProblem {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            Self::Altered(_) => "altered",
            Self::Missing(_) => "missing",
            Self::Reordered(_) => "reordered",
            Self::Replaced(_) => "replaced",
            Self::CutOff => "cut_off",
        }
    }

    /// The number of the entry, where it is one entry.
    pub fn entry(self) -> Option<i64> {
        match self {
            Self::Altered(id) | Self::Missing(id) | Self::Reordered(id) | Self::Replaced(id) => {
                Some(id)
            }
            Self::CutOff => None,
        }
    }
}

impl fmt::Display for AuditProblem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Altered(id) => write!(formatter, "entry {id} was altered"),
            Self::Missing(id) => write!(formatter, "entry {id} is missing"),
            Self::Reordered(id) => write!(formatter, "entry {id} is not in its place"),
            Self::Replaced(id) => {
                write!(formatter, "entry {id} was written anew, or what followed it was taken out")
            }
            Self::CutOff => formatter
                .write_str("no entry has the expected hash: the log was cut off, or written anew"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::AuditHash;

    #[test]
    fn a_hash_reads_what_it_writes() {
        let hash =
            AuditHash::from_bytes(std::array::from_fn(|place| u8::try_from(place * 8).unwrap()));
        assert_eq!(hash.to_string().parse::<AuditHash>().unwrap(), hash);
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(text.parse::<AuditHash>().is_err(), "{text:?}");
        }
    }
}
