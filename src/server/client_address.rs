//! The address that requests are counted against.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{Extensions, HeaderMap, HeaderName};

use crate::web::header::{forwarded_address, text};

/// The client's address, as an extension of the request.
#[derive(Clone, Copy)]
pub(super) struct ClientAddress(pub(super) Option<IpAddr>);

/// The address of a request that has passed the gate; `None` if it is not counted.
pub(super) fn of_request(extensions: &Extensions) -> Option<IpAddr> {
    extensions.get::<ClientAddress>().and_then(|address| address.0)
}

/// The peer, or the last address in the trusted proxy's header. With IPv6 it is the network,
/// because one machine has all of its addresses. `None` if the peer is this machine and no header
/// is trusted.
pub(super) fn find(
    peer: IpAddr,
    trusted: Option<&HeaderName>,
    headers: &HeaderMap,
) -> Option<IpAddr> {
    let address = match trusted {
        None if peer.to_canonical().is_loopback() => return None,
        None => peer,
        Some(name) => forwarded(headers, name).unwrap_or(peer),
    };
    Some(network(address))
}

/// What counts as one client: an IPv4 address, or a /64 of IPv6.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & (!0 << 64))),
        address => address,
    }
}

/// The client's address by the last of a proxy's headers.
fn forwarded(headers: &HeaderMap, name: &HeaderName) -> Option<IpAddr> {
    forwarded_address(&text(headers.get_all(name).iter().next_back()?.as_bytes()))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn client_address_comes_from_the_trusted_proxy() {
        let name = HeaderName::from_static("x-forwarded-for");
        for (peer, header, expected) in [
            ("127.0.0.1", None, None),
            ("::1", None, None),
            ("::ffff:127.0.0.1", None, None),
            ("192.0.2.1", None, Some("192.0.2.1")),
            ("::ffff:192.0.2.1", None, Some("192.0.2.1")),
            ("2001:db8:1:2:3:4:5:6", None, Some("2001:db8:1:2::")),
            ("127.0.0.1", Some("192.0.2.9, 192.0.2.2"), Some("192.0.2.2")),
            ("127.0.0.1", Some("192.0.2.2:8080"), Some("192.0.2.2")),
            ("127.0.0.1", Some("[2001:db8::1]:443"), Some("2001:db8::")),
            ("127.0.0.1", Some("[2001:db8::1]"), Some("2001:db8::")),
            ("127.0.0.1", Some("unknown"), Some("127.0.0.1")),
            ("192.0.2.1", Some(""), Some("192.0.2.1")),
            ("127.0.0.1", Some("Zürich, 192.0.2.2"), Some("192.0.2.2")),
        ] {
            let mut headers = HeaderMap::new();
            headers.append(&name, HeaderValue::from_static("198.51.100.1"));
            let to_value = |value: &str| HeaderValue::from_bytes(value.as_bytes()).unwrap();
            headers.extend(header.map(|value| (name.clone(), to_value(value))));
            let mut with_header = headers.clone();
            if let Some(value) = header {
                with_header.append(&name, to_value(value));
            }
            let client = find(peer.parse().unwrap(), header.map(|_| &name), &with_header);
            assert_eq!(
                client,
                expected.map(|address| address.parse().unwrap()),
                "{peer} {header:?}"
            );
        }
    }
}
