use super::bench::*;
use crate::connectors::action::Landing;
use crate::connectors::stand_in::{Act, Seen};
use crate::model::fault::FaultKind;
use crate::model::outcome::Outcome;
use serde_json::{Value as Json, json};

const RUN: &str = "/api/v1/fleet/scripts/run";
const UPCOMING: &str = "/api/v1/fleet/hosts/121/activities/upcoming";
const PAST: &str = "/api/v1/fleet/hosts/121/activities";
const RESULT: &str = "/api/v1/fleet/scripts/results/";

fn saved() -> Json {
    json!({"host_id": 121, "serial": SERIAL, "uuid": UUID, "script": "remove-jamf.sh"})
}

fn inline() -> Json {
    json!({"host_id": 121, "serial": SERIAL, "contents": "#!/bin/zsh\necho hi"})
}

fn fleet(seen: &Seen) -> Act {
    match seen.path.as_str() {
        "/api/v1/fleet/hosts/121" => one(host(121)),
        "/api/v1/fleet/scripts" => {
            let id = if seen.query("team_id") == Some("2") {
                55
            } else {
                44
            };
            Act::Json(
                200,
                json!({"scripts": [{"id": id, "name": "remove-jamf.sh"}],
                "meta": {"has_next_results": false}}),
            )
        }
        RUN => Act::Json(202, json!({"host_id": 121, "execution_id": "e-1"})),
        UPCOMING | PAST => nothing(),
        _ => not_found(),
    }
}

fn queued(uuid: &str, name: &str, at: &str) -> Act {
    Act::Json(
        200,
        json!({"count": 1, "meta": {"has_next_results": false}, "activities": [
        {"uuid": uuid, "type": "ran_script", "created_at": at,
            "details": {"host_id": 121, "script_name": name, "script_execution_id": uuid}}]}),
    )
}

fn run(contents: &str, asked_at: &str) -> Act {
    Act::Json(
        200,
        json!({"script_contents": contents, "exit_code": null, "output": "",
        "message": "", "execution_id": "e-9", "created_at": asked_at}),
    )
}

#[tokio::test]
async fn a_saved_script_is_taken_from_the_hosts_current_team() {
    let bench = Bench::new(fleet).await;
    let reply = bench.call("fleet.run_script", saved()).await.unwrap();
    assert_eq!(reply.outcome, Outcome::Accepted);
    assert_eq!(reply.result, json!({"execution_id": "e-1"}));
    let seen = bench.there.seen();
    let post = seen.iter().find(|seen| seen.is("POST", RUN)).unwrap();
    assert_eq!(post.body, json!({"host_id": 121, "script_id": 55}));
}

#[tokio::test]
async fn a_text_carries_the_operation_and_a_long_one_is_not_sent() {
    let bench = Bench::new(fleet).await;
    bench.call("fleet.run_script", inline()).await.unwrap();
    let seen = bench.there.seen();
    let post = seen.iter().find(|seen| seen.is("POST", RUN)).unwrap();
    assert_eq!(
        post.body,
        json!({"host_id": 121, "script_contents": format!("#!/bin/zsh\n# op:{OP}\necho hi")})
    );
    let mut long = inline();
    long["contents"] = "x".repeat(10_000).into();
    let failure = bench.call("fleet.run_script", long).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::TooLarge);
    let both = json!({"host_id": 121, "serial": SERIAL, "script": "a.sh", "contents": "x"});
    let failure = bench.call("fleet.run_script", both).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Misconfigured);
    assert_eq!(bench.there.changes(), 1);
}

#[tokio::test]
async fn a_script_that_the_team_lacks_is_named_and_nothing_is_sent() {
    let bench = Bench::new(fleet).await;
    let mut other = saved();
    other["script"] = "renew.sh".into();
    let failure = bench.call("fleet.run_script", other).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::NotFound);
    assert!(
        failure.fault.message.contains("\"Staging\""),
        "{}",
        failure.fault
    );
    assert_eq!(bench.there.changes(), 0);
}

#[tokio::test]
async fn a_run_that_is_queued_already_is_adopted() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        RUN => refuse(
            409,
            "Validation Failed",
            "script_id",
            "The script is already queued on the given host.",
        ),
        UPCOMING => queued("e-old", "remove-jamf.sh", "2026-03-02T08:00:00Z"),
        _ => fleet(seen),
    })
    .await;
    let reply = bench.call("fleet.run_script", saved()).await.unwrap();
    assert_eq!(reply.result, json!({"execution_id": "e-old"}));
    assert_eq!(bench.there.count("POST", RUN), 1);
}

#[tokio::test]
async fn a_queue_that_is_full_is_no_queued_run() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        RUN => refuse(
            409,
            "Validation Failed",
            "script_id",
            "cannot queue more than 1000 scripts per host",
        ),
        UPCOMING => queued("e-old", "remove-jamf.sh", "2026-03-02T08:00:00Z"),
        _ => fleet(seen),
    })
    .await;
    let failure = bench.call("fleet.run_script", saved()).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Refused);
}

#[tokio::test]
async fn a_lost_answer_is_unknown_and_the_probe_finds_the_saved_run_in_the_queue() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        RUN => Act::HangUp,
        UPCOMING => queued("e-9", "remove-jamf.sh", "2026-03-02T09:30:24Z"),
        path if path.starts_with(RESULT) => run("echo", "2026-03-02T09:30:24Z"),
        _ => fleet(seen),
    })
    .await;
    let failure = bench.call("fleet.run_script", saved()).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Unknown);
    assert_eq!(bench.there.count("POST", RUN), 1);
    let landing = bench.probe("fleet.run_script", saved()).await.unwrap();
    assert_eq!(landing, Landing::Landed(json!({"execution_id": "e-9"})));
}

