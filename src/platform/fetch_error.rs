//! Why something could not be fetched from a platform.

use std::net::IpAddr;
use std::time::Duration;

use thiserror::Error;

/// Why something could not be fetched, in words for an admin.
///
/// Hosts are named without path and query. What the platform sent is not repeated, but for the
/// address of a redirect, which is stripped and cut.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum FetchError {
    /// The URL cannot be asked at all.
    #[error("the URL cannot be used: {problem}")]
    UrlUnusable {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// The host has an address that is out of reach for this registration.
    #[error("{host} is at {address}, which is not allowed: {hint}")]
    NotAllowed {
        /// Host, with its port if the URL has one.
        host: String,
        /// The address that is out of reach.
        address: IpAddr,
        /// Why, and how to allow it where that is possible.
        hint: &'static str,
    },
    /// The URL says http where https is asked for.
    #[error("{host} would be asked without encryption (http), which needs --allow-http")]
    HttpNotAllowed {
        /// Host, with its port if the URL has one.
        host: String,
    },
    /// No such name, or nobody answers at its address.
    #[error("{host} cannot be reached: {problem}")]
    Unreachable {
        /// Host, with its port if the URL has one.
        host: String,
        /// What the network said.
        problem: String,
    },
    /// No connection, or no complete answer, within the time that a request gets.
    #[error("{host} did not answer within {} seconds", within.as_secs_f64())]
    TimedOut {
        /// Host, with its port if the URL has one.
        host: String,
        /// How long it had.
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
    /// The platform sends us elsewhere, which is not followed.
    #[error("{host} redirects to {location}; redirects are not followed, enter the final URL")]
    Redirected {
        /// Host, with its port if the URL has one.
        host: String,
        /// Where to, stripped of control characters and cut to 200 characters.
        location: String,
    },
    /// An HTTP status other than success.
    #[error("{host} answered with HTTP status {status}")]
    Status {
        /// Host, with its port if the URL has one.
        host: String,
        /// The status.
        status: u16,
    },
    /// The answer is longer than what is read.
    #[error("{host} sent more than {limit_bytes} bytes")]
    TooBig {
        /// Host, with its port if the URL has one.
        host: String,
        /// The most that is read, unpacked.
        limit_bytes: usize,
    },
    /// The answer broke off or cannot be unpacked.
    #[error("the answer of {host} cannot be read: {problem}")]
    Broken {
        /// Host, with its port if the URL has one.
        host: String,
        /// What is wrong.
        problem: String,
    },
}
