//! `[listen]`.

use super::section::Section;
use super::settings::{Listen, Tls};
use crate::model::payload::LARGEST_BODY;
use std::net::{Ipv4Addr, SocketAddr};

impl Default for Listen {
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 8480)),
            token: None,
            previous_token: None,
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

fn tls(section: &Section<'_>) -> Option<Tls> {
    let cert = section.require("cert", section.path("cert"), "\"cert.pem\"");
    let key = section.require("key", section.path("key"), "\"key.pem\"");
    section.finish(&[]);
    Some(Tls {
        cert: cert?,
        key: key?,
    })
}
