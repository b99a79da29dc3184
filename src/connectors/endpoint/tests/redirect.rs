use super::bench::*;
use crate::connectors::endpoint::{Endpoint, Settings};
use crate::model::clock::Clock;
use crate::model::fault::FaultKind;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn redirects_are_told_and_not_followed() {
    let ca = authority("Acme CA", 2120);
    let shown = leaf(Some(&ca), NAME, GOOD);
    for (status, location, target, keeps) in [
        (
            "307 Temporary Redirect",
            Some("/new/mdm"),
            json!("/new/mdm"),
            true,
        ),
        (
            "308 Permanent Redirect",
            Some("https://mdm.acme.example/new/mdm"),
            json!("/new/mdm"),
            true,
        ),
        ("302 Found", Some("/new/mdm"), json!("/new/mdm"), false),
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
