//! Tokens and versions.

use super::office::{Office, SECRET, call, parsed, unknown_path};
use crate::payload;
use crate::wire::Play;
use drover::connectors::action::Connector;
use drover::connectors::jamf::{Jamf, Settings};
use drover::model::fault::FaultKind;
use drover::model::time::Span;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

fn one_page() -> Play {
    Play::json(200, parsed(payload!("computers_v4.json")))
}

#[tokio::test]
async fn two_hundred_calls_at_once_ask_for_one_token_and_one_version() {
    let office = Office::open("11.30.1", |_| one_page()).await;
    let calls: Vec<_> = (0..200)
        .map(|_| {
            let (jamf, now) = (office.jamf.clone(), office.clock.now());
            tokio::spawn(async move {
                call(
                    &jamf,
                    "jamf.find_computer",
                    json!({"serial": "C02ZC2QYLVDL"}),
                    now,
                )
                .await
            })
        })
        .collect();
    for call in calls {
        call.await.unwrap().unwrap();
    }
    assert_eq!(office.wire.count("POST", "oauth/token"), 1);
    assert_eq!(office.wire.count("GET", "jamf-pro-version"), 1);
    assert_eq!(office.wire.count("GET", "computers-inventory"), 200);
    assert!(office.wire.most_in_flight() <= 4);
}

#[tokio::test]
async fn the_token_request_is_a_form_and_is_never_shown() {
    let office = Office::open("11.30.1", |_| one_page()).await;
    let reply = office.call("jamf.version", json!({})).await.unwrap();
    assert_eq!(reply.result, json!({"version": "11.30.1"}));
    let seen = &office.wire.seen()[0];
    assert_eq!(
        seen.header("content-type"),
        Some("application/x-www-form-urlencoded")
    );
    assert_eq!(
        seen.body,
        format!("grant_type=client_credentials&client_id=1979ca82&client_secret={SECRET}")
    );
    assert_eq!(seen.header("authorization"), None);
    assert!(reply.exchanges[0].request.contains("not shown"));
    assert_eq!(
        office.wire.seen()[1].header("authorization"),
        Some("Bearer canary-token-1")
    );
}

#[tokio::test]
async fn a_token_is_renewed_a_minute_of_engine_time_before_it_expires() {
    let office = Office::open("11.30.1", |_| one_page()).await;
    let asked = || office.wire.count("POST", "oauth/token");
    office.call("jamf.version", json!({})).await.unwrap();
    office.clock.turn(Span::from_millis(239_999));
    office.call("jamf.version", json!({})).await.unwrap();
    assert_eq!(asked(), 1);
    office.clock.turn(Span::from_millis(1));
    office.call("jamf.version", json!({})).await.unwrap();
    assert_eq!(asked(), 2);
}

#[tokio::test]
async fn a_short_token_is_renewed_by_its_last_third() {
    let office = Office::raw(|seen| match seen.path() {
        "/api/v1/oauth/token" => Play::json(200, parsed(payload!("token.json"))),
        _ => Play::json(200, parsed(payload!("version.json"))),
    })
    .await;
    for asked in [1, 1, 2] {
        office.call("jamf.version", json!({})).await.unwrap();
        assert_eq!(office.wire.count("POST", "oauth/token"), asked);
        office.clock.turn(Span::from_secs(20));
    }
}

