//! Which certificate is shown for the old name.

use crate::sim::certificates::{Authority, NOW, PAST};
use crate::sim::world::{Certificate, World};
use rustls::ServerConfig;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::fmt;
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;

/// Fleet's own name, to which the new endpoint redirects and which it answers under as well.
const FLEET: &str = "fleet.acme.example";
/// A name that is not the old server's.
const OTHER_NAME: &str = "www.other.example";

/// Every certificate there may be.
struct Shown {
    /// None: the old front, which never errs.
    world: Option<World>,
    good: Arc<CertifiedKey>,
    other_name: Arc<CertifiedKey>,
    expired: Arc<CertifiedKey>,
    unknown: Arc<CertifiedKey>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("Shown")
    }
}

impl ResolvesServerCert for Shown {
    fn resolve(&self, _hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let world = self.world.as_ref();
        let wanted = world.and_then(|world| {
            world.with(|state| {
                let handover = state.handover.as_ref();
                handover.map(|handover| handover.endpoint.certificate)
            })
        });
        let chosen = match wanted.unwrap_or(Certificate::Good) {
            Certificate::Good => &self.good,
            Certificate::OtherName => &self.other_name,
            Certificate::Expired => &self.expired,
            Certificate::Unknown => &self.unknown,
        };
        Some(chosen.clone())
    }
}

/// A listener's TLS; `world` decides which certificate it shows, and without one it is always the good one.
pub(super) fn acceptor(
    seed: u64,
    name: &str,
    world: Option<World>,
) -> Result<TlsAcceptor, rcgen::Error> {
    let made = |authority: Authority, names: &[&str], years| {
        let (certificate, key) = authority.leaf(seed, names, years)?;
        let key = any_supported_type(&key).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
        Ok::<_, rcgen::Error>(Arc::new(CertifiedKey::new(vec![certificate], key)))
    };
    let shown = Shown {
        world,
        good: made(Authority::Web, &[name, FLEET], NOW)?,
        other_name: made(Authority::Web, &[OTHER_NAME], NOW)?,
        expired: made(Authority::Web, &[name, FLEET], PAST)?,
        unknown: made(Authority::Stranger, &[name, FLEET], NOW)?,
    };
    // A second installation fails, and the first one stays.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(shown));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
