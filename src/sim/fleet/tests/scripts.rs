//! Scripts and the queue.

use super::{Bench, TOKEN, told};
use crate::sim::scenario::Trouble;
use serde_json::{Value as Json, json};

/// Body, status, field, reason.
fn refusals() -> Vec<(Json, u16, &'static str, &'static str)> {
    let long = "a".repeat(10_001);
    vec![
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
    ]
}

#[tokio::test]
async fn a_script_is_refused_in_fleets_order_and_words() {
    let bench = Bench::new("4.92.0", 1, &[]).await;
    for (body, status, name, reason) in refusals() {
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
