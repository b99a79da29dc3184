//! What the tests of this folder share: certificates made for each test, and endpoints on loopback that show them.

use crate::connectors::action::{Call, Connector, Reply};
use crate::connectors::endpoint::{ACTIONS, Endpoint, Settings};
use crate::model::clock::Clock;
use crate::model::fault::Fault;
use crate::model::time::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use serde_json::Value as Json;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

pub(super) const NAME: &str = "mdm.acme.example";
pub(super) const GOOD: (i32, i32) = (2020, 2120);

pub(super) type Authority = CertifiedIssuer<'static, KeyPair>;

pub(super) fn authority(name: &str, until: i32) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_after = date_time_ymd(until, 1, 1);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// How an endpoint shows itself.
pub(super) struct Leaf {
    pub der: Vec<u8>,
    pub key: Vec<u8>,
}

pub(super) fn leaf(by: Option<&Authority>, name: &str, years: (i32, i32)) -> Leaf {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.not_before = date_time_ymd(years.0, 1, 1);
    params.not_after = date_time_ymd(years.1, 1, 1);
    let key = KeyPair::generate().unwrap();
    let made = match by {
        Some(by) => params.signed_by(&key, by),
        None => params.self_signed(&key),
    };
    Leaf {
        der: made.unwrap().der().to_vec(),
        key: key.serialize_der(),
    }
}

/// An endpoint with this certificate that answers every request with these bytes; what it was asked is kept.
pub(super) async fn serve(shown: &Leaf, answer: Vec<u8>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let key = PrivateKeyDer::try_from(shown.key.clone()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown.der.clone().into()], key)
        .unwrap();
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    let asked = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&asked);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, answer) = (acceptor.clone(), answer.clone());
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                let Ok(mut tls) = acceptor.accept(stream).await else {
                    return;
                };
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    match tls.read_u8().await {
                        Ok(byte) => head.push(byte),
                        Err(_) => return,
                    }
                }
                let head = String::from_utf8_lossy(&head).into_owned();
                kept.lock().unwrap().push(head);
                let _ = tls.write_all(&answer).await;
                let _ = tls.flush().await;
                // Whoever asked hangs up first.
                let _ = tls.read_u8().await;
            });
        }
    });
    (address, asked)
}

/// An answer whose length says all.
pub(super) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

pub(super) fn connector(ca: &Authority) -> Endpoint {
    let settings = Settings {
        extra_ca: Some(ca.pem().into_bytes()),
        timeout: Duration::from_secs(2),
        ..Settings::new([NAME, "127.0.0.1"])
    };
    let clock = Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap());
    Endpoint::new(settings, clock).unwrap()
}

pub(super) async fn call(endpoint: &Endpoint, name: &str, input: Json) -> Result<Reply, Fault> {
    let action = ACTIONS.iter().find(|action| action.name == name).unwrap();
    let call = Call {
        input: input.as_object().unwrap().clone(),
        op: String::new(),
        intent_at: Time::from_millis(0),
    };
    let said = endpoint.call(action, call).await;
    if let Ok(reply) = &said {
        for field in action.outputs {
            let json = &reply.result[field.name];
            assert!(!field.required || !json.is_null(), "{}", field.name);
        }
        let known = |name: &String| action.outputs.iter().any(|field| field.name == name);
        assert!(reply.result.as_object().unwrap().keys().all(known));
    }
    said.map_err(|failure| failure.fault)
}
