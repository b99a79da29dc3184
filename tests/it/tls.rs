//! TLS fails closed, and says which way it failed. Certificates are made for each test.

use crate::support::certificates::{Leaf, NOW, authority, leaf};
use drover::connectors::http::{Request, Service, ServiceSettings};
use drover::model::action::Nature;
use drover::model::clock::Clock;
use drover::model::fault::{Fault, FaultKind};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::collections::BTreeSet;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// Serves every connection with this certificate, until the test ends; counts the requests that came through.
fn serve(leaf: &Leaf) -> (String, Arc<std::sync::atomic::AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(leaf.certificate.as_bytes()).unwrap()],
            PrivateKeyDer::from_pem_slice(leaf.key.as_bytes()).unwrap(),
        )
        .unwrap();
    let (config, came) = (Arc::new(config), Arc::default());
    let counted: Arc<std::sync::atomic::AtomicUsize> = Arc::clone(&came);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut tls = rustls::StreamOwned::new(connection, stream);
            if tls.read(&mut [0; 1_024]).is_ok_and(|read| read > 0) {
                counted.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
            }
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}");
        }
    });
    (url, came)
}

/// A server without TLS, which says so to whatever it hears.
fn plain() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
        }
    });
    url
}

async fn call(url: &str, extra_ca: Option<&str>) -> Result<u16, Fault> {
    let service = Service::new(ServiceSettings {
        extra_ca: extra_ca.map(|pem| pem.as_bytes().to_vec()),
        ..ServiceSettings::new("test", url, Clock::system())
    })
    .unwrap();
    let sent = service.send(Request::post("/x", Nature::Once)).await;
    sent.map(|answer| answer.status)
        .map_err(|failure| failure.fault)
}

#[tokio::test]
async fn a_certificate_of_ones_own_authority_is_trusted_where_it_is_named_and_nowhere_else() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let (url, came) = serve(&leaf(Some(&ours), "127.0.0.1", NOW));
    assert_eq!(call(&url, Some(&ours.pem())).await, Ok(200));
    // Each connector has authorities of its own: another one's does not count here.
    assert!(call(&url, Some(&theirs.pem())).await.is_err());
    assert_eq!(came.load(std::sync::atomic::Ordering::SeqCst), 1);
}

#[tokio::test]
async fn each_way_to_fail_has_its_own_sentence_with_what_to_do_and_no_byte_is_sent() {
    let (ours, theirs) = (authority("ours"), authority("theirs"));
    let here = "127.0.0.1";
    let mut sentences = BTreeSet::new();
    for (shown, said, advice) in [
        (
            leaf(Some(&ours), here, (2020, 2021)),
            "has expired",
            "renew it there",
        ),
        (
            leaf(Some(&ours), here, (2110, 2120)),
            "not valid yet",
            "clock right",
        ),
        (
            leaf(Some(&ours), "fleet.example.com", NOW),
            "for another name",
            "into the URL",
        ),
        (
            leaf(Some(&theirs), here, NOW),
            "unknown issuer",
            "name its PEM file as `ca`",
        ),
        (leaf(None, here, NOW), "self-signed", "name it as `ca`"),
    ] {
        let (url, came) = serve(&shown);
        let fault = call(&url, Some(&ours.pem())).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
        assert!(fault.message.contains(said), "{fault}");
        assert!(fault.message.contains(advice), "{fault}");
        assert_eq!(came.load(std::sync::atomic::Ordering::SeqCst), 0, "{said}");
        sentences.insert(fault.message);
    }
    let url = plain();
    let fault = call(&url, Some(&ours.pem())).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
    assert!(fault.message.contains("does not speak TLS"), "{fault}");
    assert!(fault.message.contains("correct the port"), "{fault}");
    sentences.insert(fault.message);
    assert_eq!(sentences.len(), 6, "{sentences:#?}");
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

#[test]
fn there_is_no_switch_to_trust_anybody() {
    for source in crate::source::sources("src") {
        let words: Vec<&crate::source::Token> = source.tokens.iter().collect();
        for word in [
            "danger_accept_invalid_certs",
            "tls_danger_accept_invalid_certs",
            "danger_accept_invalid_hostnames",
            "tls_danger_accept_invalid_hostnames",
            "assertion",
        ] {
            let found = words.iter().any(|token| token.is(word));
            // A verifier that says yes is made of an `assertion`.
            assert!(!found, "{} says {word}", source.path);
        }
        let own = words.iter().any(|token| token.is("dangerous"));
        let looks = source.path == "src/connectors/http/peek.rs";
        assert_eq!(own, looks, "{} has a verifier of its own", source.path);
    }
    let known = std::fs::read_to_string(crate::source::top().join("src/config/connectors.rs"));
    for word in ["insecure", "verify", "skip_tls", "ignore"] {
        assert!(!known.as_ref().unwrap().contains(word), "{word}");
    }
}
