//! Trouble on the way, told apart: never sent, no answer, an answer cut short.

use super::resolve::Blocked;
use crate::model::action::Nature;
use crate::model::fault::{Fault, FaultKind};
use std::error::Error;
use std::io;
use std::time::Duration;

/// What went wrong with one request, in the client's terms.
pub(super) enum Trouble {
    Client(reqwest::Error),
    TooLarge(usize),
    /// A header of this name has a value that no header may have; nothing was sent.
    BadHeader(String),
    /// The path would be another once it is read as a URL: a segment of dots alone. Nothing was sent.
    BadPath,
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        Self::Client(error)
    }
}

/// The fault for a request that got no whole answer. `host` names the service's host; `what` is method and path.
pub(super) fn fault(
    trouble: &Trouble,
    nature: Nature,
    host: &str,
    what: &str,
    timeout: Duration,
) -> Fault {
    let error = match trouble {
        Trouble::Client(error) => error,
        Trouble::BadHeader(name) => {
            return Fault::new(
                FaultKind::Misconfigured,
                format!(
                    "the header \"{name}\" of {what} to {host} cannot be sent; is there a line break in a token?"
                ),
            );
        }
        Trouble::BadPath => {
            return Fault::new(
                FaultKind::Misconfigured,
                format!(
                    "{what} to {host} is not called: a part of its path is \".\" or \"..\", which would lead elsewhere; look where that value comes from"
                ),
            );
        }
        Trouble::TooLarge(most) => {
            return after_sending(
                nature,
                FaultKind::BadReply,
                format!(
                    "the answer of {host} to {what} has more than {most} bytes and was cut off"
                ),
            );
        }
    };
    if error.is_builder() {
        return Fault::new(
            FaultKind::Misconfigured,
            format!("{what} to {host} is not a request that can be sent; check URL and headers"),
        );
    }
    if error.is_connect() || error.is_dns() {
        return no_connection(error, host);
    }
    let seconds = timeout.as_secs_f64();
    if error.is_timeout() {
        let said = format!("{host} did not finish its answer to {what} within {seconds} s");
        return after_sending(nature, FaultKind::Timeout, said);
    }
    let said = format!("the connection to {host} broke before the answer to {what} was complete");
    after_sending(nature, FaultKind::Unreachable, said)
}

/// Once bytes may have gone out, only a read is known to have had no effect.
fn after_sending(nature: Nature, kind: FaultKind, said: String) -> Fault {
    if nature.mutates() {
        let said = format!("{said}; whether the call took effect is not known");
        Fault::new(FaultKind::Unknown, said)
    } else {
        Fault::new(kind, said)
    }
}

fn no_connection(error: &reqwest::Error, host: &str) -> Fault {
    if let Some(blocked) = find::<Blocked>(error) {
        return Fault::new(
            FaultKind::Misconfigured,
            format!("{host} is not called: {blocked}"),
        );
    }
    let said = if let Some(tls) = find::<rustls::Error>(error) {
        tls_sentence(tls, host)
    } else if error.is_dns() {
        format!("the name {host} does not resolve; check the URL and this machine's DNS")
    } else if error.is_timeout() {
        format!("{host} did not accept a connection in time; check network and firewall")
    } else {
        match find::<io::Error>(error).map(io::Error::kind) {
            Some(io::ErrorKind::ConnectionRefused) => {
                format!("{host} refused the connection; is the service up, and the port right?")
            }
            Some(io::ErrorKind::NetworkUnreachable | io::ErrorKind::HostUnreachable) => {
                format!("there is no route to {host}; check this machine's network")
            }
            Some(io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => {
                format!("{host} closed the connection while it was being made")
            }
            _ => format!("no connection to {host} could be made"),
        }
    };
    Fault::new(FaultKind::Unreachable, said)
}

fn tls_sentence(error: &rustls::Error, host: &str) -> String {
    use rustls::CertificateError as Bad;
    let bad = match error {
        rustls::Error::InvalidCertificate(bad) => bad,
        rustls::Error::InvalidMessage(_) => {
            return format!(
                "what answers at {host} does not speak TLS, perhaps plain http on that port; correct the port in the URL, or turn TLS on there"
            );
        }
        rustls::Error::AlertReceived(alert) => {
            return format!(
                "{host} broke TLS off ({alert:?}); does it take TLS 1.2 or 1.3, and want no client certificate?"
            );
        }
        other => return format!("TLS with {host} failed: {other}"),
    };
    match bad {
        Bad::Expired | Bad::ExpiredContext { .. } => {
            format!(
                "the certificate of {host} has expired; renew it there, or set this machine's clock right"
            )
        }
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            format!(
                "the certificate of {host} is not valid yet; set this machine's clock right, or wait until it is"
            )
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            format!(
                "the certificate of {host} is for another name; write the name that it is for into the URL"
            )
        }
        Bad::UnknownIssuer => format!(
            "the certificate of {host} is from an unknown issuer; if that is your own authority, name its PEM file as `ca` in this connector's section"
        ),
        other => format!("the certificate of {host} is not good: {other}; replace it there"),
    }
}

/// Whether nobody that is trusted vouches for the certificate.
pub(super) fn is_unknown_issuer(trouble: &Trouble) -> bool {
    let Trouble::Client(error) = trouble else {
        return false;
    };
    matches!(
        find::<rustls::Error>(error),
        Some(rustls::Error::InvalidCertificate(
            rustls::CertificateError::UnknownIssuer
        ))
    )
}

/// For a certificate that nobody but itself vouches for.
pub(super) fn self_signed(host: &str) -> String {
    format!(
        "the certificate of {host} is self-signed, so nobody vouches for it; have it signed by an authority, or, if it is yours, name it as `ca` in this connector's section"
    )
}

/// The first error of this type in the chain. Looks into `io::Error`, whose `source` skips what it wraps.
fn find<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    if let Some(found) = error.downcast_ref::<E>() {
        return Some(found);
    }
    let inner = error
        .downcast_ref::<io::Error>()
        .and_then(io::Error::get_ref)
        .and_then(|inner| find::<E>(inner));
    inner.or_else(|| find::<E>(error.source()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::CertificateError;

    #[test]
    fn a_bad_certificate_is_named_for_what_it_is_and_found_inside_other_errors() {
        for (bad, word) in [
            (CertificateError::Expired, "has expired"),
            (CertificateError::NotValidForName, "another name"),
            (CertificateError::UnknownIssuer, "unknown issuer"),
            (CertificateError::NotValidYet, "not valid yet"),
            (CertificateError::Revoked, "not good"),
        ] {
            let inner = io::Error::other(rustls::Error::InvalidCertificate(bad));
            let outer = io::Error::other(inner);
            let found = find::<rustls::Error>(&outer).expect("it is in there");
            let said = tls_sentence(found, "fleet.example.com");
            assert!(
                said.contains(word) && said.contains("fleet.example.com"),
                "{said}"
            );
        }
        assert!(find::<rustls::Error>(&io::Error::other("plain")).is_none());
    }
}
