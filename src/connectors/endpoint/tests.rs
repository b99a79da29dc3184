//! The connector against endpoints on loopback, each wrong in one way. Certificates are made for each test.

use super::*;
use crate::connectors::action::{Call, Connector, Reply, Wanted};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd,
};
use rustls::pki_types::PrivateKeyDer;
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NAME: &str = "mdm.acme.example";
const GOOD: (i32, i32) = (2020, 2120);

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority(name: &str, until: i32) -> Authority {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    params.not_after = date_time_ymd(until, 1, 1);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// How an endpoint shows itself.
struct Leaf {
    der: Vec<u8>,
    key: Vec<u8>,
}

fn leaf(by: Option<&Authority>, name: &str, years: (i32, i32)) -> Leaf {
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
async fn serve(shown: &Leaf, answer: Vec<u8>) -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
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
fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}

fn connector(ca: &Authority) -> Endpoint {
    let settings = Settings {
        extra_ca: Some(ca.pem().into_bytes()),
        timeout: Duration::from_secs(2),
        ..Settings::new([NAME, "127.0.0.1"])
    };
    let clock = Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap());
    Endpoint::new(settings, clock).unwrap()
}

async fn call(endpoint: &Endpoint, name: &str, input: Json) -> Result<Reply, Fault> {
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

async fn tls(endpoint: &Endpoint, address: SocketAddr) -> Result<Json, Fault> {
    let input = json!({"name": NAME, "address": address.to_string()});
    let reply = call(endpoint, "endpoint.tls", input).await?;
    assert!(reply.exchanges[0].path.contains(&address.to_string()));
    Ok(reply.result)
}

#[tokio::test]
async fn a_good_certificate_is_told_with_its_days_and_names() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, (2020, 2027));
    let (address, _) = serve(&shown, Vec::new()).await;
    let found = tls(&connector(&ca), address).await.unwrap();
    assert_eq!(
        (&found["valid"], &found["why"]),
        (&json!(true), &Json::Null)
    );
    assert_eq!(found["days_left"], 304);
    assert_eq!(found["not_after"], "2027-01-01T00:00:00.000Z");
    assert_eq!(found["names"], json!([NAME]));
    assert_eq!(found["address"], address.to_string());
    assert!(found["issuer"].as_str().unwrap().contains("Acme CA"));
    let hash = crate::model::hash::sha256_hex(&shown.der);
    assert_eq!(found["fingerprint"], hash.as_str());
}

#[tokio::test]
async fn each_bad_certificate_is_an_answer_that_says_what_is_bad_about_it() {
    let (ca, other) = (authority("Acme CA", 2120), authority("Nobody's CA", 2120));
    for (shown, why) in [
        (
            leaf(Some(&ca), "other.example", GOOD),
            "the certificate is for other.example, not for mdm.acme.example",
        ),
        (leaf(Some(&ca), NAME, (2020, 2026)), "it ended 2026-01-01"),
        (
            leaf(Some(&ca), NAME, (2110, 2120)),
            "it begins only 2110-01-01",
        ),
        (
            leaf(Some(&other), NAME, GOOD),
            "signed by a CA this machine does not trust: CN=Nobody's CA",
        ),
        (leaf(None, NAME, GOOD), "self-signed"),
    ] {
        let (address, asked) = serve(&shown, answer("200 OK", "", b"")).await;
        let endpoint = connector(&ca);
        let found = tls(&endpoint, address).await.unwrap();
        assert_eq!(found["valid"], false);
        let said = found["why"].as_str().unwrap();
        assert!(said.contains(why), "{said} | {why}");
        let hash = crate::model::hash::sha256_hex(&shown.der);
        assert_eq!(found["fingerprint"], hash.as_str(), "{why}");
        // What such a place says of redirects is not believed, nor asked.
        let input = json!({"name": NAME, "path": "/scep", "address": address.to_string()});
        let fault = call(&endpoint, "endpoint.redirect", input)
            .await
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Unreachable);
        assert!(fault.message.contains("look at the TLS check"), "{fault}");
        assert!(asked.lock().unwrap().is_empty(), "{why}");
    }
}

