//! One service's listener on a loopback address.

use super::answer::Cut;
use super::stand::Wire;
use crate::model::clock::real_sleep;
use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;
use tower::ServiceExt;

/// Real time a stopping server gives its open requests, and a client for its headers.
const PATIENCE: Duration = Duration::from_secs(2);
const HEADERS: Duration = Duration::from_secs(10);

/// Serves a router until it is stopped or dropped.
pub struct Server {
    address: SocketAddr,
    wire: Wire,
    stop: watch::Sender<bool>,
    accepting: JoinHandle<()>,
}

/// The answer that is never sent.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
struct CutShort;

impl Server {
    /// Listens on 127.0.0.1 at `port`, or at any free one when it is 0. Fails when the port is taken.
    pub async fn start(wire: Wire, router: Router, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
        Self::on(listener, None, wire, router)
    }

    /// Serves over TLS, on a listener that is there already.
    pub fn secured(
        listener: TcpListener,
        tls: TlsAcceptor,
        wire: Wire,
        router: Router,
    ) -> io::Result<Self> {
        Self::on(listener, Some(tls), wire, router)
    }

    fn on(
        listener: TcpListener,
        tls: Option<TlsAcceptor>,
        wire: Wire,
        router: Router,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let (stop, stopped) = watch::channel(false);
        let router = wire.before(router);
        let accepting = tokio::spawn(accept(listener, tls, router, stopped));
        Ok(Self {
            address,
            wire,
            stop,
            accepting,
        })
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// `http://127.0.0.1:PORT`, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// To arrange mishaps and read counters while the server runs.
    pub fn wire(&self) -> &Wire {
        &self.wire
    }

    /// Accepts nothing new, lets open requests end for two real seconds, then cuts them.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = stopped.changed() => break,
            _ = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let _ = stream.set_nodelay(true);
                    let (router, stopped) = (router.clone(), stopped.clone());
                    match tls.clone() {
                        None => connections.spawn(connection(stream, router, stopped)),
                        Some(tls) => connections.spawn(secured(stream, tls, router, stopped)),
                    };
                }
                // Out of file descriptors, most likely: the open connections must end first.
                Err(_) => real_sleep(Duration::from_millis(50)).await,
            },
        }
    }
    drop(listener);
    tokio::select! {
        () = async { while connections.join_next().await.is_some() {} } => {}
        () = real_sleep(PATIENCE) => {}
    }
}

/// A client that does not like the certificate says so and goes.
async fn secured(
    stream: TcpStream,
    tls: TlsAcceptor,
    router: Router,
    mut stopped: watch::Receiver<bool>,
) {
    tokio::select! {
        shaken = tls.accept(stream) => {
            if let Ok(stream) = shaken {
                connection(stream, router, stopped).await;
            }
        }
        _ = stopped.changed() => {}
        () = real_sleep(HEADERS) => {}
    }
}

async fn connection<S>(stream: S, router: Router, mut stopped: watch::Receiver<bool>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = hyper::service::service_fn(move |request: hyper::Request<Incoming>| {
        let router = router.clone();
        async move {
            let Ok(answer) = router.oneshot(request.map(Body::new)).await;
            if answer.extensions().get::<Cut>().is_some() {
                return Err(CutShort);
            }
            Ok(answer)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS)
        .serve_connection(TokioIo::new(stream), service);
    tokio::pin!(connection);
    tokio::select! {
        // However it ends, it is the caller who notices.
        _ = connection.as_mut() => {}
        _ = stopped.changed() => {
            connection.as_mut().graceful_shutdown();
            let _ = connection.await;
        }
    }
}
