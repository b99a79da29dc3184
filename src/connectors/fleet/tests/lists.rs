use super::bench::*;
use crate::connectors::stand_in::Act;
use crate::model::fault::FaultKind;
use serde_json::{Value as Json, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

fn macs(after: i64, count: i64) -> Vec<Json> {
    (after + 1..=(after + count).min(250))
        .map(|id| {
            json!({"id": id, "hardware_serial": format!("S{id}"),
            "platform": if id == 3 { "ios" } else { "darwin" }})
        })
        .collect()
}

fn ids(items: &Json) -> Vec<i64> {
    let items = items.as_array().unwrap();
    items
        .iter()
        .map(|item| item["id"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn hosts_are_paged_by_cursor_and_the_order_key_that_works_is_remembered() {
    for accepted in ["h.id", "id"] {
        let bench = Bench::new(move |seen| {
            if seen.query("order_key") != Some(accepted) {
                return refuse(
                    422,
                    "Validation Failed",
                    "base",
                    "Error 1052: Column 'id' is ambiguous",
                );
            }
            let after = seen
                .query("after")
                .map_or(0, |after| after.parse().unwrap());
            let per_page = seen.query("per_page").unwrap().parse().unwrap();
            Act::Json(200, json!({"hosts": macs(after, per_page)}))
        })
        .await;
        let (mut cursor, mut all, mut pages) = (Json::Null, Vec::new(), 0);
        loop {
            let input = json!({"cursor": cursor, "per_page": 100});
            let reply = bench.call("fleet.list_hosts", input).await.unwrap();
            all.extend(ids(&reply.result["items"]));
            pages += 1;
            cursor = reply.result["cursor"].clone();
            if reply.result["more"] == false {
                break;
            }
        }
        assert_eq!(cursor, Json::Null);
        assert_eq!((pages, all.len()), (3, 249), "the iPad is left out");
        let refused = usize::from(accepted == "id");
        assert_eq!(bench.there.seen().len(), 3 + refused);
    }
}

#[tokio::test]
async fn a_list_that_breaks_off_inside_its_200_is_no_list() {
    let bench = Bench::new(|_| {
        Act::Json(
            200,
            json!({"error": "context canceled", "hosts": macs(0, 100)}),
        )
    })
    .await;
    for (action, input) in [
        ("fleet.list_hosts", json!({"per_page": 200})),
        ("fleet.find_host", json!({"serial": "S1"})),
    ] {
        let failure = bench.call(action, input).await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::BadReply);
        assert!(failure.fault.message.contains("context canceled"));
    }
}

#[tokio::test]
async fn a_server_that_ignores_the_cursor_does_not_make_an_endless_list() {
    let bench = Bench::new(|_| Act::Json(200, json!({"hosts": macs(0, 100)}))).await;
    let input = json!({"cursor": {"after": 100}, "per_page": 100});
    let failure = bench.call("fleet.list_hosts", input).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::BadReply);
    let input = json!({"cursor": "nonsense"});
    let failure = bench.call("fleet.list_hosts", input).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Misconfigured);
}

#[tokio::test]
async fn each_activity_is_given_once_even_one_that_appears_late() {
    let top = Arc::new(AtomicI64::new(240));
    let there = Arc::clone(&top);
    let bench = Bench::new(move |seen| {
        let after: i64 = seen.query("after").unwrap().parse().unwrap();
        let per_page: usize = seen.query("per_page").unwrap().parse().unwrap();
        let top = there.load(Ordering::SeqCst);
        let rows: Vec<Json> = (after + 1..=top)
            // The row of a transaction that was still open on the first read.
            .filter(|id| *id != 200 || top > 240)
            .take(per_page)
            .map(|id| {
                json!({"id": id, "created_at": "2026-03-02T09:00:00Z", "type": "mdm_enrolled",
                "details": {"host_serial": format!("S{id}")}})
            })
            .collect();
        Act::Json(200, json!({"activities": rows, "meta": null}))
    })
    .await;
    let (mut cursor, mut given) = (Json::Null, Vec::new());
    for until in [240, 243, 243] {
        top.store(until, Ordering::SeqCst);
        loop {
            let input = json!({"cursor": cursor, "per_page": 100});
            let reply = bench.call("fleet.list_activities", input).await.unwrap();
            given.extend(ids(&reply.result["items"]));
            cursor = reply.result["cursor"].clone();
            if reply.result["more"] == false {
                break;
            }
        }
    }
    assert_eq!(given.len(), 243);
    given.sort_unstable();
    given.dedup();
    assert_eq!(given, (1..=243).collect::<Vec<_>>());
    let first = &bench.there.seen()[0];
    assert_eq!(first.query("order_key"), Some("id"));
    assert_eq!(first.query("order_direction"), Some("asc"));
}

#[tokio::test]
async fn activities_are_narrowed_by_type_and_by_the_moment_to_begin_at() {
    let bench = Bench::new(|_| {
        let row = |id: i64, kind: &str, at: &str| json!({"id": id, "created_at": at, "type": kind, "details": {"host_id": "5"}});
        Act::Json(200, json!({"activities": [
            row(1, "mdm_enrolled", "2026-03-01T00:00:00Z"),
            row(2, "ran_script", "2026-03-02T00:00:00Z"),
            row(3, "mdm_enrolled", "2026-03-02T00:00:00Z"),
        ]}))
    })
    .await;
    let input = json!({"types": ["mdm_enrolled"], "since": "2026-03-01T12:00:00Z"});
    let reply = bench.call("fleet.list_activities", input).await.unwrap();
    assert_eq!(ids(&reply.result["items"]), [3]);
    assert_eq!(reply.result["items"][0]["host_id"], 5);
    assert!(bench.there.seen()[0].query("start_created_at").is_some());
}

#[tokio::test]
async fn a_team_user_is_told_that_the_log_needs_a_global_role() {
    let bench = Bench::new(|_| refuse(403, "forbidden", "base", "forbidden")).await;
    let failure = bench
        .call("fleet.list_activities", json!({}))
        .await
        .unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::Forbidden);
    assert!(
        failure.fault.message.contains("global role"),
        "{}",
        failure.fault
    );
}