#[tokio::test]
async fn what_is_no_tls_endpoint_is_a_fault_that_names_the_address() {
    let ca = authority("Acme CA", 2120);
    let endpoint = connector(&ca);
    let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = plain.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = plain.accept().await {
            let _ = stream.read(&mut [0; 4_096]).await;
            let _ = stream.write_all(&answer("400 Bad Request", "", b"")).await;
        }
    });
    let fault = tls(&endpoint, address).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadReply, "{fault}");
    assert!(
        fault.message.contains("does not speak TLS")
            && fault.message.contains(&address.to_string()),
        "{fault}"
    );

    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let fault = tls(&endpoint, address).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unreachable, "{fault}");
    assert!(fault.message.contains(&address.to_string()), "{fault}");

    // Takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let settings = Settings {
        timeout: Duration::from_millis(200),
        extra_ca: Some(ca.pem().into_bytes()),
        ..Settings::new([NAME])
    };
    let hasty = Endpoint::new(settings, Clock::system()).unwrap();
    let fault = tls(&hasty, silent.local_addr().unwrap()).await.unwrap_err();
    assert_eq!(fault.kind, FaultKind::Timeout, "{fault}");
    assert_eq!(hasty.health().failures, 1);
}

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    for (status, location, target, keeps) in [
        (
            "307 Temporary Redirect",
            Some("/mdm/apple/mdm"),
            json!("/mdm/apple/mdm"),
            true,
        ),
        (
            "308 Permanent Redirect",
            Some("https://mdm.acme.example/mdm/apple/mdm"),
            json!("/mdm/apple/mdm"),
            true,
        ),
        (
            "302 Found",
            Some("/mdm/apple/mdm"),
            json!("/mdm/apple/mdm"),
            false,
        ),
        (
            "307 Temporary Redirect",
            Some("/nowhere"),
            json!("/nowhere"),
            true,
        ),
        ("200 OK", None, Json::Null, false),
        ("404 Not Found", None, Json::Null, false),
    ] {
        let headers = location.map_or_else(String::new, |to| format!("location: {to}\r\n"));
        let (address, asked) = serve(&shown, answer(status, &headers, b"")).await;
        let input = json!({"name": NAME, "path": "/mdm/checkin", "address": address.to_string()});
        let reply = call(&connector(&ca), "endpoint.redirect", input)
            .await
            .unwrap();
        let found = reply.result;
        assert!(status.starts_with(&found["status"].to_string()), "{found}");
        assert_eq!(found["target"], target, "{status}");
        assert_eq!(found["location"], json!(location), "{status}");
        assert_eq!(
            (&found["keeps_method"], &found["keeps_tls"]),
            (&json!(keeps), &json!(true))
        );
        let asked = asked.lock().unwrap();
        assert_eq!(asked.len(), 1, "{asked:?}");
        let head = asked[0].to_ascii_lowercase();
        assert!(head.starts_with("put /mdm/checkin http/1.1\r\n"), "{head}");
        assert!(head.contains("\r\nhost: mdm.acme.example\r\n"), "{head}");
        assert!(head.contains("application/x-apple-aspen-mdm"), "{head}");
    }
}

#[tokio::test]
async fn names_that_are_not_listed_and_metadata_addresses_are_not_asked() {
    let ca = authority("Acme CA", 2120);
    let endpoint = connector(&ca);
    for (input, said) in [
        (
            json!({"name": "intranet.example", "address": "127.0.0.1"}),
            "[connectors.endpoint]",
        ),
        (
            json!({"name": NAME, "address": "169.254.169.254"}),
            "never called",
        ),
        (
            json!({"name": NAME, "address": "somewhere"}),
            "is no address",
        ),
        (
            json!({"name": NAME, "address": "127.0.0.1", "port": 70_000}),
            "is no port",
        ),
    ] {
        let fault = call(&endpoint, "endpoint.tls", input).await.unwrap_err();
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{fault}");
        assert!(fault.message.contains(said), "{fault}");
    }
    for (path, method) in [("mdm/checkin", "PUT"), ("/x", "DELETE")] {
        let input = json!({"name": NAME, "path": path, "method": method, "address": "127.0.0.1"});
        let fault = call(&endpoint, "endpoint.redirect", input)
            .await
            .unwrap_err();
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{fault}");
    }
    assert!(Endpoint::new(Settings::new([""; 0]), Clock::system()).is_err());
}

