//! The HTTP client of one service: what it never does, and whom it trusts.

use super::resolve::Checked;
use super::service::ServiceSettings;
use crate::model::fault::{Fault, FaultKind};
use reqwest::{Client, Url};
use std::error::Error;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// For what changes something, which has a connection of its own: leave was asked before it, and nothing may go out two
/// seconds after an operator's stop. A connection that takes longer was never used, and the call is made again.
const CONNECT_TIMEOUT_OF_CHANGES: Duration = Duration::from_secs(2);
const IDLE: Duration = Duration::from_secs(20);

/// A client that follows no redirect, repeats nothing, uses no proxy of the environment and keeps at most `keep`
/// connections for another request.
pub(super) fn client(
    settings: &ServiceSettings,
    url: &Url,
    forbidden: &[IpAddr],
    keep: usize,
) -> Result<Client, Fault> {
    let name = settings.name;
    let bad = |what: String| {
        Fault::new(
            FaultKind::Misconfigured,
            format!("[connectors.{name}] {what}"),
        )
    };
    let connect = match keep {
        0 => CONNECT_TIMEOUT_OF_CHANGES,
        _ => CONNECT_TIMEOUT,
    };
    // Fails only when one is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .user_agent(concat!("drover/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .connect_timeout(connect.min(settings.timeout))
        .timeout(settings.timeout)
        .pool_idle_timeout(IDLE)
        .pool_max_idle_per_host(keep)
        .dns_resolver(Checked {
            forbidden: forbidden.to_vec(),
        });
    if let (Some(address), Some(host)) = (settings.connect_to, url.host_str()) {
        // The port is the URL's.
        builder = builder.resolve(host, SocketAddr::new(address, 0));
    }
    if url.scheme() == "http" {
        // No TLS will be spoken: the system's certificates need not be read.
        builder = builder.tls_certs_only([]);
    } else if let Some(pem) = &settings.extra_ca {
        let certificates = reqwest::Certificate::from_pem_bundle(pem)
            .ok()
            .filter(|found| !found.is_empty())
            .ok_or_else(|| bad("extra_ca holds no PEM certificate".into()))?;
        builder = builder.tls_certs_merge(certificates);
    }
    builder.build().map_err(|error| {
        let why = error
            .source()
            .map_or_else(|| error.to_string(), ToString::to_string);
        bad(format!("the HTTP client cannot be made: {why}"))
    })
}
