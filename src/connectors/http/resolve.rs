//! Which addresses a connection may be made to. Checked where names become addresses, so that a name that changes its
//! mind between check and use cannot get past (`reliability.md` H4).

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A name whose address is not allowed.
#[derive(Debug, thiserror::Error)]
#[error("{name} resolves to {address}, {why}")]
pub(super) struct Blocked {
    pub(super) name: String,
    pub(super) address: IpAddr,
    pub(super) why: &'static str,
}

/// Looks names up with the system's resolver, each time afresh, and lets only allowed addresses through.
pub(super) struct Checked {
    pub(super) forbidden: Vec<IpAddr>,
}

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let forbidden = self.forbidden.clone();
        Box::pin(async move {
            let name = name.as_str().to_owned();
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in found.iter().map(SocketAddr::ip) {
                if let Some(why) = refuses(&name, address, &forbidden) {
                    return Err(Blocked { name, address, why }.into());
                }
            }
            let found: Addrs = Box::new(found.into_iter());
            Ok(found)
        })
    }
}

/// Why this address is not allowed for this name, if it is not.
pub fn refuses(name: &str, address: IpAddr, forbidden: &[IpAddr]) -> Option<&'static str> {
    let address = address.to_canonical();
    if forbidden.contains(&address) {
        return Some("which belongs to another configured connector");
    }
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local() || v4 == Ipv4Addr::new(100, 100, 100, 200),
        IpAddr::V6(v6) => v6.is_unicast_link_local() || is_metadata(v6),
    };
    if link_local {
        return Some("a link-local or cloud metadata address, which is never called");
    }
    if address.is_unspecified() || address.is_multicast() || is_broadcast(address) {
        return Some("which is no host's address");
    }
    (address.is_loopback() && !is_local_name(name))
        .then_some("this machine itself; only localhost may be that")
}

fn is_metadata(v6: std::net::Ipv6Addr) -> bool {
    v6.segments() == [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]
}

fn is_broadcast(address: IpAddr) -> bool {
    matches!(address, IpAddr::V4(v4) if v4.is_broadcast())
}

/// Names that may mean this machine: `localhost`, and addresses written out.
pub(super) fn is_local_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name == "localhost"
        || name.ends_with(".localhost")
        || literal(&name).is_some_and(|address| address.is_loopback())
}

/// The address that a URL's host writes out, if it does.
pub(super) fn literal(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>()
        .ok()
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_and_rebound_names_are_refused_however_they_are_written() {
        for (name, address, refused) in [
            ("tickets.example.com", "93.184.216.34", false),
            ("tickets.example.com", "10.1.2.3", false),
            ("tickets.example.com", "127.0.0.1", true),
            ("localhost", "127.0.0.1", false),
            ("localhost", "::1", false),
            ("tickets.example.com", "169.254.169.254", true),
            ("tickets.example.com", "::ffff:169.254.169.254", true),
            ("tickets.example.com", "fd00:ec2::254", true),
            ("tickets.example.com", "fe80::1", true),
            ("tickets.example.com", "0.0.0.0", true),
            ("tickets.example.com", "192.0.2.7", true),
        ] {
            let forbidden = ["192.0.2.7".parse().unwrap()];
            let found = refuses(name, address.parse().unwrap(), &forbidden);
            assert_eq!(found.is_some(), refused, "{name} {address}: {found:?}");
        }
    }
}
