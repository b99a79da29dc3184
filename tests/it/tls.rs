//! TLS fails closed, and says which way it failed.

use drover::connectors::http::{Request, Service, ServiceSettings};
use drover::model::action::Nature;
use drover::model::clock::Clock;
use drover::model::fault::{Fault, FaultKind};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

const CA: &[u8] = include_bytes!("payloads/tls/ca.pem");
const KEY: &[u8] = include_bytes!("payloads/tls/leaf.key.pem");
const GOOD: &[u8] = include_bytes!("payloads/tls/good.pem");
const EXPIRED: &[u8] = include_bytes!("payloads/tls/expired.pem");
const OTHER: &[u8] = include_bytes!("payloads/tls/other.pem");

/// Serves one connection with this certificate; true when a request came through.
fn serve(certificate: &'static [u8]) -> (String, std::thread::JoinHandle<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate).unwrap()],
            PrivateKeyDer::from_pem_slice(KEY).unwrap(),
        )
        .unwrap();
    let serving = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
        let mut tls = rustls::StreamOwned::new(connection, stream);
        let came = tls.read(&mut [0; 1_024]).is_ok_and(|read| read > 0);
        let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        came
    });
    (url, serving)
}

async fn call(certificate: &'static [u8], extra_ca: Option<&[u8]>) -> (Result<u16, Fault>, bool) {
    let (url, serving) = serve(certificate);
    let service = Service::new(ServiceSettings {
        extra_ca: extra_ca.map(<[u8]>::to_vec),
        ..ServiceSettings::new("test", url, Clock::system())
    })
    .unwrap();
    let sent = service.send(Request::post("/x", Nature::Once)).await;
    let sent = sent
        .map(|answer| answer.status)
        .map_err(|failure| failure.fault);
    (sent, serving.join().unwrap())
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority_is_trusted_when_it_is_named() {
    assert_eq!(call(GOOD, Some(CA)).await, (Ok(200), true));
}

#[tokio::test]
async fn a_bad_certificate_stops_the_call_before_a_byte_of_it_is_sent() {
    for (certificate, extra_ca, said) in [
        (EXPIRED, Some(CA), "has expired"),
        (OTHER, Some(CA), "another name"),
        // Any authority but the right one: a leaf stands in for it, so that the system's need not be there.
        (GOOD, Some(OTHER), "unknown issuer"),
    ] {
        let (sent, came) = call(certificate, extra_ca).await;
        let fault = sent.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable);
        assert!(fault.message.contains(said), "{fault}");
        assert!(!came, "{said}");
    }
}

#[test]
fn an_authority_that_is_none_is_refused() {
    let settings = ServiceSettings {
        extra_ca: Some(b"not a certificate".to_vec()),
        ..ServiceSettings::new("test", "https://127.0.0.1", Clock::system())
    };
    let fault = Service::new(settings).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(fault.message.contains("extra_ca"), "{fault}");
}
