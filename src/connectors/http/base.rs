//! A service's base URL, and whose hosts it may not be.

use super::resolve;
use super::service::ServiceSettings;
use crate::model::fault::{Fault, FaultKind};
use reqwest::Url;
use std::net::IpAddr;

/// The URL, or what is wrong with it. Never repeats the URL itself: it may hold a password.
pub(super) fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text.trim())
        .map_err(|error| format!("not a URL ({error}); write https://host"))?;
    let host = url.host_str().unwrap_or_default();
    match url.scheme() {
        "https" => {}
        "http" if resolve::is_local_name(host) => {}
        "http" => {
            return Err(format!(
                "plain http to {host} would show the secrets to the network; write https"
            ));
        }
        other => return Err(format!("{other} is not spoken here; write https://host")),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(
            "a user name or password in the URL is not taken; use the connector's own keys".into(),
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("the base URL ends before any ? or #".into());
    }
    Ok(url)
}

/// The addresses written out among the forbidden hosts that this URL's port makes relevant. Fails when the URL's own
/// host is forbidden or its address is one that is never called.
pub(super) fn forbidden_addresses(
    settings: &ServiceSettings,
    url: &Url,
) -> Result<Vec<IpAddr>, Fault> {
    let host = plain_host(url.host_str().unwrap_or_default());
    let port = url.port_or_known_default();
    let mut addresses = Vec::new();
    for entry in &settings.forbidden_hosts {
        let (name, of_port) = split_port(entry);
        if of_port.is_some() && of_port != port {
            continue;
        }
        if plain_host(name) == host {
            return Err(Fault::new(
                FaultKind::Misconfigured,
                format!(
                    "{host} belongs to another configured connector; {} may not call it",
                    settings.name
                ),
            ));
        }
        addresses.extend(resolve::literal(name));
    }
    let refused =
        resolve::literal(&host).and_then(|address| resolve::refuses(&host, address, &addresses));
    match refused {
        Some(why) => Err(Fault::new(
            FaultKind::Misconfigured,
            format!("[connectors.{}] url: {host} is {why}", settings.name),
        )),
        None => Ok(addresses),
    }
}

fn plain_host(host: &str) -> String {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    resolve::literal(&host).map_or(host, |address| address.to_string())
}

fn split_port(entry: &str) -> (&str, Option<u16>) {
    match entry.rsplit_once(':') {
        Some((name, port)) if !name.contains(':') || name.ends_with(']') => port
            .parse()
            .map_or((entry, None), |port| (name, Some(port))),
        _ => (entry, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::clock::Clock;

    #[test]
    fn a_base_url_is_https_or_local_and_holds_no_secret() {
        for (url, fine) in [
            ("https://fleet.example.com", true),
            ("https://fleet.example.com/sub/", true),
            ("http://127.0.0.1:8480", true),
            ("http://localhost:8480", true),
            ("http://[::1]:8480", true),
            ("http://fleet.example.com", false),
            ("ftp://fleet.example.com", false),
            ("https://anna:hunter22@fleet.example.com", false),
            ("https://fleet.example.com/?token=hunter22", false),
            ("fleet.example.com", false),
        ] {
            let read = base_url(url);
            assert_eq!(read.is_ok(), fine, "{url}: {read:?}");
            assert!(!format!("{:?}", read.err()).contains("hunter22"));
        }
    }

    #[test]
    fn a_host_of_another_connector_is_not_a_base_url() {
        for (url, forbidden, fine) in [
            ("https://Fleet.Example.com.", "fleet.example.com", false),
            ("https://fleet.example.com:8443", "fleet.example.com", false),
            ("http://127.0.0.1:81", "127.0.0.1:80", true),
            ("http://127.0.0.1:80", "127.0.0.1:80", false),
            ("http://[::ffff:127.0.0.1]:80", "127.0.0.1:80", false),
            ("https://169.254.169.254", "other.example.com", false),
            ("https://tickets.example.com", "fleet.example.com", true),
        ] {
            let settings = ServiceSettings {
                forbidden_hosts: vec![forbidden.to_owned()],
                ..ServiceSettings::new("http", url, Clock::system())
            };
            let url = Url::parse(url).unwrap();
            assert_eq!(
                forbidden_addresses(&settings, &url).is_ok(),
                fine,
                "{url} {forbidden}"
            );
        }
    }
}
