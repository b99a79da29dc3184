//! A look at a certificate: at one that was refused, for the sentence that says why, and at whatever an address shows for a
//! name. A connection made here is never used: nothing is sent but the handshake.

use super::resolve::refuses;
use crate::model::clock::real_now;
use crate::model::time::Time;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::time_provider::TimeProvider;
use rustls::{DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Real time for the whole look.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the service shows a certificate that only vouches for itself. False also when it cannot be seen.
pub(super) async fn vouches_for_itself(host: &str, port: u16, at: Option<IpAddr>) -> bool {
    let seen = timeout(PATIENCE, leaf(host, port, at)).await;
    seen.ok().flatten().is_some_and(|der| is_self_issued(&der))
}

async fn leaf(host: &str, port: u16, at: Option<IpAddr>) -> Option<Vec<u8>> {
    let bare = host.trim_matches(['[', ']']);
    let address = if let Some(address) = at {
        SocketAddr::new(address, port)
    } else {
        let mut addresses = tokio::net::lookup_host((bare, port)).await.ok()?;
        addresses.find(|address| refuses(bare, address.ip(), &[]).is_none())?
    };
    let stream = TcpStream::connect(address).await.ok()?;
    // Who is trusted does not matter for a look at the names.
    let judge = Judge(Arc::new(Nobody(rustls::crypto::ring::default_provider())));
    let shown = look(stream, bare, &judge, real_now()).await;
    shown.certificate
}

/// Who says whether a certificate is good.
pub struct Judge(Arc<dyn ServerCertVerifier>);

impl Judge {
    /// As every connector judges: by the system's authorities, and those of this PEM. The error says why it cannot be.
    pub fn new(extra_ca: Option<&[u8]>) -> Result<Self, String> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let extra = extra_ca.map(|pem| {
            CertificateDer::pem_slice_iter(pem)
                .collect::<Result<Vec<_>, _>>()
                .ok()
                .filter(|found| !found.is_empty())
                .ok_or_else(|| "ca holds no PEM certificate".to_owned())
        });
        let extra = extra.transpose()?.unwrap_or_default();
        let judge = Verifier::new_with_extra_roots(extra, provider)
            .map_err(|error| format!("certificates cannot be judged: {error}"))?;
        Ok(Self(Arc::new(judge)))
    }
}

/// What a handshake showed.
#[derive(Debug)]
pub struct Shown {
    /// The server's own certificate, as DER; none when it came to none.
    pub certificate: Option<Vec<u8>>,
    /// Whether it is good for the name, and the server holds its key.
    pub verdict: io::Result<()>,
}

impl Shown {
    /// What TLS itself says of it, where the trouble is of TLS.
    pub fn refusal(&self) -> Option<&Error> {
        self.verdict.as_ref().err()?.get_ref()?.downcast_ref()
    }
}

/// Shakes hands under this name and tells what was shown, as it stands at `now`.
pub async fn look(stream: TcpStream, name: &str, judge: &Judge, now: Time) -> Shown {
    let witness = Arc::new(Witness {
        judge: judge.0.clone(),
        seen: Mutex::default(),
    });
    let shaken = shake(stream, name, witness.clone(), now).await;
    let mut seen = witness.seen.lock().unwrap_or_else(PoisonError::into_inner);
    Shown {
        certificate: seen.take(),
        verdict: shaken,
    }
}

async fn shake(stream: TcpStream, name: &str, witness: Arc<Witness>, now: Time) -> io::Result<()> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_details(provider, Arc::new(At(now)))
        .with_safe_default_protocol_versions()
        .map_err(io::Error::other)?
        .dangerous()
        .with_custom_certificate_verifier(witness)
        .with_no_client_auth();
    let name = ServerName::try_from(name.to_owned()).map_err(io::Error::other)?;
    let connector = tokio_rustls::TlsConnector::from(Arc::new(config));
    let mut shaken = connector.connect(name, stream).await?;
    // Politeness only: what was to be seen was seen.
    let _ = shaken.shutdown().await;
    Ok(())
}

/// The time a certificate is judged at.
#[derive(Debug)]
struct At(Time);

impl TimeProvider for At {
    fn current_time(&self) -> Option<UnixTime> {
        let millis = u64::try_from(self.0.millis()).ok()?;
        Some(UnixTime::since_unix_epoch(Duration::from_millis(millis)))
    }
}

/// Remembers the certificate; whether it is good is the judge's to say.
#[derive(Debug)]
struct Witness {
    judge: Arc<dyn ServerCertVerifier>,
    seen: Mutex<Option<Vec<u8>>>,
}

impl ServerCertVerifier for Witness {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        *seen = Some(leaf.to_vec());
        self.judge.verify_server_cert(leaf, others, name, ocsp, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.judge.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.judge.supported_verify_schemes()
    }
}

/// Trusts nobody.
#[derive(Debug)]
struct Nobody(CryptoProvider);

fn refused() -> Error {
    Error::General("only looked at".into())
}

impl ServerCertVerifier for Nobody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
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
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

/// Whether issuer and subject are the same name.
fn is_self_issued(certificate: &[u8]) -> bool {
    let read = x509_parser::parse_x509_certificate(certificate);
    read.is_ok_and(|(_, found)| found.issuer() == found.subject())
}
