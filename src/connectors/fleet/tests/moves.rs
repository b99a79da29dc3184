use super::bench::*;
use crate::connectors::stand_in::{Act, Seen};
use crate::model::fault::FaultKind;
use crate::model::outcome::Outcome;
use serde_json::{Value as Json, json};

const TRANSFER: &str = "/api/v1/fleet/hosts/transfer";

fn input(team: &str) -> Json {
    json!({"host_id": 121, "team": team, "serial": SERIAL, "uuid": UUID})
}

fn fleet(seen: &Seen) -> Act {
    match seen.path.as_str() {
        "/api/v1/fleet/teams" => teams(),
        "/api/v1/fleet/hosts/121" => one(host(121)),
        TRANSFER => Act::Json(200, json!({})),
        _ => not_found(),
    }
}

#[tokio::test]
async fn a_host_is_moved_by_the_teams_number_and_accepted_not_done() {
    let bench = Bench::new(fleet).await;
    for _ in 0..2 {
        let reply = bench
            .call("fleet.transfer_host", input("Workstations"))
            .await
            .unwrap();
        assert_eq!(reply.outcome, Outcome::Accepted);
        assert_eq!(
            reply.result,
            json!({"team_id": 3, "team_name": "Workstations"})
        );
        let shown = format!("{:?}", reply.exchanges);
        assert!(!shown.contains("ENROLSECRET") && !shown.contains("canary"));
    }
    let seen = bench.there.seen();
    let posts: Vec<&Json> = seen
        .iter()
        .filter(|seen| seen.is("POST", TRANSFER))
        .map(|seen| &seen.body)
        .collect();
    assert_eq!(posts, [&json!({"team_id": 3, "hosts": [121]}); 2]);
    assert_eq!(
        bench.there.count("GET", "/api/v1/fleet/teams"),
        1,
        "names are remembered"
    );
}

#[tokio::test]
async fn a_team_that_is_not_there_is_looked_up_again_and_refused_by_name() {
    let bench = Bench::new(fleet).await;
    for team in ["Workstation", "No team", "Unassigned"] {
        let failure = bench
            .call("fleet.transfer_host", input(team))
            .await
            .unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::Refused);
        assert!(
            failure
                .fault
                .message
                .contains("\"Staging\", \"Workstations\""),
            "{}",
            failure.fault
        );
    }
    assert_eq!(bench.there.count("GET", "/api/v1/fleet/teams"), 3);
    assert_eq!(bench.there.changes(), 0);
}

#[tokio::test]
async fn another_mac_under_the_same_id_is_left_alone() {
    for wrong in [
        json!({"host_id": 121, "team": "Workstations", "serial": "OTHER"}),
        json!({"host_id": 121, "team": "Workstations", "serial": SERIAL, "uuid": "OTHER"}),
    ] {
        let bench = Bench::new(fleet).await;
        let failure = bench
            .call("fleet.transfer_host", wrong.clone())
            .await
            .unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::WrongIdentity);
        let mut run = wrong;
        run["script"] = "x.sh".into();
        let failure = bench.call("fleet.run_script", run).await.unwrap_err();
        assert_eq!(failure.fault.kind, FaultKind::WrongIdentity);
        assert_eq!(bench.there.changes(), 0);
    }
}

#[tokio::test]
async fn only_fleets_own_refusal_says_that_a_host_was_not_moved() {
    for (act, kind) in [
        (
            refuse(403, "forbidden", "base", "forbidden"),
            FaultKind::Forbidden,
        ),
        (
            refuse(
                402,
                "Requires Fleet Premium license",
                "base",
                "Requires Fleet Premium license",
            ),
            FaultKind::Refused,
        ),
        (
            refuse(
                422,
                "Validation Failed",
                "base",
                "Cannot add or update a child row: a foreign key constraint fails",
            ),
            FaultKind::Refused,
        ),
        (Act::HangUp, FaultKind::Unknown),
        (
            Act::Text(502, vec![], "<h1>Bad Gateway</h1>".into()),
            FaultKind::Unknown,
        ),
        (
            Act::Text(403, vec![], "<h1>WAF</h1>".into()),
            FaultKind::Unknown,
        ),
        (
            Act::Text(200, vec![], "<html>login</html>".into()),
            FaultKind::Unknown,
        ),
        (Act::Text(200, vec![], String::new()), FaultKind::Unknown),
        (
            Act::Text(302, vec![("Location", "/login".into())], String::new()),
            FaultKind::Unknown,
        ),
        (Act::Json(200, json!({"error": "boom"})), FaultKind::Unknown),
        (
            Act::Text(429, vec![("Retry-After", "7".into())], "slow down".into()),
            FaultKind::RateLimited,
        ),
    ] {
        let said = format!("{act:?}");
        let bench = Bench::new(move |seen| match seen.path.as_str() {
            TRANSFER => act.clone(),
            _ => fleet(seen),
        })
        .await;
        let failure = bench
            .call("fleet.transfer_host", input("Workstations"))
            .await
            .unwrap_err();
        assert_eq!(failure.fault.kind, kind, "{said} {}", failure.fault);
        assert_eq!(bench.there.count("POST", TRANSFER), 1, "{said}");
    }
}

#[tokio::test]
async fn a_host_that_is_there_already_is_not_moved_again() {
    let bench = Bench::new(fleet).await;
    let reply = bench
        .call("fleet.transfer_host", input("Staging"))
        .await
        .unwrap();
    assert_eq!(reply.outcome, Outcome::Confirmed);
    assert_eq!(bench.there.count("POST", TRANSFER), 0);
}
