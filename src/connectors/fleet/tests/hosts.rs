use super::bench::*;
use crate::connectors::stand_in::Act;
use crate::model::fault::FaultKind;
use crate::model::outcome::Outcome;
use serde_json::json;

#[tokio::test]
async fn a_search_in_parts_of_names_finds_the_exact_serial_only() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        "/api/v1/fleet/hosts" => Act::Json(
            200,
            json!({"hosts": [
                {"id": 7, "hardware_serial": format!("{SERIAL}X"), "uuid": "A"},
                {"id": 121, "hardware_serial": SERIAL, "uuid": UUID},
                {"id": 9, "hardware_serial": "OTHER", "hostname": SERIAL, "uuid": "B"},
            ]}),
        ),
        "/api/v1/fleet/hosts/121" => one(host(121)),
        _ => not_found(),
    })
    .await;
    let reply = bench
        .call("fleet.find_host", json!({"serial": SERIAL}))
        .await
        .unwrap();
    assert_eq!(reply.result["id"], 121);
    assert_eq!(reply.result["connected_to_fleet"], false);
    assert_eq!((reply.outcome, reply.exchanges.len()), (Outcome::Done, 2));
    let seen = bench.there.seen();
    assert_eq!(seen[0].query("query"), Some(SERIAL));
    assert_eq!(seen[1].query("exclude_software"), Some("true"));
    assert!(seen[0].headers.contains("Bearer fleet-token-canary"));
    assert!(!format!("{:?}", reply.exchanges).contains("canary"));
}

#[tokio::test]
async fn two_hosts_with_one_serial_are_ambiguous_unless_the_uuid_tells() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        "/api/v1/fleet/hosts" => Act::Json(
            200,
            json!({"hosts": [
                {"id": 120, "hardware_serial": SERIAL, "uuid": "OLD"},
                {"id": 121, "hardware_serial": SERIAL, "uuid": UUID},
            ]}),
        ),
        "/api/v1/fleet/hosts/121" => one(host(121)),
        _ => not_found(),
    })
    .await;
    let ambiguous = bench
        .call("fleet.find_host", json!({"serial": SERIAL}))
        .await
        .unwrap_err();
    assert_eq!(ambiguous.fault.kind, FaultKind::Ambiguous);
    assert!(ambiguous.fault.message.contains("120, 121"));
    let input = json!({"serial": SERIAL, "uuid": UUID.to_lowercase()});
    let found = bench.call("fleet.find_host", input).await.unwrap();
    assert_eq!(found.result["id"], 121);
}

#[tokio::test]
async fn an_unknown_serial_and_a_deleted_host_are_not_found_and_a_proxys_404_is_not() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        "/api/v1/fleet/hosts" => Act::Json(200, json!({"hosts": []})),
        "/api/v1/fleet/hosts/1" => not_found(),
        _ => Act::Text(
            404,
            vec![("Content-Type", "text/html".into())],
            "<h1>no such site</h1>".into(),
        ),
    })
    .await;
    for (action, input, kind) in [
        (
            "fleet.find_host",
            json!({"serial": "NOPE"}),
            FaultKind::NotFound,
        ),
        ("fleet.get_host", json!({"id": 1}), FaultKind::NotFound),
        ("fleet.get_host", json!({"id": 2}), FaultKind::BadReply),
        (
            "fleet.find_host",
            json!({"serial": " "}),
            FaultKind::Misconfigured,
        ),
    ] {
        let failure = bench.call(action, input).await.unwrap_err();
        assert_eq!(failure.fault.kind, kind, "{}", failure.fault);
    }
}

#[tokio::test]
async fn trouble_while_reading_had_no_effect_and_fleets_words_are_kept() {
    let bench = Bench::new(|seen| match seen.path.as_str() {
        "/api/v1/fleet/hosts/1" => refuse(
            401,
            "Authentication required",
            "base",
            "Authentication required",
        ),
        "/api/v1/fleet/hosts/2" => Act::Text(
            502,
            vec![("Content-Type", "text/html".into())],
            "<h1>Bad Gateway</h1>".into(),
        ),
        "/api/v1/fleet/hosts/3" => Act::HangUp,
        "/api/v1/fleet/hosts/4" => Act::Text(200, vec![], "<html>login</html>".into()),
        "/api/v1/fleet/hosts/5" => Act::Json(200, json!({"host": {"id": 5}})),
        "/api/v1/fleet/hosts/6" => Act::Text(429, vec![("Retry-After", "0".into())], String::new()),
        _ => not_found(),
    })
    .await;
    for (id, kind, word) in [
        (1, FaultKind::Unauthorized, "b7e0-11"),
        (2, FaultKind::ServerError, "502"),
        (3, FaultKind::Unreachable, ""),
        (4, FaultKind::BadReply, ""),
        (5, FaultKind::BadReply, "hardware_serial"),
        (6, FaultKind::RateLimited, ""),
    ] {
        let failure = bench
            .call("fleet.get_host", json!({"id": id}))
            .await
            .unwrap_err();
        assert_eq!(failure.fault.kind, kind, "{}", failure.fault);
        assert!(failure.fault.message.contains(word), "{}", failure.fault);
        assert_eq!(failure.exchanges.len(), 1);
    }
}

#[tokio::test]
async fn asking_for_details_is_accepted_not_done() {
    let bench = Bench::new(|_| Act::Json(200, json!({}))).await;
    let reply = bench
        .call("fleet.refetch_host", json!({"id": 121}))
        .await
        .unwrap();
    assert_eq!(
        (reply.outcome, reply.result),
        (Outcome::Accepted, json!({}))
    );
    assert_eq!(
        bench.there.count("POST", "/api/v1/fleet/hosts/121/refetch"),
        1
    );
}
