//! What the listener is told, and what it is given to work with.

use super::counts::Counts;
use crate::intake::Suspects;
use crate::model::clock::Clock;
use crate::model::secret::SecretString;
use crate::pipeline::Pipeline;
use crate::store::Store;
use ipnet::IpNet;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// `[listen]`, and the limits that keep one sender from harming another. Timeouts are real time.
#[derive(Clone, Debug)]
pub struct Settings {
    pub address: SocketAddr,
    pub token: SecretString,
    /// Also taken, while senders are moved to a new token one by one.
    pub older_tokens: Vec<SecretString>,
    /// Where senders may call from; empty: from anywhere. Whoever else calls is a stranger.
    pub allow: Vec<IpNet>,
    pub tls: Option<TlsFiles>,
    /// Bytes; larger bodies get 413 before they are read.
    pub largest_body: usize,
    /// Bytes of all bodies under way; past it senders hear the intake's `busy`.
    pub bodies: usize,
    /// For the whole head of a request.
    pub header_timeout: Duration,
    /// For the whole body.
    pub body_timeout: Duration,
    /// For a connection on which nothing is asked, whether it is silent, drips, does not read its answers or rests between
    /// requests.
    pub idle_timeout: Duration,
    /// For the commit; past it the sender hears the intake's `busy`. Fleet waits 30 s (`api/fleet.md` §8), and the sender of a
    /// click never tries again: better late than refused.
    pub store_timeout: Duration,
    /// Connections in all, fewer when the process has not the descriptors; when more come, those that rest make way.
    pub sockets: usize,
    /// Connections of one address; as many again wait a moment, and more are answered 429.
    pub sockets_per_address: usize,
    /// Loopback is a proxy or the simulator, each with many senders behind one address.
    pub loopback_unlimited: bool,
}

/// PEM files: a certificate chain and its private key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
}

impl Settings {
    /// The limits of `reliability.md` A7 and A8.
    pub fn new(address: SocketAddr, token: SecretString) -> Self {
        Self {
            address,
            token,
            older_tokens: Vec::new(),
            allow: Vec::new(),
            tls: None,
            largest_body: crate::model::payload::LARGEST_BODY,
            bodies: 8 * 1024 * 1024,
            header_timeout: Duration::from_secs(4),
            body_timeout: Duration::from_secs(4),
            idle_timeout: Duration::from_secs(5),
            store_timeout: Duration::from_secs(20),
            sockets: 256,
            sockets_per_address: 16,
            loopback_unlimited: true,
        }
    }
}

/// Whether events can be taken, and one word for it: `ok`, `starting`, `stopping`, `store full`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthReport {
    pub ok: bool,
    pub word: String,
}

/// Answers the whole of `/metrics` but the listener's own counts, in Prometheus' text format.
pub type Metrics = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = String> + Send>> + Send + Sync>;

/// What the listener works with.
#[derive(Clone)]
pub struct Parts {
    pub pipeline: Arc<Pipeline>,
    pub store: Store,
    pub clock: Clock,
    pub health: Arc<dyn Fn() -> HealthReport + Send + Sync>,
    pub metrics: Metrics,
    pub counts: Arc<Counts>,
    pub suspects: Suspects,
}

/// Why the listener could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error(
        "[listen] address {address} cannot be used: {source}; is another program listening there?"
    )]
    Address {
        address: SocketAddr,
        source: std::io::Error,
    },
    #[error("[listen] {what} {} cannot be used: {why}", .path.display())]
    Tls {
        what: &'static str,
        path: PathBuf,
        why: String,
    },
}
