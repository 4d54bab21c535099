//! Who may speak to us.

use std::net::IpAddr;

/// A range of addresses: `192.0.2.7` or `192.0.2.0/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Net {
    address: IpAddr,
    bits: u8,
}

impl Net {
    /// Reads a range.
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = match text.trim().split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().ok()?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().ok().filter(|it| *it <= all)?,
            None => all,
        };
        Some(Self { address, bits })
    }

    /// One address alone.
    pub fn of(address: IpAddr) -> Self {
        let bits = if address.is_ipv4() { 32 } else { 128 };
        Self { address, bits }
    }

    /// True when an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(it)) => {
                let shift = 32 - u32::from(self.bits);
                shift == 32 || u32::from(net) >> shift == u32::from(it) >> shift
            }
            (IpAddr::V6(net), IpAddr::V6(it)) => {
                let shift = 128 - u32::from(self.bits);
                shift == 128 || u128::from(net) >> shift == u128::from(it) >> shift
            }
            _ => false,
        }
    }
}

/// All that may speak to us: the addresses of trunks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Known(pub Vec<Net>);

impl Known {
    /// True when an address is named by itself, and not by a range: nobody else is mistaken for it.
    pub fn trusts(&self, address: IpAddr) -> bool {
        let single = |it: &&Net| it.bits == if it.address.is_ipv4() { 32 } else { 128 };
        let mut single = self.0.iter().filter(single);
        single.any(|net| net.contains(address))
    }

    /// True when an address belongs to a trunk.
    pub fn knows(&self, address: IpAddr) -> bool {
        self.0.iter().any(|net| net.contains(address))
    }
}

#[cfg(test)]
mod tests {
    use super::{Known, Net};

    #[test]
    fn ranges_hold_what_is_in_them_and_nothing_else() {
        let known = Known(
            ["192.0.2.0/24", "198.51.100.7", "2001:db8::/32"]
                .map(|it| Net::parse(it).unwrap())
                .to_vec(),
        );
        for (address, is) in [
            ("192.0.2.255", true),
            ("192.0.3.0", false),
            ("198.51.100.7", true),
            ("198.51.100.8", false),
            ("2001:db8::1", true),
            ("2001:db9::1", false),
            ("::ffff:192.0.2.1", true),
        ] {
            assert_eq!(known.knows(address.parse().unwrap()), is, "{address}");
        }
        for (address, is) in [("192.0.2.255", false), ("198.51.100.7", true)] {
            assert_eq!(known.trusts(address.parse().unwrap()), is, "{address}");
        }
        for bad in ["", "192.0.2.0/33", "a", "192.0.2.0/-1"] {
            assert_eq!(Net::parse(bad), None, "{bad}");
        }
        assert!(
            Net::parse("0.0.0.0/0")
                .unwrap()
                .contains("203.0.113.9".parse().unwrap())
        );
    }
}