#[tokio::test]
async fn profiles_of_a_team_are_read_to_the_last_page() {
    let bench = Bench::new(|seen| {
        if seen.path.ends_with("/teams") {
            return teams();
        }
        assert_eq!(seen.query("team_id"), Some("3"));
        let page: i64 = seen.query("page").unwrap().parse().unwrap();
        let profile = |id: i64| {
            json!({"profile_uuid": format!("a{id}"), "team_id": 3, "name": format!("P{id}"), "platform": "darwin",
                "identifier": format!("com.acme.{id}"), "checksum": "x"})
        };
        let profiles = json!([profile(page * 2), profile(page * 2 + 1)]);
        let meta = json!({"has_next_results": page < 2});
        Act::Json(200, json!({"profiles": profiles, "meta": meta}))
    })
    .await;
    let input = json!({"team": "Workstations"});
    let reply = bench.call("fleet.list_profiles", input).await.unwrap();
    let items = reply.result["items"].as_array().unwrap();
    assert_eq!(items.len(), 6);
    let last =
        json!({"profile_uuid": "a5", "name": "P5", "identifier": "com.acme.5", "team_id": 3});
    assert_eq!(items[5], last);
}

#[tokio::test]
async fn without_a_team_the_profiles_of_no_team_are_read() {
    let bench = Bench::new(|seen| {
        assert_eq!(seen.query("team_id"), None);
        Act::Json(200, json!({"profiles": null, "meta": null}))
    })
    .await;
    let reply = bench.call("fleet.list_profiles", json!({})).await.unwrap();
    assert_eq!(reply.result, json!({"items": []}));
}

#[tokio::test]
async fn a_fleet_without_a_push_certificate_says_so() {
    let bench = Bench::new(|_| not_found()).await;
    let failure = bench.call("fleet.apns", json!({})).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::NotFound);
    let said = failure.fault.message;
    assert!(said.contains("no APNs certificate"), "{said}");
    // A page of somebody else's at that address proves nothing.
    let page = "<html>404</html>".to_owned();
    let bench = Bench::new(move |_| {
        Act::Text(
            404,
            vec![("content-type", "text/html".into())],
            page.clone(),
        )
    })
    .await;
    let failure = bench.call("fleet.apns", json!({})).await.unwrap_err();
    assert_eq!(failure.fault.kind, FaultKind::BadReply);
}
