//! What a request may reach.

use std::net::IpAddr;

use url::{Host, Url};

use super::FetchError;
use super::address::AddressKind;
use crate::domain::{PlatformPolicy, is_loopback_host};

/// What a request may reach beyond the default, which is https to public addresses.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct NetworkAccess {
    /// This machine, also with http: for a tool that itself runs on localhost.
    pub loopback: bool,
    /// Private networks, such as 10.x, carrier-grade NAT and unique local IPv6.
    pub private_network: bool,
    /// http instead of https, to any allowed address.
    pub http: bool,
}

impl NetworkAccess {
    /// The reach of requests for one registration: according to its policy, and loopback if the
    /// tool's own public URL is there.
    pub fn for_registration(policy: &PlatformPolicy, tool_is_on_loopback: bool) -> Self {
        Self {
            loopback: tool_is_on_loopback,
            private_network: policy.allow_private_network,
            http: policy.allow_http,
        }
    }

    /// Refuses an address outside this reach; `host` is for the message.
    pub(super) fn check_address(self, host: &str, address: IpAddr) -> Result<(), FetchError> {
        let (allowed, hint) = match AddressKind::of(address) {
            AddressKind::Public => (true, ""),
            AddressKind::Private => (
                self.private_network,
                "it is in a private network, which requires --allow-private-network",
            ),
            AddressKind::Loopback => (
                self.loopback,
                "it is this machine, which only a tool whose own URL is on localhost may contact",
            ),
            AddressKind::Never => (false, "platforms cannot have this address"),
        };
        if allowed {
            Ok(())
        } else {
            Err(FetchError::NotAllowed { host: host.to_owned(), address, hint })
        }
    }

    /// Refuses a URL outside this reach, as far as this can be checked without DNS.
    pub(super) fn check_url(self, url: &Url) -> Result<(), FetchError> {
        let unusable = |problem| Err(FetchError::UrlUnusable { problem });
        let Some(host) = url.host() else { return unusable("it has no host") };
        if !url.username().is_empty() || url.password().is_some() {
            return unusable("it contains a user name or password");
        }
        if url.port() == Some(0) {
            return unusable("port 0 is not valid");
        }
        match url.scheme() {
            "https" => {}
            "http" if self.http || (self.loopback && is_loopback_host(url)) => {}
            "http" => return Err(FetchError::HttpNotAllowed { host: host_of(url) }),
            _ => return unusable("it does not start with https://"),
        }
        match host {
            Host::Ipv4(address) => self.check_address(&host_of(url), address.into()),
            Host::Ipv6(address) => self.check_address(&host_of(url), address.into()),
            Host::Domain(_) => Ok(()),
        }
    }
}

/// Host and port of a URL for messages. Path and query are omitted because they may contain
/// secrets.
pub(super) fn host_of(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: NetworkAccess =
        NetworkAccess { loopback: false, private_network: false, http: false };
    const LOOPBACK: NetworkAccess = NetworkAccess { loopback: true, ..NOTHING };
    const PRIVATE: NetworkAccess = NetworkAccess { private_network: true, ..NOTHING };
    const HTTP: NetworkAccess = NetworkAccess { http: true, ..NOTHING };

    #[test]
    fn urls_are_refused_before_anything_is_sent() {
        for (url, reach, allowed) in [
            ("https://lms.example.edu/keys", NOTHING, true),
            ("https://lms.example.edu:8443/keys", NOTHING, true),
            ("https://8.8.8.8/keys", NOTHING, true),
            ("http://lms.example.edu/keys", NOTHING, false),
            ("http://lms.example.edu/keys", LOOPBACK, false),
            ("http://lms.example.edu/keys", PRIVATE, false),
            ("http://lms.example.edu/keys", HTTP, true),
            ("http://localhost:8100/keys", NOTHING, false),
            ("http://localhost:8100/keys", LOOPBACK, true),
            ("http://lms.localhost:8100/keys", LOOPBACK, true),
            ("http://127.0.0.1:8100/keys", LOOPBACK, true),
            ("http://127.1:8100/keys", LOOPBACK, true),
            ("http://[::1]:8100/keys", LOOPBACK, true),
            ("http://127.0.0.1:8100/keys", HTTP, false),
            ("https://127.0.0.1/keys", NOTHING, false),
            ("https://2130706433/keys", NOTHING, false),
            ("https://0x7f.1/keys", PRIVATE, false),
            ("https://[::ffff:127.0.0.1]/keys", PRIVATE, false),
            ("https://10.0.0.1/keys", NOTHING, false),
            ("https://10.0.0.1/keys", LOOPBACK, false),
            ("https://10.0.0.1/keys", PRIVATE, true),
            ("http://10.0.0.1/keys", PRIVATE, false),
            ("http://10.0.0.1/keys", NetworkAccess { http: true, ..PRIVATE }, true),
            (
                "https://169.254.169.254/keys",
                NetworkAccess { loopback: true, private_network: true, http: true },
                false,
            ),
            ("https://user@lms.example.edu/keys", NOTHING, false),
            ("https://user:word@lms.example.edu/keys", NOTHING, false),
            ("https://lms.example.edu:0/keys", NOTHING, false),
            ("ftp://lms.example.edu/keys", HTTP, false),
            ("file:///etc/hostname", HTTP, false),
            ("data:application/json,{}", HTTP, false),
        ] {
            let outcome = reach.check_url(&Url::parse(url).unwrap());
            assert_eq!(outcome.is_ok(), allowed, "{url} {reach:?}: {outcome:?}");
        }
    }

    #[test]
    fn reach_of_a_registration_follows_its_policy() {
        let policy = PlatformPolicy { allow_private_network: true, ..PlatformPolicy::default() };
        assert_eq!(NetworkAccess::for_registration(&policy, false), PRIVATE);
        assert_eq!(NetworkAccess::for_registration(&PlatformPolicy::default(), true), LOOPBACK);
        assert_eq!(
            NetworkAccess::for_registration(
                &PlatformPolicy { allow_http: true, ..PlatformPolicy::default() },
                false
            ),
            HTTP
        );
        assert_eq!(NetworkAccess::default(), NOTHING);
    }
}
