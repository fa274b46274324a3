//! Why something could not be fetched from a platform.

use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

use super::address::AddressKind;

/// Why something could not be fetched, with a message for admins.
///
/// Hosts are shown without path and query. Nothing that the platform sent is shown, except the URL
/// of a redirect, made printable.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The URL cannot be requested.
    #[error("the URL cannot be used: {problem}")]
    UrlUnusable {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The host has an address that is not allowed for this registration.
    #[error("{host} is at {address}, which is not allowed: {hint}")]
    NotAllowed {
        /// Host, with its port if the URL has one.
        host: String,
        /// The address that is not allowed.
        address: IpAddr,
        /// Why, and how to allow it if possible.
        hint: &'static str,
    },
    /// The URL starts with http://, and https is required.
    #[error("{host} would be contacted without encryption (http), which requires --allow-http")]
    HttpNotAllowed {
        /// Host, with its port if the URL has one.
        host: String,
    },
    /// No such name, or no response at its address.
    #[error("{host} cannot be reached: {problem}")]
    Unreachable {
        /// Host, with its port if the URL has one.
        host: String,
        /// The network's error message.
        problem: String,
    },
    /// No connection, or no complete response, within the time limit.
    #[error("{host} did not respond within {} seconds", within.as_secs_f64())]
    TimedOut {
        /// Host, with its port if the URL has one.
        host: String,
        /// The time limit.
        within: Duration,
    },
    /// The encrypted connection failed: usually a certificate that is expired, self-signed or for
    /// another name.
    #[error("no trusted encrypted connection to {host}: {problem}")]
    Tls {
        /// Host, with its port if the URL has one.
        host: String,
        /// What is wrong.
        problem: String,
    },
    /// The platform redirects, which is not followed.
    #[error("{host} redirects to {location}; redirects are not followed, enter the final URL")]
    Redirected {
        /// Host, with its port if the URL has one.
        host: String,
        /// The target, without control characters and cut to 200 characters.
        location: String,
    },
    /// An HTTP status other than success.
    #[error("{host} responded with HTTP status {status}")]
    Status {
        /// Host, with its port if the URL has one.
        host: String,
        /// The status.
        status: u16,
    },
    /// The response is too long.
    #[error("{host} sent more than {limit_bytes} bytes")]
    TooBig {
        /// Host, with its port if the URL has one.
        host: String,
        /// The limit, after decompression.
        limit_bytes: usize,
    },
    /// The response is truncated or cannot be decompressed.
    #[error("the response of {host} cannot be read: {problem}")]
    Broken {
        /// Host, with its port if the URL has one.
        host: String,
        /// What is wrong.
        problem: String,
    },
}

impl FetchError {
    /// Whether access to private networks would allow the request.
    pub fn needs_private_network(&self) -> bool {
        matches!(self, Self::NotAllowed { address, .. }
            if AddressKind::of(*address) == AddressKind::Private)
    }
}
