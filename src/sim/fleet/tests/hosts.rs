//! Hosts, paging, transfer.

use super::{Bench, TOKEN, told};
use crate::sim::scenario::Trouble;
use serde_json::{Value as Json, json};

#[tokio::test]
async fn who_is_not_known_is_told_so_in_fleets_words() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    let url = format!("{}/api/latest/fleet/me", bench.server.url());
    for (request, words) in [
        (bench.client.get(&url), "Authorization header required"),
        (
            bench.client.get(&url).bearer_auth("other"),
            "Authentication required",
        ),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401);
        let body: Json = answer.json().await.unwrap();
        assert_eq!(body["message"], words);
        assert_eq!(body["errors"], json!([{ "name": "base", "reason": words }]));
    }
    let me = bench.get("me").await;
    assert_eq!((me.0, &me.1["user"]["api_only"]), (200, &json!(true)));
    let health = format!("{}/healthz", bench.server.url());
    assert_eq!(bench.client.get(health).send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn answers_are_indented_by_two_spaces_and_carry_both_names_only_when_new() {
    for (version, both) in [("4.92.0", true), ("4.76.1", false)] {
        let bench = Bench::new(version, 1, &[]).await;
        let url = format!("{}/api/2022-04/fleet/hosts/1001", bench.server.url());
        let answer = bench
            .client
            .get(url)
            .bearer_auth(TOKEN)
            .send()
            .await
            .unwrap();
        assert_eq!(
            answer.headers()["content-type"],
            "application/json; charset=utf-8"
        );
        let text = answer.text().await.unwrap();
        assert!(
            text.starts_with("{\n  \"host\": {\n    \"created_at\""),
            "{text}"
        );
        assert_eq!(text.contains("\"fleet_id\": 2"), both);
        let teams = bench.get("teams").await.1;
        assert_eq!(teams.get("fleets").is_some(), both);
        assert!(teams["teams"][0]["secrets"][0]["secret"].is_string());
        let found = bench.get("hosts?team_id=1&fleet_id=2").await;
        assert_eq!(found.0, if both { 400 } else { 200 });
    }
}

#[tokio::test]
async fn a_jamf_managed_mac_says_on_and_is_not_connected() {
    let bench = Bench::new("4.92.0", 3, &[]).await;
    let serial = bench.world.with(|state| state.serials()[1].clone());
    let (status, body) = bench.get(&format!("hosts?query={serial}")).await;
    assert_eq!(status, 200);
    assert_eq!(body["hosts"].as_array().unwrap().len(), 1);
    let host = &body["hosts"][0];
    assert_eq!(host["hardware_serial"], serial.as_str());
    assert_eq!(host["orbit_version"], Json::Null);
    assert_eq!(host["mdm"]["enrollment_status"], "On (automatic)");
    assert_eq!(host["mdm"]["name"], "Jamf");
    assert_eq!(host["mdm"]["connected_to_fleet"], false);
    assert_eq!(host["mdm"].get("profiles"), None);
    let (_, one) = bench.get(&format!("hosts/{}", host["id"])).await;
    assert_eq!(one["host"]["orbit_version"], "1.50.0");
    assert_eq!(one["host"]["scripts_enabled"], true);
    assert_eq!(one["host"]["last_mdm_enrolled_at"], Json::Null);
    assert_eq!(one["host"]["team_name"], "Staging");
    let (_, named) = bench.get(&format!("hosts/identifier/{serial}")).await;
    assert_eq!(named["host"]["id"], host["id"]);
    assert_eq!(named["host"]["scripts_enabled"], Json::Null);
    let missing = bench.get("hosts/77").await;
    assert_eq!(
        told(&missing),
        (
            404,
            "Resource Not Found",
            "base",
            "Host with id=77 was not found in the datastore"
        )
    );
}

#[tokio::test]
async fn a_ghost_comes_first_by_identifier_and_both_come_by_query() {
    let bench = Bench::new("4.92.0", 1, &[Trouble::GhostHost]).await;
    let serial = bench.world.with(|state| state.serials()[0].clone());
    let (_, body) = bench.get(&format!("hosts?query={serial}")).await;
    let hosts = body["hosts"].as_array().unwrap();
    assert_eq!(hosts.len(), 2);
    assert_ne!(hosts[0]["uuid"], hosts[1]["uuid"]);
    assert_eq!(hosts[0]["status"], "offline");
    let (_, one) = bench.get(&format!("hosts/identifier/{serial}")).await;
    assert_eq!(one["host"]["id"], hosts[0]["id"]);
}

#[tokio::test]
async fn hosts_come_in_pages_by_cursor_and_bad_paging_is_refused() {
    let bench = Bench::new("4.92.0", 5, &[]).await;
    let (_, first) = bench.get("hosts?per_page=2&order_key=id").await;
    let last = &first["hosts"][1]["id"];
    let (_, rest) = bench
        .get(&format!("hosts?per_page=9&order_key=id&after={last}"))
        .await;
    assert_eq!(rest["hosts"].as_array().unwrap().len(), 3);
    assert_eq!(bench.get("hosts/count").await.1["count"], 5);
    for (query, status, reason) in [
        ("per_page=0", 400, "invalid per_page value"),
        ("page=x", 400, "non-int page value"),
        ("page=-1", 400, "negative page value"),
        (
            "order_direction=asc",
            400,
            "order_key must be specified with order_direction",
        ),
        (
            "order_key=id&order_direction=up",
            400,
            "unknown order_direction: up",
        ),
        ("order_key=h.id", 422, "invalid order_key: h.id"),
    ] {
        let said = bench.get(&format!("hosts?{query}")).await;
        assert_eq!((told(&said).0, told(&said).3), (status, reason));
    }
    let old = Bench::new("4.76.1", 2, &[]).await;
    assert_eq!(old.get("hosts?order_key=h.id&after=1001").await.0, 200);
    assert_eq!(old.get("hosts?order_key=id&after=1001").await.0, 422);
}

#[tokio::test]
async fn a_transfer_answers_200_for_unknown_ids_and_422_for_an_unknown_team() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    let (status, body) = bench
        .post("hosts/transfer", json!({"team_id": 3, "hosts": [1001, 5]}))
        .await;
    assert_eq!((status, body), (200, json!({})));
    assert_eq!(bench.get("hosts/1001").await.1["host"]["team_id"], 3);
    assert_eq!(bench.ledger.count("transfer"), 1);
    let bad = bench
        .post("hosts/transfer", json!({"team_id": 99, "hosts": [1001]}))
        .await;
    assert_eq!(told(&bad).0, 422);
    assert_eq!(told(&bad).1, "Validation Failed");
    let wrong = bench
        .post("hosts/transfer", json!({"team_id": "3", "hosts": [1001]}))
        .await;
    assert_eq!((told(&wrong).0, told(&wrong).1), (400, "Bad request"));
    assert!(bench.ledger.report().violations.is_empty());
    bench
        .post("hosts/transfer", json!({"team_id": 1, "hosts": [1001]}))
        .await;
    bench.post("hosts/transfer", json!({"hosts": [1001]})).await;
    assert_eq!(
        bench.get("hosts/1001").await.1["host"]["team_id"],
        Json::Null
    );
    assert_eq!(bench.ledger.report().violations.len(), 2);
    bench.later("2s");
    let (_, log) = bench
        .get("activities?order_key=id&activity_type=transferred_hosts")
        .await;
    let first = &log["activities"][0]["details"];
    assert_eq!(first["host_ids"], json!([1001, 5]));
    assert_eq!(first["host_display_names"][1], "");
    assert_eq!(first["fleet_id"], 3);
}

#[tokio::test]
async fn on_an_old_server_fleet_id_means_no_team() {
    let bench = Bench::new("4.76.1", 1, &[]).await;
    assert_eq!(
        bench
            .post("hosts/transfer", json!({"fleet_id": 3, "hosts": [1001]}))
            .await
            .0,
        200
    );
    assert_eq!(
        bench.get("hosts/1001").await.1["host"]["team_id"],
        Json::Null
    );
}