#[tokio::test]
async fn the_probe_knows_a_text_by_its_mark_and_nobody_elses() {
    for (contents, found) in [
        (format!("#!/bin/zsh\n# op:{OP}\necho hi"), true),
        ("#!/bin/zsh\n# op:ANOTHER\necho hi".to_owned(), false),
    ] {
        let bench = Bench::new(move |seen| match seen.path.as_str() {
            PAST => Act::Json(200, json!({"meta": {"has_next_results": false}, "activities": [
                {"id": 5, "type": "ran_script", "created_at": "2026-03-02T09:35:00Z",
                    "details": {"host_id": 121, "script_name": "", "script_execution_id": "e-9"}}]})),
            path if path.starts_with(RESULT) => run(&contents, "2026-03-02T09:30:24Z"),
            _ => fleet(seen),
        })
        .await;
        let landing = bench.probe("fleet.run_script", inline()).await.unwrap();
        let wanted = if found {
            Landing::Landed(json!({"execution_id": "e-9"}))
        } else {
            Landing::Absent
        };
        assert_eq!(landing, wanted);
    }
}

#[tokio::test]
async fn a_run_asked_for_before_the_intent_is_not_ours_even_if_it_ended_after_it() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        PAST => Act::Json(200, json!({"meta": {"has_next_results": false}, "activities": [
            {"id": 5, "type": "ran_script", "created_at": "2026-03-02T09:35:00Z",
                "details": {"host_id": 121, "script_name": "remove-jamf.sh", "script_execution_id": "e-8"}}]})),
        path if path.starts_with(RESULT) => run("echo", "2026-03-02T09:20:00Z"),
        _ => fleet(seen),
    })
    .await;
    let landing = bench.probe("fleet.run_script", saved()).await.unwrap();
    assert_eq!(landing, Landing::Absent);
}

#[tokio::test]
async fn what_cannot_be_told_is_undecided() {
    for (past, queue) in [
        (
            Act::Json(
                200,
                json!({"meta": null, "activities": [{"id": 5, "type": "canceled_run_script",
                "created_at": "2026-03-02T09:31:00Z", "details": {"host_id": 121, "script_name": "remove-jamf.sh"}}]}),
            ),
            nothing(),
        ),
        (
            nothing(),
            queued("gone", "remove-jamf.sh", "2026-03-02T09:30:24Z"),
        ),
        (not_found(), nothing()),
    ] {
        let bench = Bench::new(move |seen| match seen.path.as_str() {
            PAST => past.clone(),
            UPCOMING => queue.clone(),
            _ => fleet(seen),
        })
        .await;
        let landing = bench.probe("fleet.run_script", saved()).await.unwrap();
        assert!(matches!(landing, Landing::Undecided(_)), "{landing:?}");
    }
}

#[tokio::test]
async fn a_202_that_cannot_be_read_is_unknown() {
    for act in [
        Act::Json(202, json!({"host_id": 121})),
        Act::Text(202, vec![], "queued".into()),
        Act::Text(504, vec![], "<h1>Gateway Timeout</h1>".into()),
    ] {
        let bench = Bench::new(move |seen| match seen.path.as_str() {
            RUN => act.clone(),
            _ => fleet(seen),
        })
        .await;
        let failure = bench.call("fleet.run_script", saved()).await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::Unknown, "{}", failure.fault);
    }
}

#[tokio::test]
async fn a_result_that_is_gone_was_cancelled_and_a_proxys_404_proves_nothing() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        "/api/v1/fleet/scripts/results/done" => Act::Json(
            200,
            json!({"exit_code": 3, "output": "a\u{1b}[2J\nb", "message": ""}),
        ),
        "/api/v1/fleet/scripts/results/proxy" => Act::Text(404, vec![], "<h1>404</h1>".into()),
        _ => not_found(),
    })
    .await;
    let result = |id: &str| bench.call("fleet.script_result", json!({"execution_id": id}));
    let done = result("done").await.unwrap().result;
    assert_eq!(
        (&done["state"], &done["exit_code"], &done["finished"]),
        (&json!("done"), &json!(3), &json!(true))
    );
    assert_eq!(done["output"], "a\u{FFFD}[2J\nb");
    let gone = result("a/../b").await.unwrap().result;
    assert_eq!(
        (&gone["state"], &gone["finished"]),
        (&json!("cancelled"), &json!(true))
    );
    let failure = result("proxy").await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::BadReply);
    assert!(
        bench
            .there
            .seen()
            .iter()
            .all(|seen| !seen.path.contains("..") || seen.path.contains("%2F"))
    );
}

#[tokio::test]
async fn cancelling_what_has_ended_is_no_failure() {
    let bench = Bench::new(|seen| {
        if seen.path.ends_with("/e-1") {
            Act::Json(204, Json::Null)
        } else {
            not_found()
        }
    })
    .await;
    for (id, cancelled) in [("e-1", true), ("e-2", false)] {
        let input = json!({"host_id": 121, "execution_id": id});
        let reply = bench.call("fleet.cancel_upcoming", input).await.unwrap();
        assert_eq!(reply.result["cancelled"], cancelled);
    }
}
