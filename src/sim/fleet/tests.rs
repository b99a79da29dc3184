//! The wire as a client sees it, against `api/fleet.md`.

use super::{Fleet, habits};
use crate::model::clock::Clock;
use crate::model::time::Span;
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Mode, Scenario, Trouble};
use crate::sim::wire::Server;
use crate::sim::wire::trying::{client, monday, serve, wire};
use crate::sim::world::{Making, World};
use serde_json::{Value as Json, json};

const TOKEN: &str = "t0ken";

struct Bench {
    clock: Clock,
    world: World,
    ledger: Ledger,
    server: Server,
    client: reqwest::Client,
}

/// Status, body.
type Said = (u16, Json);

impl Bench {
    async fn new(version: &str, devices: usize, troubles: &[Trouble]) -> Self {
        let mut scenario = Scenario::weather("calm").unwrap();
        scenario.trouble.clear();
        scenario.company.stays_on = 1.0;
        for trouble in troubles {
            let rate = 1.0;
            let mode = Mode {
                rate,
                ..Mode::default()
            };
            scenario.trouble.insert(*trouble, mode);
        }
        let (clock, ledger) = (monday(), Ledger::in_memory());
        let making = Making {
            seed: 1,
            devices,
            scenario,
            now: clock.now(),
            ledger: ledger.clone(),
            fleet_version: version.into(),
        };
        let world = World::new(making, clock.clone());
        world.with(|state| {
            state.save_script(Some(1), "remove-jamf.sh", "echo 1");
            state.save_script(Some(2), "remove-jamf.sh", "echo 1");
        });
        let fleet = Fleet::new(world.clone(), TOKEN.to_owned().into());
        let server = serve(wire(habits(), &clock, &ledger), fleet.router()).await;
        Self {
            clock,
            world,
            ledger,
            server,
            client: client(),
        }
    }

    async fn send(&self, method: &str, path: &str, body: Option<Json>) -> Said {
        let url = format!("{}/api/v1/fleet/{path}", self.server.url());
        let mut request = self
            .client
            .request(method.parse().unwrap(), url)
            .bearer_auth(TOKEN);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let status = answer.status().as_u16();
        let text = answer.text().await.unwrap();
        (
            status,
            serde_json::from_str(&text).unwrap_or(Json::String(text)),
        )
    }

    async fn get(&self, path: &str) -> Said {
        self.send("GET", path, None).await
    }

    async fn post(&self, path: &str, body: Json) -> Said {
        self.send("POST", path, Some(body)).await
    }

    fn later(&self, span: &str) {
        self.clock.turn(Span::parse(span).unwrap());
    }
}

/// The three things an error is told by.
fn told((status, body): &Said) -> (u16, &str, &str, &str) {
    let text = |json: &'static str| body.pointer(json).and_then(Json::as_str).unwrap_or("");
    (
        *status,
        text("/message"),
        text("/errors/0/name"),
        text("/errors/0/reason"),
    )
}

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

#[tokio::test]
async fn a_script_is_refused_in_fleets_order_and_words() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    let long = "a".repeat(10_001);
    let cases = [
        (
            json!({"host_id": 1001}),
            422,
            "script",
            "One of 'script_id', 'script_contents', or 'script_name' is required.",
        ),
        (
            json!({"host_id": 1001, "script_id": 1, "script_contents": "x"}),
            422,
            "script_id",
            "Only one of 'script_id' or 'script_contents' is allowed.",
        ),
        (
            json!({"host_id": 1001, "script_contents": "echo $FLEET_SECRET_X"}),
            422,
            "script",
            "Couldn't add. Variable \"FLEET_SECRET_X\" doesn't exist.",
        ),
        (
            json!({"host_id": 9, "script_name": "x.sh"}),
            422,
            "script_name",
            "Script 'x.sh' doesn’t exist.",
        ),
        (
            json!({"host_id": 9, "script_id": 1}),
            404,
            "base",
            "Host with id=9 was not found in the datastore",
        ),
        (
            json!({"host_id": 1001, "script_id": 77}),
            404,
            "script_id",
            "No script exists for the provided \"script_id\".",
        ),
        (
            json!({"host_id": 1001, "script_id": 1}),
            422,
            "script_id",
            "The script does not belong to the same team (or no team) as the host.",
        ),
        (
            json!({"host_id": 1001, "script_contents": long}),
            422,
            "script_contents",
            "Script is too large. It is limited to 10,000 characters.",
        ),
        (
            json!({"host_id": 1001, "script_contents": "#!/usr/bin/python3\n"}),
            422,
            "script_contents",
            "Interpreter not supported. Use sh, bash or zsh.",
        ),
    ];
    for (body, status, name, reason) in cases {
        let said = bench.post("scripts/run", body).await;
        let (got, _, at, why) = told(&said);
        assert_eq!((got, at, why), (status, name, reason));
    }
    let (status, first) = bench
        .post("scripts/run", json!({"host_id": 1001, "script_id": 2}))
        .await;
    assert_eq!(status, 202);
    assert_eq!(first["host_id"], 1001);
    let again = bench
        .post("scripts/run", json!({"host_id": 1001, "script_id": 2}))
        .await;
    assert_eq!(
        told(&again),
        (
            409,
            "Validation Failed",
            "script_id",
            "The script is already queued on the given host."
        )
    );
    assert_eq!(bench.ledger.count("script"), 1);
}