async fn scep(endpoint: &Endpoint, address: SocketAddr) -> Result<Json, Fault> {
    let input =
        json!({"url": format!("https://{NAME}/scep?profile=1"), "address": address.to_string()});
    let reply = call(endpoint, "endpoint.scep_ca", input).await?;
    Ok(reply.result)
}

/// A `SignedData` without a signature around these certificates, in the order given.
fn bundle(certificates: &[&[u8]]) -> Vec<u8> {
    let tlv = |tag: u8, content: &[u8]| {
        let length = content.len();
        let mut head = vec![tag, 0x83];
        head.extend(&u32::try_from(length).unwrap().to_be_bytes()[1..]);
        [head, content.to_vec()].concat()
    };
    const DATA: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
    const SIGNED: &[u8] = &[0x06, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
    let parts = [
        vec![2, 1, 1],
        tlv(0x31, &[]),
        tlv(0x30, DATA),
        tlv(0xa0, &certificates.concat()),
        tlv(0x31, &[]),
    ];
    let signed = tlv(0x30, &parts.concat());
    tlv(0x30, &[SIGNED.to_vec(), tlv(0xa0, &signed)].concat())
}

#[tokio::test]
async fn the_ca_of_a_scep_address_is_told_alone_or_in_a_bundle() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    let (old, new) = (authority("SCEP CA", 2031), authority("SCEP CA", 2033));
    let helper = leaf(Some(&old), "ra.acme.example", GOOD);
    let mut found = Vec::new();
    for body in [
        old.der().to_vec(),
        bundle(&[&helper.der, old.der()]),
        bundle(&[old.der(), &helper.der]),
        new.der().to_vec(),
    ] {
        let (address, asked) = serve(
            &shown,
            answer(
                "200 OK",
                "content-type: application/x-x509-ca-cert\r\n",
                &body,
            ),
        )
        .await;
        found.push(scep(&connector(&ca), address).await.unwrap());
        let asked = asked.lock().unwrap();
        assert!(
            asked[0].starts_with("GET /scep?profile=1&operation=GetCACert&message= "),
            "{asked:?}"
        );
    }
    let fingerprints: Vec<&Json> = found.iter().map(|ca| &ca["fingerprint"]).collect();
    assert_eq!(fingerprints[0], fingerprints[1]);
    assert_eq!(fingerprints[0], fingerprints[2]);
    assert_ne!(
        fingerprints[0], fingerprints[3],
        "the other CA has the same name"
    );
    assert_eq!(
        (&found[0]["years_left"], &found[3]["years_left"]),
        (&json!(4.8), &json!(6.8))
    );
    assert!(found[0]["subject"].as_str().unwrap().contains("SCEP CA"));
}

#[tokio::test]
async fn what_is_no_scep_answer_is_a_fault() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    let no_authority = leaf(Some(&ca), NAME, GOOD);
    // More is announced than comes.
    let slow = b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\nab".to_vec();
    for (answered, kind, said) in [
        (
            answer("200 OK", "", b"<html>sign in</html>"),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &bundle(&[])),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &bundle(&[&no_authority.der])),
            FaultKind::BadReply,
            "SCEP address",
        ),
        (
            answer("200 OK", "", &[0x30; 70_000]),
            FaultKind::BadReply,
            "65536 bytes",
        ),
        (
            answer("404 Not Found", "", b""),
            FaultKind::NotFound,
            "SCEP address",
        ),
        (
            answer("307 Temporary Redirect", "location: /x\r\n", b""),
            FaultKind::BadReply,
            "redirect",
        ),
        (slow, FaultKind::Timeout, "within"),
    ] {
        let (address, _) = serve(&shown, answered).await;
        let fault = scep(&connector(&ca), address).await.unwrap_err();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(said), "{fault}");
    }
}

#[tokio::test]
async fn the_check_of_the_configuration_looks_at_each_name_where_it_leads() {
    let ca = authority("Acme CA", 2120);
    let settings = Settings {
        extra_ca: Some(ca.pem().into_bytes()),
        ..Settings::new(["127.0.0.1"])
    };
    let endpoint = Endpoint::new(settings, Clock::system()).unwrap();
    let found = endpoint.check(&Wanted::default()).await;
    assert_eq!((found.len(), found[0].ok), (1, false), "{found:?}");
    assert!(found[0].detail.contains("127.0.0.1:443"), "{found:?}");
}
