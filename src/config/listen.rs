//! `[listen]`.

use super::section::Section;
use super::settings::{Listen, Tls};
use crate::model::payload::LARGEST_BODY;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            token: None,
            previous_token: None,
            allow: Vec::new(),
            tls: None,
            max_body: LARGEST_BODY,
        }
    }
}

pub(super) fn read(section: &Section<'_>) -> Listen {
    let default = Listen::default();
    let address = section.parsed("address", |text| {
        text.parse::<SocketAddr>().map_err(|_| {
            format!("\"{text}\" is not an address with a port such as 127.0.0.1:8480 or [::1]:8480")
        })
    });
    let listen = Listen {
        address: address.unwrap_or(default.address),
        token: section.secret("token"),
        previous_token: section.secret("previous_token"),
        allow: networks(section),
        tls: tls(&section.section("tls")),
        max_body: section
            .whole("max_body", 1024, LARGEST_BODY as u64)
            .map_or(default.max_body, |bytes| bytes as usize),
    };
    if !listen.address.ip().is_loopback() && section.span_of("token").is_none() {
        section.report(
            "address",
            format!(
                "{} can be reached from other machines, so hooks need a token: write token = {{ env = \"DROVER_HOOK_TOKEN\" }}",
                listen.address
            ),
        );
    }
    section.finish(&[]);
    listen
}

/// Networks such as 203.0.113.0/24; an address alone is a network of one.
fn networks(section: &Section<'_>) -> Vec<IpNet> {
    let texts = section.texts("allow").unwrap_or_default();
    let read = |text: &String| {
        let text = text.trim();
        let one = || text.parse::<IpAddr>().map(IpNet::from);
        let net = text.parse::<IpNet>().or_else(|_| one());
        if net.is_err() {
            let told = format!("\"{text}\" is no network such as 203.0.113.0/24 or 2001:db8::/32");
            section.report("allow", told);
        }
        net.ok()
    };
    texts.iter().filter_map(read).collect()
}

fn tls(section: &Section<'_>) -> Option<Tls> {
    let cert = section.require("cert", section.path("cert"), "\"cert.pem\"");
    let key = section.require("key", section.path("key"), "\"key.pem\"");
    section.finish(&[]);
    Some(Tls {
        cert: cert?,
        key: key?,
    })
}

#[cfg(test)]
mod tests {
    use crate::config::parse;
    use std::net::IpAddr;
    use std::path::Path;

    #[test]
    fn networks_are_read_and_what_is_none_is_named() {
        let read = |text: &str| parse(text, Path::new("drover.toml"));
        let config = read(r#"listen.allow = ["203.0.113.0/24", "2001:db8::/32", "192.0.2.7"]"#);
        let allow = config.unwrap().listen.allow;
        let inside = |ip: &str| {
            allow
                .iter()
                .any(|net| net.contains(&ip.parse::<IpAddr>().unwrap()))
        };
        assert!(inside("203.0.113.9") && inside("2001:db8::1") && inside("192.0.2.7"));
        assert!(!inside("192.0.2.8") && !inside("2001:db9::1"));
        let why = read(r#"listen.allow = ["203.0.113.0/33"]"#).unwrap_err();
        assert!(why.to_string().contains("203.0.113.0/33"), "{why}");
    }
}