#[tokio::test]
async fn a_run_is_queued_runs_is_logged_and_gone_when_cancelled() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    let run = json!({"host_id": 1001, "script_id": 2});
    let id = bench.post("scripts/run", run.clone()).await.1["execution_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let (_, waiting) = bench.get(&format!("scripts/results/{id}")).await;
    assert_eq!(waiting["exit_code"], Json::Null);
    assert_eq!(
        waiting["message"],
        "Script is running or will run when the host comes online."
    );
    let (_, queue) = bench.get("hosts/1001/activities/upcoming").await;
    assert_eq!(
        (&queue["count"], queue["activities"][0]["uuid"].as_str()),
        (&json!(1), Some(id.as_str()))
    );
    bench.later("2m");
    let (_, done) = bench.get(&format!("scripts/results/{id}")).await;
    assert_eq!(done["exit_code"], 3, "{done}");
    bench.later("2s");
    let (_, log) = bench
        .get("activities?order_key=id&order_direction=asc&after=0")
        .await;
    assert_eq!(log["meta"], Json::Null);
    assert_eq!(
        log["activities"][0]["details"]["script_execution_id"],
        id.as_str()
    );
    let id = bench.post("scripts/run", run).await.1["execution_id"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = format!("hosts/1001/activities/upcoming/{id}");
    assert_eq!(bench.send("DELETE", &path, None).await.0, 204);
    assert_eq!(bench.send("DELETE", &path, None).await.0, 404);
    assert_eq!(bench.get(&format!("scripts/results/{id}")).await.0, 404);
    assert!(bench.ledger.report().is_clean());
}

#[tokio::test]
async fn scripts_are_listed_by_team_and_uploaded_once() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    let (_, staging) = bench.get("scripts?team_id=2").await;
    assert_eq!(staging["scripts"][0]["id"], 2);
    assert_eq!(staging["scripts"][0]["fleet_id"], 2);
    assert_eq!(bench.get("scripts").await.1["scripts"], json!([]));
    let form = "--B\r\nContent-Disposition: form-data; name=\"team_id\"\r\n\r\n2\r\n--B\r\nContent-Disposition: form-data; \
                name=\"script\"; filename=\"b.sh\"\r\n\r\n#!/bin/sh\ntrue\n\r\n--B--\r\n";
    for (status, id) in [(200, json!(3)), (409, Json::Null)] {
        let answer = bench
            .client
            .post(format!("{}/api/v1/fleet/scripts", bench.server.url()))
            .bearer_auth(TOKEN)
            .header("content-type", "multipart/form-data; boundary=B")
            .body(form)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status);
        assert_eq!(answer.json::<Json>().await.unwrap()["script_id"], id);
    }
}

#[tokio::test]
async fn a_host_without_fleetd_takes_no_script() {
    let bench = Bench::new("4.92.0", 1, &[Trouble::GhostHost]).await;
    let said = bench
        .post(
            "scripts/run",
            json!({"host_id": 1001, "script_contents": "true"}),
        )
        .await;
    assert_eq!(
        (told(&said).0, told(&said).1),
        (422, "Unprocessable Entity")
    );
}

#[tokio::test]
async fn what_destroys_is_refused_and_reported() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    for (method, path) in [
        ("POST", "hosts/1001/wipe"),
        ("POST", "hosts/1001/lock"),
        ("DELETE", "hosts/1001"),
        ("DELETE", "hosts/1001/mdm"),
        ("POST", "hosts/delete"),
        ("GET", "hosts/1001/encryption_key"),
        ("POST", "hosts/transfer/filter"),
        ("DELETE", "teams/1"),
    ] {
        let said = bench.send(method, path, None).await;
        assert_eq!(
            told(&said),
            (403, "forbidden", "base", "forbidden"),
            "{path}"
        );
    }
    assert_eq!(bench.ledger.report().violations.len(), 8);
    assert_eq!(bench.get("nothing/here").await.0, 404);
    assert_eq!(bench.ledger.report().violations.len(), 8);
    assert_eq!(bench.get("hosts/1001").await.0, 200);
}

#[tokio::test]
async fn configuration_and_version_are_told() {
    let bench = Bench::new("4.76.1", 1, &[]).await;
    let (_, config) = bench.get("config").await;
    assert_eq!(config["license"]["tier"], "premium");
    assert_eq!(config["mdm"]["macos_migration"]["enable"], false);
    assert_eq!(bench.get("version").await.1["version"], "4.76.1");
    let empty = bench.send("POST", "scripts/run", None).await;
    assert_eq!(
        told(&empty),
        (400, "Bad request", "base", "Expected JSON Body")
    );
}
