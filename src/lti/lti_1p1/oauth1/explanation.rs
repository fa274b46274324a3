//! Why a signature does not match: usual mistakes of platforms, proxies and people are undone one
//! by one, and in pairs, until it does. Only for administrators: a base string contains everything
//! that was sent, except the secret.

use std::fmt;

use zeroize::Zeroizing;

use super::encoding::{Pairs, encode};
use super::received::Message;
use super::signature::{assemble, signing_key};

/// What a platform did differently when it signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    /// It signed a URL with `http://` instead of `https://`, or the reverse.
    Scheme,
    /// It signed the URL without its port.
    PortOmitted,
    /// It signed the URL with the default port of its scheme.
    DefaultPort,
    /// It signed a host without `www.`, or with it.
    Www,
    /// It signed a path without the slash at its end, or with it.
    TrailingSlash,
    /// It signed the parameters of the query twice.
    QueryTwice,
    /// It did not sign the parameters of the query.
    QueryOmitted,
    /// It signed spaces as `+` instead of `%20`.
    PlusForSpace,
    /// It signed plus signs that the form has as spaces.
    PlusUnencoded,
    /// It signed line breaks as LF; the browser sent CR LF.
    LineFeeds,
    /// It signed line breaks as CR LF, and LF was received.
    CarriageReturns,
    /// The tool's secret has white space at its start or end, and the platform's has none.
    SecretTrimmed,
    /// The platform's secret has white space at its start or end.
    SecretUntrimmed,
}

impl Difference {
    /// All of them, in the order in which they are tried.
    const ALL: [Self; 13] = [
        Self::Scheme,
        Self::PortOmitted,
        Self::DefaultPort,
        Self::Www,
        Self::TrailingSlash,
        Self::QueryTwice,
        Self::QueryOmitted,
        Self::PlusForSpace,
        Self::PlusUnencoded,
        Self::SecretTrimmed,
        Self::SecretUntrimmed,
        Self::LineFeeds,
        Self::CarriageReturns,
    ];

    /// What the platform did, as a sentence without a full stop.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Scheme => "the platform signed the URL with the other of http:// and https://",
            Self::PortOmitted => "the platform signed the URL without its port",
            Self::DefaultPort => "the platform signed the URL with the default port",
            Self::Www => "the platform signed the URL with or without 'www.'",
            Self::TrailingSlash => "the platform signed the URL with or without a slash at its end",
            Self::QueryTwice => "the platform signed the URL's query parameters twice",
            Self::QueryOmitted => "the platform did not sign the URL's query parameters",
            Self::PlusForSpace => "the platform signed spaces as '+' instead of '%20'",
            Self::PlusUnencoded => "the platform sent plus signs without encoding them as '%2B'",
            Self::LineFeeds => "the platform signed line breaks as LF, but CR LF was received",
            Self::CarriageReturns => {
                "the platform signed line breaks as CR LF, but LF was received"
            }
            Self::SecretTrimmed => "the tool's secret has white space at its start or end",
            Self::SecretUntrimmed => "the platform's secret has white space at its start or end",
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// How a signature compares with the tool's own.
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The text that the tool signed for comparison. It contains personal data, but no secret.
    pub computed: String,
    /// What the platform signed; `None` if nothing usual was found, which mostly means another
    /// secret.
    pub matching: Option<Matching>,
}

/// What a platform signed.
#[derive(Clone, PartialEq, Eq)]
pub struct Matching {
    /// What it did differently, at most two things; empty if the signature matches.
    pub differences: Vec<Difference>,
    /// The text that it signed. It contains personal data, but no secret.
    pub base_string: String,
}

/// Looks for the reason why a message does not match a secret. Nothing that is found here makes a
/// message valid.
pub fn explain_mismatch(message: &Message, secret: &[u8]) -> Explanation {
    let received = Attempt::of(message, secret);
    let computed = received.base_string(message);
    let singles: Vec<(Difference, Attempt)> = Difference::ALL
        .into_iter()
        .flat_map(|difference| {
            received.with(difference).into_iter().map(move |attempt| (difference, attempt))
        })
        .collect();
    let found = |attempt: &Attempt, differences: &[Difference]| {
        let base_string = attempt.signed(message)?;
        Some(Matching { differences: differences.to_vec(), base_string })
    };
    let matching = found(&received, &[])
        .or_else(|| singles.iter().find_map(|(one, attempt)| found(attempt, &[*one])))
        .or_else(|| {
            singles.iter().find_map(|(one, attempt)| {
                // In the order of the list, so that no pair is tried twice.
                let later = Difference::ALL.into_iter().skip_while(|other| other != one).skip(1);
                later
                    .flat_map(|other| {
                        attempt.with(other).into_iter().map(move |both| (other, both))
                    })
                    .find_map(|(other, both)| found(&both, &[*one, other]))
            })
        });
    Explanation { computed, matching }
}

/// What a platform may have signed, and with which secret.
#[derive(Clone)]
struct Attempt {
    base_url: String,
    query: Pairs,
    fields: Pairs,
    encode: fn(&[u8]) -> String,
    secret: Zeroizing<Vec<u8>>,
}

impl Attempt {
    fn of(message: &Message, secret: &[u8]) -> Self {
        Self {
            base_url: message.base_url.clone(),
            query: message.query.clone(),
            fields: message.fields.clone(),
            encode,
            secret: secret.to_vec().into(),
        }
    }

