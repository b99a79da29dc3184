//! Where to connect, and under which name.

use super::connector::Endpoint;
use crate::connectors::http::refuses;
use crate::connectors::input::Input;
use crate::model::fault::{Fault, FaultKind};
use std::io;
use std::net::{IpAddr, SocketAddr};
use tokio::net::TcpStream;
use tokio::time::timeout;

const HTTPS: u16 = 443;

/// A name, and the addresses that may answer for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub name: String,
    /// Never empty.
    pub addresses: Vec<SocketAddr>,
}

pub(super) fn wrong(what: String) -> Fault {
    Fault::new(FaultKind::Misconfigured, what)
}

/// Compared without case and last dot.
fn same(name: &str) -> String {
    name.trim().trim_end_matches('.').to_ascii_lowercase()
}

/// `192.0.2.7`, `192.0.2.7:8443`, `[2001:db8::1]:8443`.
fn parse(text: &str) -> Option<(IpAddr, Option<u16>)> {
    let text = text.trim();
    if let Ok(address) = text.parse::<SocketAddr>() {
        return Some((address.ip(), Some(address.port())));
    }
    let bare = text.trim_matches(['[', ']']);
    Some((bare.parse().ok()?, None))
}

impl Endpoint {
    /// The name of the input, in the one form that is compared; a fault when the configuration does not list it.
    pub(super) fn listed(&self, name: &str) -> Result<String, Fault> {
        let name = same(name);
        if self.hosts.iter().any(|host| same(host) == name) {
            return Ok(name);
        }
        Err(wrong(format!(
            "{} is not asked about: it is not among hosts of [connectors.endpoint]; add it there, or correct the step",
            crate::model::text::clean_short(&name, 120)
        )))
    }

    /// The place the inputs `address` and `port` mean for a name.
    pub(super) async fn place(&self, name: &str, input: Input<'_>) -> Result<Place, Fault> {
        let port = match input.integer_or_none("port") {
            None => HTTPS,
            Some(port) => u16::try_from(port)
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong(format!("{port} is no port; correct the step's `with`")))?,
        };
        self.place_at(name, input.text_or_none("address"), port)
            .await
    }

    /// The place of a name: at this address, or wherever the name leads now.
    pub(super) async fn place_at(
        &self,
        name: &str,
        address: Option<&str>,
        port: u16,
    ) -> Result<Place, Fault> {
        let name = self.listed(name)?;
        let Some(text) = address else {
            let addresses = self.resolved(&name, port).await?;
            return Ok(Place { name, addresses });
        };
        let (address, of_its_own) = parse(text).ok_or_else(|| {
            wrong(format!(
                "\"{}\" is no address such as 192.0.2.7 or 192.0.2.7:8443; correct it in the settings",
                crate::model::text::clean_short(text, 60)
            ))
        })?;
        // Whoever writes an address out may mean this machine.
        if let Some(why) = refuses("localhost", address, &[]) {
            return Err(wrong(format!("{address} is not called: it is {why}")));
        }
        let addresses = vec![SocketAddr::new(address, of_its_own.unwrap_or(port))];
        Ok(Place { name, addresses })
    }

    async fn resolved(&self, name: &str, port: u16) -> Result<Vec<SocketAddr>, Fault> {
        let looked = tokio::net::lookup_host((name, port));
        let unknown = |why: &str| {
            Fault::new(
                FaultKind::Unreachable,
                format!(
                    "the name {name} does not resolve on this machine{why}; look at its DNS entry, or name an address"
                ),
            )
        };
        let found: Vec<SocketAddr> = match timeout(self.timeout, looked).await {
            Ok(Ok(found)) => found.collect(),
            Ok(Err(_)) => return Err(unknown("")),
            Err(_) => return Err(unknown(" in time")),
        };
        for address in &found {
            if let Some(why) = refuses(name, address.ip(), &[]) {
                let at = address.ip();
                return Err(wrong(format!(
                    "{name} is not called: it resolves to {at}, {why}"
                )));
            }
        }
        if found.is_empty() {
            return Err(unknown(""));
        }
        Ok(found)
    }

    /// Connects to the first of its addresses that lets us.
    pub(super) async fn connect(&self, place: &Place) -> Result<(TcpStream, SocketAddr), Fault> {
        let mut last = None;
        for address in &place.addresses {
            match timeout(self.timeout, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => return Ok((stream, *address)),
                Ok(Err(error)) => last = Some(no_connection(&place.name, *address, &error)),
                Err(_) => {
                    let seconds = self.timeout.as_secs_f64();
                    last = Some(Fault::new(
                        FaultKind::Timeout,
                        format!(
                            "{address} did not accept a connection for {} within {seconds} s; look at network and firewall, and whether the endpoint is up there",
                            place.name
                        ),
                    ));
                }
            }
        }
        Err(last.unwrap_or_else(|| wrong(format!("{} has no address", place.name))))
    }
}

fn no_connection(name: &str, address: SocketAddr, error: &io::Error) -> Fault {
    let said = match error.kind() {
        io::ErrorKind::ConnectionRefused => {
            format!(
                "{address} refused the connection for {name}; look whether the endpoint is up there, and the port right"
            )
        }
        io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable => {
            format!("there is no route to {address} for {name}; look at this machine's network")
        }
        _ => format!(
            "no connection to {address} for {name} could be made; look at network and firewall"
        ),
    };
    Fault::new(FaultKind::Unreachable, said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_an_ip_with_or_without_a_port() {
        let ip: IpAddr = "192.0.2.7".parse().unwrap();
        let v6: IpAddr = "2001:db8::1".parse().unwrap();
        for (text, expected) in [
            ("192.0.2.7", Some((ip, None))),
            (" 192.0.2.7:8443", Some((ip, Some(8443)))),
            ("2001:db8::1", Some((v6, None))),
            ("[2001:db8::1]", Some((v6, None))),
            ("[2001:db8::1]:443", Some((v6, Some(443)))),
            ("mdm.example.com", None),
            ("192.0.2.7:http", None),
            ("", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
