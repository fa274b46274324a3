//! Kinds of IP addresses, which decide whether to connect.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The kind of an address (IANA special-purpose address registries, RFC 6890 and its
/// successors).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressKind {
    /// Public.
    Public,
    /// A private network: RFC 1918, carrier-grade NAT, unique local IPv6.
    Private,
    /// This machine.
    Loopback,
    /// An address that no platform has: link-local with the cloud's metadata service, multicast,
    /// documentation, unassigned …
    Never,
}

impl AddressKind {
    /// The kind of `address`; an IPv6 address that contains an IPv4 address counts as the latter.
    pub(super) fn of(address: IpAddr) -> Self {
        match address {
            IpAddr::V4(address) => Self::of_v4(address),
            IpAddr::V6(address) => Self::of_v6(address),
        }
    }

    fn of_v4(address: Ipv4Addr) -> Self {
        match address.octets() {
            // A cloud's metadata service, inside the range of carrier-grade NAT.
            [100, 100, 100, 200] => Self::Never,
            [127, ..] => Self::Loopback,
            [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Self::Private,
            [0, ..] | [169, 254, ..] | [224..=255, ..] => Self::Never,
            // Protocol assignments, documentation, 6to4 relays, benchmarking.
            [192, 0, 0 | 2, _]
            | [198, 51, 100, _]
            | [203, 0, 113, _]
            | [192, 88, 99, _]
            | [198, 18..=19, ..] => Self::Never,
            _ => Self::Public,
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        if let Some(mapped) = address.to_ipv4_mapped() {
            return Self::of_v4(mapped);
        }
        match address.segments() {
            [0, 0, 0, 0, 0, 0, 0, 1] => Self::Loopback,
            // A cloud's IPv6 metadata service, inside the unique local range.
            [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] => Self::Never,
            [0xfc00..=0xfdff, ..] => Self::Private,
            // NAT64 and 6to4 addresses contain an IPv4 address, which must be public.
            [0x0064, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => {
                Self::public_or_never(high, low)
            }
            // Protocol assignments with Teredo, documentation.
            [0x2001, 0..=0x01ff, ..] | [0x2001, 0x0db8, ..] | [0x3fff, 0..=0x0fff, ..] => {
                Self::Never
            }
            [0x2000..=0x3fff, ..] => Self::Public,
            _ => Self::Never,
        }
    }

    fn public_or_never(high: u16, low: u16) -> Self {
        let inner = Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low));
        if Self::of_v4(inner) == Self::Public { Self::Public } else { Self::Never }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &[&str] = &[
        "8.8.8.8",
        "193.0.6.139",
        "9.255.255.255",
        "11.0.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "192.0.1.1",
        "198.17.255.255",
        "223.255.255.255",
        "2606:4700:4700::1111",
        "2001:4860:4860::8888",
        "::ffff:8.8.8.8",
        "64:ff9b::8.8.8.8",
        "2002:0808:0808::1",
    ];

    const PRIVATE: &[&str] = &[
        "10.0.0.1",
        "10.255.255.255",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "100.127.255.255",
        "fc00::1",
        "fd12:3456:789a::1",
        "::ffff:10.0.0.1",
    ];

    const LOOPBACK: &[&str] = &["127.0.0.1", "127.255.255.254", "::1", "::ffff:127.0.0.1"];

    const NEVER: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "169.254.169.254",
        "100.100.100.200",
        "192.0.0.192",
        "192.0.2.7",
        "192.88.99.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::8.8.8.8",
        "::ffff:169.254.169.254",
        "64:ff9b::10.0.0.1",
        "64:ff9b::127.0.0.1",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::8.8.8.8",
        "2002:0a00:0001::1",
        "2002:7f00:0001::1",
        "2002:a9fe:a9fe::1",
        "2001::1",
        "2001:db8::1",
        "3fff::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "100::1",
        "fd00:ec2::254",
    ];

    #[test]
    fn kinds_match_the_iana_registries() {
        for (addresses, expected) in [
            (PUBLIC, AddressKind::Public),
            (PRIVATE, AddressKind::Private),
            (LOOPBACK, AddressKind::Loopback),
            (NEVER, AddressKind::Never),
        ] {
            for text in addresses {
                assert_eq!(AddressKind::of(text.parse().unwrap()), expected, "{text}");
            }
        }
    }
}
