//! `http.request` against a server on this machine.

use crate::wire::{Play, Wire};
use drover::connectors::action::{Call, Connector, Failure, Reply};
use drover::connectors::generic::{Allow, Generic, Settings};
use drover::model::clock::Clock;
use drover::model::fault::FaultKind;
use drover::model::outcome::Outcome;
use drover::model::time::Time;
use serde_json::{Value as Json, json};

fn clock() -> Clock {
    Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap())
}

fn generic(wire: &Wire) -> Generic {
    let allow = vec![
        Allow::new(format!("{}/api", wire.url)),
        Allow {
            prefix: format!("{}/api/secret", wire.url),
            headers: vec![("X-Api-Key".into(), "canary-key".to_owned().into())],
        },
    ];
    Generic::new(Settings::new(allow, Vec::new()), clock()).unwrap()
}

async fn request(generic: &Generic, input: Json) -> Result<Reply, Failure> {
    let call = Call {
        input: input.as_object().cloned().unwrap(),
        op: "01J0OP".into(),
        intent_at: clock().now(),
    };
    generic.call(&generic.actions()[0], call).await
}

#[tokio::test]
async fn a_request_goes_out_as_written_and_its_answer_is_typed() {
    let wire = Wire::start(|_| Play::json(201, json!({"key": "OPS-1"}))).await;
    let generic = generic(&wire);
    let reply = request(
        &generic,
        json!({"method": "post", "url": format!("{}/api/issues?notify=a b", wire.url),
               "headers": {"X-Kind": "mac"}, "body": {"title": "stuck"}}),
    )
    .await
    .unwrap();
    assert_eq!(
        reply.result,
        json!({"status": 201, "body": {"key": "OPS-1"}})
    );
    assert_eq!(reply.outcome, Outcome::Done);
    let seen = &wire.seen()[0];
    assert_eq!(
        (seen.method.as_str(), seen.target.as_str()),
        ("POST", "/api/issues?notify=a%20b")
    );
    assert_eq!(
        (seen.header("x-kind"), seen.header("content-type")),
        (Some("mac"), Some("application/json"))
    );
    assert_eq!(seen.body, r#"{"title":"stuck"}"#);
}

#[tokio::test]
async fn a_text_body_keeps_its_own_content_type() {
    let wire = Wire::start(|_| {
        Play::Answer(
            200,
            vec![("content-type", "text/plain".into())],
            "ok\u{7}".into(),
        )
    })
    .await;
    let input = json!({"method": "PUT", "url": format!("{}/api/x", wire.url),
                       "headers": {"Content-Type": "text/xml"}, "body": "<a/>"});
    let reply = request(&generic(&wire), input).await.unwrap();
    assert_eq!(reply.result["body"], "ok\u{FFFD}");
    assert_eq!(
        (
            wire.seen()[0].header("content-type"),
            wire.seen()[0].body.as_str()
        ),
        (Some("text/xml"), "<a/>")
    );
}

#[tokio::test]
async fn secrets_of_an_entry_go_to_that_entry_only_and_are_not_shown() {
    let wire = Wire::start(|seen| {
        let echo = format!("you sent {}", seen.header("x-api-key").unwrap_or("nothing"));
        Play::json(404, json!({"message": echo}))
    })
    .await;
    let generic = generic(&wire);
    for (path, sends) in [
        ("/api/secret/x", true),
        ("/api/secretive", false),
        ("/api/x", false),
    ] {
        let input = json!({"method": "GET", "url": format!("{}{path}", wire.url)});
        let failure = request(&generic, input).await.err().unwrap();
        assert_eq!(failure.fault.kind, FaultKind::NotFound);
        assert!(!format!("{failure:?}").contains("canary"), "{failure:?}");
        assert_eq!(
            wire.seen().last().unwrap().header("x-api-key").is_some(),
            sends,
            "{path}"
        );
    }
}

#[tokio::test]
async fn what_is_not_allowed_is_never_called() {
    let wire = Wire::start(|_| Play::empty(200)).await;
    let generic = generic(&wire);
    for url in [
        format!("{}/other", wire.url),
        format!("{}/api/../other", wire.url),
        format!("{}/api/%2e%2e/other", wire.url),
        "http://127.0.0.1:9/api".to_owned(),
        "https://example.com/api".to_owned(),
        "file:///etc/passwd".to_owned(),
    ] {
        let fault = request(&generic, json!({"method": "GET", "url": url}))
            .await
            .err()
            .unwrap()
            .fault;
        assert_eq!(fault.kind, FaultKind::Misconfigured, "{url}");
    }
    assert_eq!(wire.connections(), 0);
}

#[tokio::test]
async fn the_host_of_another_connector_cannot_even_be_allowed() {
    let wire = Wire::start(|_| Play::empty(200)).await;
    let host = wire.url.trim_start_matches("http://").to_owned();
    for (url, forbidden) in [
        (wire.url.clone(), host.clone()),
        (
            wire.url.replace("127.0.0.1", "localhost"),
            host.replace("127.0.0.1", "LOCALHOST"),
        ),
    ] {
        let settings = Settings::new(vec![Allow::new(url)], vec![forbidden]);
        let fault = Generic::new(settings, clock()).err().unwrap();
        assert_eq!(fault.kind, FaultKind::Misconfigured);
        assert!(
            fault.message.contains("another configured connector"),
            "{fault}"
        );
    }
    // A name that leads to a forbidden address is found out when it is resolved.
    let url = wire.url.replace("127.0.0.1", "localhost");
    let settings = Settings::new(vec![Allow::new(url.clone())], vec![host]);
    let generic = Generic::new(settings, clock()).unwrap();
    let fault = request(&generic, json!({"method": "GET", "url": url}))
        .await
        .err()
        .unwrap()
        .fault;
    assert_eq!(fault.kind, FaultKind::Misconfigured, "{fault}");
    assert_eq!(wire.connections(), 0);
}

#[tokio::test]
async fn the_expected_statuses_are_the_only_success() {
    let wire = Wire::start(|seen| {
        let status = seen.path().trim_start_matches("/api/").parse().unwrap();
        Play::json(status, json!({"message": "as asked"}))
    })
    .await;
    for (status, expect, method, kind) in [
        (200, json!(null), "POST", None),
        (202, json!(null), "POST", None),
        (409, json!([200, 409]), "POST", None),
        (200, json!([201]), "POST", Some(FaultKind::Unknown)),
        (409, json!(null), "POST", Some(FaultKind::Refused)),
        (500, json!(null), "POST", Some(FaultKind::Unknown)),
        (500, json!(null), "GET", Some(FaultKind::ServerError)),
    ] {
        let url = format!("{}/api/{status}", wire.url);
        let reply = request(
            &generic(&wire),
            json!({"method": method, "url": url, "expect": expect}),
        )
        .await;
        assert_eq!(
            reply.as_ref().err().map(|failure| failure.fault.kind),
            kind,
            "{status} {expect}"
        );
        if let Ok(reply) = reply {
            let accepted = reply.outcome == Outcome::Accepted;
            assert_eq!(accepted, status == 202);
        }
    }
}

#[tokio::test]
async fn a_result_too_large_fails_a_read_but_not_what_has_happened() {
    let wire = Wire::start(|_| Play::json(200, json!("x".repeat(70_000)))).await;
    let generic = generic(&wire);
    let url = format!("{}/api/big", wire.url);
    let read = request(&generic, json!({"method": "GET", "url": url})).await;
    assert_eq!(read.err().unwrap().fault.kind, FaultKind::TooLarge);
    let change = request(&generic, json!({"method": "POST", "url": url}))
        .await
        .unwrap();
    assert_eq!(change.result, json!({"status": 200, "body": null}));
}