    fn base_string(&self, message: &Message) -> String {
        let parameters = self.fields.iter().chain(&self.query);
        assemble(&message.http_method, &self.base_url, parameters, self.encode)
    }

    /// The base string, if the message's signature belongs to it.
    fn signed(&self, message: &Message) -> Option<String> {
        let base_string = self.base_string(message);
        let key = signing_key(&self.secret, b"");
        let signature = message.signature.as_deref()?;
        let fits = message.method.verify(&base_string, signature, &key);
        (fits && !self.secret.is_empty()).then_some(base_string)
    }

    /// The same with a difference, in each of its forms; none if it changes nothing.
    fn with(&self, difference: Difference) -> Vec<Self> {
        let changed = |change: &dyn Fn(&mut Self)| {
            let mut attempt = self.clone();
            change(&mut attempt);
            vec![attempt]
        };
        let with_url = |url: Option<String>| {
            url.map(|base_url| Self { base_url, ..self.clone() }).into_iter().collect()
        };
        match difference {
            Difference::Scheme => with_url(other_scheme(&self.base_url)),
            Difference::PortOmitted => with_url(without_port(&self.base_url)),
            Difference::DefaultPort => with_url(with_default_port(&self.base_url)),
            Difference::Www => with_url(other_www(&self.base_url)),
            Difference::TrailingSlash => with_url(other_slash(&self.base_url)),
            Difference::QueryTwice if !self.query.is_empty() => {
                changed(&|attempt| attempt.query.extend_from_within(..))
            }
            Difference::QueryOmitted if !self.query.is_empty() => {
                changed(&|attempt| attempt.query.clear())
            }
            Difference::QueryTwice | Difference::QueryOmitted => Vec::new(),
            Difference::PlusForSpace => {
                changed(&|attempt| attempt.encode = |octets| encode(octets).replace("%20", "+"))
            }
            Difference::PlusUnencoded => self.with_values(|value| replaced(value, b" ", b"+")),
            Difference::LineFeeds => self.with_values(|value| replaced(value, b"\r\n", b"\n")),
            Difference::CarriageReturns => {
                self.with_values(|value| replaced(&replaced(value, b"\r\n", b"\n"), b"\n", b"\r\n"))
            }
            Difference::SecretTrimmed => {
                let trimmed = self.secret.trim_ascii();
                let is_changed = trimmed.len() < self.secret.len();
                is_changed
                    .then(|| Self { secret: trimmed.to_vec().into(), ..self.clone() })
                    .into_iter()
                    .collect()
            }
            Difference::SecretUntrimmed => self.with_untrimmed_secrets(),
        }
    }

    /// The same with other values; the line breaks and spaces of names are not worth a try.
    fn with_values(&self, change: impl Fn(&[u8]) -> Vec<u8>) -> Vec<Self> {
        let mut attempt = self.clone();
        for (_, value) in attempt.fields.iter_mut().chain(&mut attempt.query) {
            *value = change(value);
        }
        let is_changed = attempt.fields != self.fields || attempt.query != self.query;
        is_changed.then_some(attempt).into_iter().collect()
    }

    fn with_untrimmed_secrets(&self) -> Vec<Self> {
        let secret = self.secret.as_slice();
        [("", " "), ("", "\n"), ("", "\r\n"), ("", "\t"), (" ", ""), ("\t", "")]
            .map(|(before, after)| Self {
                secret: [before.as_bytes(), secret, after.as_bytes()].concat().into(),
                ..self.clone()
            })
            .into()
    }
}

fn replaced(text: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut changed = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [octet, after @ ..] = rest {
        if let Some(after) = rest.strip_prefix(from) {
            changed.extend_from_slice(to);
            rest = after;
        } else {
            changed.push(*octet);
            rest = after;
        }
    }
    changed
}

/// The scheme, the authority and the path of a base URL, which always has all of them.
fn parts(base_url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = base_url.split_once("://")?;
    let (authority, path) = rest.split_at(rest.find('/')?);
    Some((scheme, authority, path))
}

fn other_scheme(base_url: &str) -> Option<String> {
    let (scheme, authority, path) = parts(base_url)?;
    let other = if scheme == "http" { "https" } else { "http" };
    Some(format!("{other}://{authority}{path}"))
}

/// The host of an authority and, if it has one, its port.
fn host_and_port(authority: &str) -> (&str, Option<&str>) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    }
}

fn without_port(base_url: &str) -> Option<String> {
    let (scheme, authority, path) = parts(base_url)?;
    let (host, port) = host_and_port(authority);
    port.map(|_| format!("{scheme}://{host}{path}"))
}

fn with_default_port(base_url: &str) -> Option<String> {
    let (scheme, authority, path) = parts(base_url)?;
    let (host, port) = host_and_port(authority);
    let default = if scheme == "http" { "80" } else { "443" };
    port.is_none().then(|| format!("{scheme}://{host}:{default}{path}"))
}

fn other_www(base_url: &str) -> Option<String> {
    let (scheme, authority, path) = parts(base_url)?;
    Some(match authority.strip_prefix("www.") {
        Some(without) => format!("{scheme}://{without}{path}"),
        None => format!("{scheme}://www.{authority}{path}"),
    })
}

/// Some also sign a URL without a path without its slash.
fn other_slash(base_url: &str) -> Option<String> {
    Some(match base_url.strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{base_url}/"),
    })
}
