//! The certificate that is shown for a name.

use super::certificate::Certificate;
use super::connector::Endpoint;
use super::place::Place;
use crate::connectors::http::{Shown, look};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use rustls::{AlertDescription, CertificateError, Error};
use serde_json::{Value as Json, json};
use std::io;
use std::net::SocketAddr;
use tokio::time::timeout;

/// What came of a look.
pub(super) struct Seen {
    pub address: SocketAddr,
    pub certificate: Option<Certificate>,
    /// Why it is not valid; none when it is.
    pub why: Option<String>,
}

impl Endpoint {
    /// Shakes hands with the place. A fault only when there was nothing to judge.
    pub(super) async fn seen(&self, place: &Place) -> Result<Seen, Fault> {
        let (stream, address) = self.connect(place).await?;
        let name = &place.name;
        let now = self.clock.now();
        let looked = timeout(self.timeout, look(stream, name, &self.judge, now)).await;
        let shown = looked.map_err(|_| {
            let seconds = self.timeout.as_secs_f64();
            Fault::new(
                FaultKind::Timeout,
                format!(
                    "{address} did not finish a TLS handshake for {name} within {seconds} s; look whether it is a TLS endpoint, and under load"
                ),
            )
        })?;
        let certificate = shown.certificate.as_deref().map(|der| {
            Certificate::read(der).ok_or_else(|| {
                Fault::new(
                    FaultKind::BadReply,
                    format!("{address} showed a certificate for {name} that cannot be read; replace it there"),
                )
            })
        });
        let certificate = certificate.transpose()?;
        let why = judged(&shown, certificate.as_ref(), name, address, now)?;
        Ok(Seen {
            address,
            certificate,
            why,
        })
    }
}

/// Why it is not valid, as a sentence; a fault when the handshake failed of something else.
fn judged(
    shown: &Shown,
    certificate: Option<&Certificate>,
    name: &str,
    address: SocketAddr,
    now: Time,
) -> Result<Option<String>, Fault> {
    let Err(error) = &shown.verdict else {
        return Ok(None);
    };
    match (shown.refusal(), certificate) {
        (Some(Error::InvalidCertificate(bad)), Some(certificate)) => {
            Ok(Some(sentence(bad, certificate, name, now)))
        }
        (Some(Error::AlertReceived(AlertDescription::UnrecognisedName)), _) => Ok(Some(format!(
            "{address} has no certificate for {name}; install one there"
        ))),
        (refusal, _) => Err(trouble(refusal, error, name, address)),
    }
}

/// Short enough for a line of a list; what to do about it is the check's own advice.
fn sentence(bad: &CertificateError, shown: &Certificate, name: &str, now: Time) -> String {
    use CertificateError as Bad;
    let day = |at: Time| at.to_chrono().format("%Y-%m-%d").to_string();
    match bad {
        Bad::Expired | Bad::ExpiredContext { .. } if shown.not_after <= now => {
            format!("it ended {}", day(shown.not_after))
        }
        Bad::Expired | Bad::ExpiredContext { .. } => {
            format!(
                "a certificate of its chain has ended; it is signed by {}",
                shown.issuer
            )
        }
        Bad::NotValidYet | Bad::NotValidYetContext { .. } => {
            format!("it begins only {}", day(shown.not_before))
        }
        Bad::NotValidForName | Bad::NotValidForNameContext { .. } => {
            format!(
                "the certificate is for {}, not for {name}",
                shown.for_whom()
            )
        }
        Bad::UnknownIssuer if shown.is_self_issued() => {
            format!(
                "it is self-signed, so nobody vouches for it: {}",
                shown.subject
            )
        }
        Bad::UnknownIssuer => {
            format!(
                "signed by a CA this machine does not trust: {}",
                shown.issuer
            )
        }
        other => format!("it is not good: {other}"),
    }
}

fn trouble(refusal: Option<&Error>, error: &io::Error, name: &str, address: SocketAddr) -> Fault {
    match (refusal, error.kind()) {
        (Some(Error::InvalidMessage(_)), _) => Fault::new(
            FaultKind::BadReply,
            format!(
                "what answers at {address} does not speak TLS, perhaps plain http on that port; correct the port, or turn TLS on there"
            ),
        ),
        (Some(Error::AlertReceived(alert)), _) => Fault::new(
            FaultKind::Unreachable,
            format!(
                "{address} broke TLS off for {name} ({alert:?}); look whether it takes TLS 1.2 or 1.3, and wants no client certificate"
            ),
        ),
        (Some(other), _) => Fault::new(
            FaultKind::BadReply,
            format!(
                "TLS with {address} for {name} failed: {other}; look at the endpoint's TLS settings"
            ),
        ),
        (None, io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset) => Fault::new(
            FaultKind::Unreachable,
            format!(
                "{address} closed the connection in the TLS handshake for {name}; look whether it is a TLS endpoint that knows the name"
            ),
        ),
        (None, _) => Fault::new(
            FaultKind::Unreachable,
            format!(
                "the TLS handshake with {address} for {name} broke off; look at the endpoint's log"
            ),
        ),
    }
}

/// Whole days, rounded down: a certificate that ends in an hour has 0 left, one that ended an hour ago has −1.
fn days_between(now: Time, end: Time) -> i64 {
    (end.millis() - now.millis()).div_euclid(Span::from_hours(24).millis())
}

impl Seen {
    pub fn told(&self, now: Time) -> Json {
        let shown = self.certificate.as_ref();
        json!({
            "valid": self.why.is_none(),
            "why": self.why,
            "not_after": shown.map(|shown| shown.not_after),
            "days_left": shown.map(|shown| days_between(now, shown.not_after)),
            "issuer": shown.map(|shown| &shown.issuer),
            "names": shown.map(|shown| shown.names.as_slice()).unwrap_or_default(),
            "fingerprint": shown.map(|shown| &shown.fingerprint),
            "address": self.address.to_string(),
        })
    }

    /// For the history.
    pub fn sentence(&self) -> String {
        let until = self.certificate.as_ref().map(|shown| shown.not_after);
        match (&self.why, until) {
            (Some(why), _) => format!("not valid: {why}"),
            (None, Some(until)) => format!("valid until {until}"),
            (None, None) => "valid".to_owned(),
        }
    }
}