#[tokio::test]
async fn an_older_server_is_asked_at_its_older_path_and_that_is_remembered() {
    let office = Office::raw(|seen| match seen.path() {
        "/api/oauth/token" => {
            Play::json(200, json!({"access_token": "canary-t", "expires_in": "10"}))
        }
        "/api/v1/jamf-pro-version" => Play::json(200, parsed(payload!("version.json"))),
        _ => unknown_path(),
    })
    .await;
    office.call("jamf.version", json!({})).await.unwrap();
    office.clock.turn(Span::from_secs(10));
    office.call("jamf.version", json!({})).await.unwrap();
    assert_eq!(office.wire.count("POST", "/api/v1/oauth/token"), 1);
    assert_eq!(office.wire.count("POST", "/api/oauth/token"), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_said_in_one_sentence_and_shared_by_those_who_waited() {
    let office = Office::raw(|_| Play::json(400, parsed(payload!("token_refused.json")))).await;
    let calls: Vec<_> = (0..50)
        .map(|_| {
            let (jamf, now) = (office.jamf.clone(), office.clock.now());
            tokio::spawn(async move { call(&jamf, "jamf.version", json!({}), now).await })
        })
        .collect();
    for call in calls {
        let fault = call.await.unwrap().err().unwrap().fault;
        assert_eq!(fault.kind, FaultKind::Unauthorized);
        assert!(
            fault.message.contains("client_secret") && fault.message.contains("invalid_client"),
            "{fault}"
        );
    }
    assert_eq!(office.wire.seen().len(), 1);
}

#[tokio::test]
async fn a_refused_token_is_replaced_and_the_request_sent_once_more() {
    let office = Office::open("11.30.1", |seen| {
        if seen.header("authorization") == Some("Bearer canary-token-1") {
            Play::Answer(
                401,
                vec![("content-type", "application/json".into())],
                payload!("unauthorized.json").into(),
            )
        } else {
            one_page()
        }
    })
    .await;
    let found = office
        .call("jamf.find_computer", json!({"serial": "C02ZC2QYLVDL"}))
        .await;
    assert_eq!(found.unwrap().result["id"], "1234");
    assert_eq!(office.wire.count("POST", "oauth/token"), 2);
    assert_eq!(office.wire.count("GET", "computers-inventory"), 2);
}

#[tokio::test]
async fn a_token_that_is_refused_twice_is_a_fault() {
    let office = Office::open("11.30.1", |_| {
        Play::Answer(
            401,
            vec![("content-type", "application/json".into())],
            payload!("unauthorized.json").into(),
        )
    })
    .await;
    let fault = office.fault("jamf.get_computer", json!({"id": "1"})).await;
    assert_eq!(fault.kind, FaultKind::Unauthorized);
    assert_eq!(office.wire.count("GET", "computers-inventory"), 2);
}

#[tokio::test]
async fn the_version_decides_the_inventory_and_is_asked_again_after_an_hour() {
    let updated = Arc::new(AtomicBool::new(false));
    let now_updated = updated.clone();
    let office = Office::raw(move |seen| match seen.path() {
        "/api/v1/oauth/token" => Play::json(
            200,
            json!({"access_token": "canary-t", "expires_in": 86_400}),
        ),
        "/api/v1/jamf-pro-version" if now_updated.load(Ordering::SeqCst) => {
            Play::json(200, json!({"version": "11.30.0"}))
        }
        "/api/v1/jamf-pro-version" => Play::json(200, json!({"version": "11.29.2-t1"})),
        _ => one_page(),
    })
    .await;
    let find = || office.call("jamf.find_computer", json!({"serial": "C02ZC2QYLVDL"}));
    find().await.unwrap();
    updated.store(true, Ordering::SeqCst);
    find().await.unwrap();
    assert_eq!(office.wire.count("GET", "/api/v3/computers-inventory"), 2);
    office.clock.turn(Span::from_hours(1));
    find().await.unwrap();
    assert_eq!(office.wire.count("GET", "/api/v4/computers-inventory"), 1);
    assert_eq!(office.wire.count("GET", "jamf-pro-version"), 2);
}

#[tokio::test]
async fn a_server_without_the_newest_inventory_is_asked_for_the_next_older_one() {
    let office = Office::open("11.30.1", |seen| match seen.path() {
        path if path.starts_with("/api/v2/computers-inventory") => {
            Play::json(200, parsed(payload!("computers_v3.json")))
        }
        _ => unknown_path(),
    })
    .await;
    for _ in 0..2 {
        let found = office
            .call("jamf.find_computer", json!({"serial": "C02ZC2QYLVDL"}))
            .await
            .unwrap();
        assert_eq!(found.result["last_contact"], "2026-07-02T08:01:00.000Z");
    }
    let asked = |version: &str| {
        office
            .wire
            .count("GET", &format!("/api/{version}/computers-inventory"))
    };
    assert_eq!([asked("v4"), asked("v3"), asked("v2")], [1, 1, 2]);
}

#[tokio::test]
async fn a_server_that_knows_no_inventory_is_taken_for_one_that_starts() {
    let office = Office::open("11.30.1", |_| unknown_path()).await;
    let fault = office.fault("jamf.list_computers", json!({})).await;
    assert_eq!(fault.kind, FaultKind::ServerError);
    assert_eq!(office.wire.count("GET", "computers-inventory"), 4);
}

#[tokio::test]
async fn more_than_five_connections_are_refused_before_any_is_made() {
    let office = Office::open("11.30.1", |_| one_page()).await;
    let mut settings = Settings::new(office.wire.url.clone(), "id", "secret".to_owned());
    settings.parallel = 6;
    let fault = Jamf::new(settings, office.clock.clone()).err().unwrap();
    assert_eq!(fault.kind, FaultKind::Misconfigured);
    assert!(fault.message.contains("at most 5"), "{fault}");
    assert_eq!(office.jamf.health().calls, 0);
}
