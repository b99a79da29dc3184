//! A look at a certificate that was refused, for the sentence that says why. The connection made here is never used:
//! its verifier refuses every certificate, so no byte of a request can follow.

use super::resolve::refuses;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Real time for the whole look.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the service shows a certificate that only vouches for itself. False also when it cannot be seen.
pub(super) async fn vouches_for_itself(host: &str, port: u16) -> bool {
    let seen = timeout(PATIENCE, leaf(host, port)).await;
    seen.ok().flatten().is_some_and(|der| is_self_issued(&der))
}

async fn leaf(host: &str, port: u16) -> Option<Vec<u8>> {
    let bare = host.trim_matches(['[', ']']);
    let mut addresses = tokio::net::lookup_host((bare, port)).await.ok()?;
    let address = addresses.find(|address| refuses(bare, address.ip(), &[]).is_none())?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let looker = Arc::new(Looker {
        provider: provider.clone(),
        seen: Mutex::default(),
    });
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .ok()?
        .dangerous()
        .with_custom_certificate_verifier(looker.clone())
        .with_no_client_auth();
    let name = ServerName::try_from(bare.to_owned()).ok()?;
    let stream = TcpStream::connect(address).await.ok()?;
    let shaken = tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    drop(shaken);
    let mut seen = looker.seen.lock().unwrap_or_else(PoisonError::into_inner);
    seen.take()
}

/// Remembers the certificate and refuses it.
#[derive(Debug)]
struct Looker {
    provider: Arc<CryptoProvider>,
    seen: Mutex<Option<Vec<u8>>>,
}

fn refused() -> Error {
    Error::General("only looked at".into())
}

impl ServerCertVerifier for Looker {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(leaf.to_vec());
        Err(refused())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refused())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        Err(refused())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

/// Whether issuer and subject are the same name (RFC 5280 §4.1): serial, algorithm, issuer, validity, subject.
fn is_self_issued(certificate: &[u8]) -> bool {
    let names = || {
        let (whole, _) = inside(certificate)?;
        let (mut rest, _) = inside(whole)?;
        // The version is written only when it is not the first.
        if rest.first() == Some(&0xa0) {
            rest = inside(rest)?.1;
        }
        for _ in 0..2 {
            rest = inside(rest)?.1;
        }
        let (issuer, rest) = inside(rest)?;
        let (_, rest) = inside(rest)?;
        Some((issuer, inside(rest)?.0))
    };
    names().is_some_and(|(issuer, subject)| issuer == subject)
}

/// The contents of the first DER element, and what follows it.
fn inside(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&first, rest) = der.get(1..)?.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        let length = bytes.iter().try_fold(0_usize, |sum, byte| {
            sum.checked_mul(256)?.checked_add(usize::from(*byte))
        })?;
        (length, rest)
    };
    rest.split_at_checked(length)
}
