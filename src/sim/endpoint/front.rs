//! The old front: a balancer that ends TLS and lets the bytes through to the migration proxy.

use crate::model::clock::real_sleep;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// Real time for a client to shake hands.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Lets connections through until it is dropped.
pub(super) struct Front(JoinHandle<()>);

impl Front {
    pub(super) fn start(listener: TcpListener, tls: TlsAcceptor, behind: SocketAddr) -> Self {
        Self(tokio::spawn(accept(listener, tls, behind)))
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn accept(listener: TcpListener, tls: TlsAcceptor, behind: SocketAddr) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            _ = connections.join_next(), if !connections.is_empty() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => drop(connections.spawn(through(stream, tls.clone(), behind))),
                // Out of file descriptors, most likely: the open connections must end first.
                Err(_) => real_sleep(Duration::from_millis(50)).await,
            },
        }
    }
}

/// However it ends, it is the caller who notices.
async fn through(stream: TcpStream, tls: TlsAcceptor, behind: SocketAddr) {
    let _ = stream.set_nodelay(true);
    let shaken = tokio::select! {
        shaken = tls.accept(stream) => shaken,
        () = real_sleep(HANDSHAKE) => return,
    };
    let Ok(mut stream) = shaken else { return };
    if let Ok(mut behind) = TcpStream::connect(behind).await {
        let _ = copy_bidirectional(&mut stream, &mut behind).await;
    }
}
