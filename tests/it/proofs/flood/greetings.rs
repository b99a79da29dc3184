//! The same where the listener speaks TLS itself: half a handshake is cut as half a request is.

use super::events::event;
use super::office::{Office, TOKEN};
use super::sender::request;
use super::slow::{CUT, NEVER};
use crate::support::certificates::{NOW, authority, leaf};
use drover::model::clock::Stopwatch;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio::time::timeout;

/// How far a client goes before it rests.
#[derive(Clone, Copy, Debug)]
enum Greeting {
    Nothing,
    /// The first bytes of a handshake.
    Half,
    Whole,
}

async fn greet(address: SocketAddr, greeting: Greeting, ca: Arc<str>) -> Duration {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let watch = Stopwatch::start();
    match greeting {
        Greeting::Nothing => rest(stream).await,
        Greeting::Half => {
            let hello = [0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3];
            stream.write_all(&hello).await.unwrap();
            rest(stream).await;
        }
        Greeting::Whole => rest(handshake(stream, &ca).await).await,
    }
    watch.elapsed()
}

async fn rest(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let mut part = [0; 1_024];
    let gone = async { while matches!(stream.read(&mut part).await, Ok(count) if count > 0) {} };
    let _ = timeout(NEVER, gone).await;
}

async fn handshake(stream: TcpStream, ca: &str) -> tokio_rustls::client::TlsStream<TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca.as_bytes()).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    tokio_rustls::TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
        .unwrap()
}

#[test]
fn half_a_handshake_is_cut_too() {
    let authority = authority("flood");
    let leaf = leaf(Some(&authority), "127.0.0.1", NOW);
    let files = tempfile::tempdir().unwrap();
    let (cert, key) = (files.path().join("cert.pem"), files.path().join("key.pem"));
    std::fs::write(&cert, leaf.certificate).unwrap();
    std::fs::write(&key, leaf.key).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let ca: Arc<str> = authority.pem().into();
    let tls = format!("tls = {{ cert = {cert:?}, key = {key:?} }}");
    let office = Office::with(&tls, "");
    let address = office.address();
    let kinds = [Greeting::Nothing, Greeting::Half, Greeting::Whole];
    Runtime::new().unwrap().block_on(async {
        let all = kinds.map(|kind| tokio::spawn(greet(address, kind, Arc::clone(&ca))));
        // One who means it is served meanwhile.
        let event = event("TLS", 0);
        let mut stream = handshake(TcpStream::connect(address).await.unwrap(), &ca).await;
        let post = request(event.hook, TOKEN, "", event.body.as_bytes());
        stream.write_all(&post).await.unwrap();
        let mut status = [0; 12];
        stream.read_exact(&mut status).await.unwrap();
        assert_eq!(&status, b"HTTP/1.1 201");
        for (kind, one) in kinds.into_iter().zip(all) {
            let took = one.await.unwrap();
            assert!(took <= CUT, "{kind:?}: {took:?}");
        }
    });
}
