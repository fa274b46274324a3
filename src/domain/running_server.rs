//! Servers that use the database.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::Invalid;

/// The longest name of a server, in characters.
const MAX_NAME: usize = 64;

/// A server that has not reported for so long is gone: it reports once a minute.
const GONE_AFTER: SignedDuration = SignedDuration::from_mins(3);

/// The name of a server: up to 64 ASCII letters, digits and `-_.:`, such as `web-1` or
/// `host.example.edu:8080`. It appears in logs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerName(String);

impl ServerName {
    /// Checks a name.
    ///
    /// # Errors
    ///
    /// The name is empty or too long, or contains other characters.
    pub fn new(name: &str) -> Result<Self, Invalid> {
        let is_plain = name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b':'));
        if !is_plain || name.is_empty() || name.len() > MAX_NAME {
            return Err(Invalid::new(
                "server name",
                "must be 1 to 64 letters, digits, hyphens, underscores, points and colons",
            ));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name of a server on a machine that listens on a port: `web-1:8080`. Characters that names
    /// cannot have are left out.
    pub fn of_machine(host: &str, port: u16) -> Self {
        let is_plain = |character: &char| {
            character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.')
        };
        // A port has at most five digits.
        let host: String = host.chars().filter(is_plain).take(MAX_NAME - 6).collect();
        Self(format!("{host}:{port}"))
    }

    /// The name in a database, which was checked when it was stored.
    pub(crate) fn stored(name: String) -> Self {
        Self(name)
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServerName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A server that uses the database, as it last reported itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunningServer {
    /// Its name, which no other server has.
    pub name: ServerName,
    /// The version of the program.
    pub version: String,
    /// The address and port on which it listens.
    pub address: String,
    /// When it was started.
    pub started_at: Timestamp,
    /// When it last reported.
    pub seen_at: Timestamp,
}

impl RunningServer {
    /// Whether it has not reported for three minutes: it ended without saying so, or it cannot reach
    /// the database.
    pub fn is_gone(&self, now: Timestamp) -> bool {
        now.duration_since(self.seen_at) > GONE_AFTER
    }

    /// Whether this is another process with the same name that still runs.
    pub fn is_rival_of(&self, other: &Self) -> bool {
        self.name == other.name
            // Databases store milliseconds.
            && self.started_at.as_millisecond() != other.started_at.as_millisecond()
            && !self.is_gone(other.seen_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        let longest = "x".repeat(64);
        for (name, is_valid) in [
            ("web-1", true),
            ("host.example.edu:8080", true),
            (&*longest, true),
            ("", false),
            (&*format!("{longest}x"), false),
            ("web 1", false),
            ("web\n1", false),
            ("schüler", false),
        ] {
            assert_eq!(ServerName::new(name).is_ok(), is_valid, "{name:?}");
        }
        for (host, name) in [("web-1", "web-1:80"), ("a b\u{202e}", "ab:80"), ("", ":80")] {
            let own = ServerName::of_machine(host, 80);
            assert_eq!(own.as_str(), name);
            assert_eq!(ServerName::new(name).unwrap(), own);
        }
        assert!(ServerName::new(ServerName::of_machine(&longest, 65_535).as_str()).is_ok());
    }

    #[test]
    fn a_server_is_gone_or_another_one() {
        let at = |second: i64| Timestamp::from_second(second).unwrap();
        let server = |started: i64, seen: i64| RunningServer {
            name: ServerName::new("web-1").unwrap(),
            version: "1.0.0".to_owned(),
            address: "127.0.0.1:8080".to_owned(),
            started_at: at(started),
            seen_at: at(seen),
        };
        assert!(!server(0, 0).is_gone(at(180)) && server(0, 0).is_gone(at(181)));
        for (known, reported, is_rival) in
            [((0, 60), (0, 120), false), ((0, 60), (100, 100), true), ((0, 60), (300, 300), false)]
        {
            let (known, reported) = (server(known.0, known.1), server(reported.0, reported.1));
            assert_eq!(known.is_rival_of(&reported), is_rival, "{known:?}");
        }
        // A database stores milliseconds, and this process knows nanoseconds.
        let reported = RunningServer {
            started_at: Timestamp::from_nanosecond(1_000_123_456).unwrap(),
            ..server(0, 60)
        };
        let known = RunningServer {
            started_at: Timestamp::from_millisecond(1000).unwrap(),
            ..reported.clone()
        };
        assert!(!known.is_rival_of(&reported));
    }
}
