use super::bench::*;
use crate::connectors::action::{Connector, Wanted};
use crate::connectors::endpoint::{Endpoint, Settings};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use serde_json::{Value as Json, json};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

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
