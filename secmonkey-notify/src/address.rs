//! Which addresses the internet reaches.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What an address is, where it is none of the internet: "loopback", "private" ...
///
/// Addresses that hold an IPv4 address are what that is.
pub(crate) fn special(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => special_v4(address),
        IpAddr::V6(address) => special_v6(address),
    }
}

fn special_v4(address: Ipv4Addr) -> Option<&'static str> {
    Some(match address.octets() {
        [0, ..] => "no address",
        [127, ..] => "loopback",
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => "private",
        // The latter is where the machines of one cloud find its services.
        [169, 254, ..] | [168, 63, 129, 16] => "link-local",
        [100, 64..=127, ..] => "shared by carriers",
        [224..=239, ..] => "multicast",
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => "for documentation",
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] | [240..=255, ..] => "reserved",
        _ => return None,
    })
}

fn special_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        special_v4(Ipv4Addr::new(a, b, c, d))
    };
    match segments {
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("no address"),
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        // IPv4 as IPv6, and through translators and tunnels.
        [0, 0, 0, 0, 0, 0xffff, high, low]
        | [0x64, 0xff9b, 0, 0, 0, 0, high, low]
        | [0x2002, high, low, ..] => embedded(high, low),
        [0xfc00..=0xfdff | 0xfec0..=0xfeff, ..] => Some("private"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => Some("for documentation"),
        [0x2001, 0..=0x1ff, ..] => Some("reserved"),
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_internet_reaches_is_nothing_special() {
        for (what, addresses) in [
            ("loopback", "127.0.0.1 127.255.255.254 ::1 ::ffff:127.0.0.1 64:ff9b::7f00:1"),
            (
                "private",
                "10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 fd00:ec2::254 fc00::1 \
                 ::ffff:10.1.2.3 2002:a00:1::1 fec0::1 64:ff9b::a00:1",
            ),
            (
                "link-local",
                "169.254.169.254 ::ffff:169.254.169.254 fe80::1 168.63.129.16 64:ff9b::a9fe:a9fe",
            ),
            ("shared by carriers", "100.64.0.1 100.127.255.255 100.100.100.200"),
            ("multicast", "224.0.0.1 239.255.255.255 ff02::1"),
            ("for documentation", "192.0.2.1 198.51.100.7 203.0.113.9 2001:db8::1 3fff::1"),
            (
                "reserved",
                "192.0.0.1 198.18.0.1 240.0.0.1 255.255.255.255 2001::1 2001:10::1 ::2 100::1 \
                 64:ff9b:1::1 ::7f00:1 4000::1",
            ),
            ("no address", "0.0.0.0 0.1.2.3 ::"),
        ] {
            for address in addresses.split_whitespace() {
                assert_eq!(special(address.parse().unwrap()), Some(what), "{address}");
            }
        }
        for address in "1.1.1.1 9.255.255.255 172.15.0.1 172.32.0.1 100.63.0.1 100.128.0.1 \
                        168.63.129.17 192.0.1.1 198.20.0.1 2606:4700:4700::1111 2a00:1450::1 \
                        2001:4860:4860::8888 64:ff9b::808:808 ::ffff:8.8.8.8 2002:808:808::1"
            .split_whitespace()
        {
            assert_eq!(special(address.parse().unwrap()), None, "{address}");
        }
    }
}
