use super::bench::*;
use crate::connectors::action::{Connector, Finding, Wanted};
use crate::connectors::fleet::spec::spec;
use crate::connectors::stand_in::{Act, Seen};
use crate::model::payload::parse;
use crate::model::value::Value;
use serde_json::json;

fn fleet(seen: &Seen) -> Act {
    let config = include_bytes!("../../../../tests/it/payloads/fleet/config.json");
    match seen.path.as_str() {
        "/api/v1/fleet/me" => Act::Json(
            200,
            json!({"user": {"id": 5, "email": "mc@acme.com", "global_role": "maintainer", "teams": []}}),
        ),
        "/api/v1/fleet/activities" | "/api/v1/fleet/hosts/121/activities/upcoming" => nothing(),
        "/api/v1/fleet/config" => Act::Json(200, parse(config).unwrap()),
        "/api/v1/fleet/version" => Act::Json(200, json!({"version": "0.0.0-dirty"})),
        "/api/v1/fleet/hosts" => Act::Json(200, json!({"hosts": [host(121)]})),
        "/api/v1/fleet/hosts/121" => one(host(121)),
        "/api/v1/fleet/teams" => teams(),
        "/api/v1/fleet/scripts" => {
            let scripts = match seen.query("team_id") {
                Some("2") => json!([{"id": 1, "name": "remove-jamf.sh"}]),
                _ => json!(null),
            };
            Act::Json(
                200,
                json!({"scripts": scripts, "meta": {"has_next_results": false}}),
            )
        }
        _ => not_found(),
    }
}

fn wanted() -> Wanted {
    Wanted {
        teams: vec!["Staging".into(), "Workstations".into(), "Gone".into()],
        scripts: vec!["remove-jamf.sh".into()],
    }
}

#[tokio::test]
async fn what_a_pipeline_needs_is_looked_for_without_changing_anything() {
    let bench = Bench::new(fleet).await;
    let findings = bench.fleet.check(&wanted()).await;
    let failing: Vec<&str> = findings
        .iter()
        .filter(|finding| !finding.ok)
        .map(|finding| finding.subject.as_str())
        .collect();
    assert_eq!(
        failing,
        ["script remove-jamf.sh in Workstations", "team Gone"]
    );
    assert_eq!(bench.there.changes(), 0);
    let shown = format!("{findings:?}");
    assert!(!shown.contains("HOOKSECRET") && !shown.contains("ENROLSECRET"));
}

#[tokio::test]
async fn a_bad_token_is_the_only_finding() {
    let bench = Bench::new(|_| {
        refuse(
            401,
            "Authentication required",
            "base",
            "Authentication required",
        )
    })
    .await;
    let findings: Vec<Finding> = bench.fleet.check(&wanted()).await;
    assert_eq!(findings.len(), 1);
    assert!(!findings[0].ok && findings[0].detail.contains("token"));
}

#[tokio::test]
async fn results_have_the_fields_that_the_catalogue_promises() {
    let bench = Bench::new(fleet).await;
    for (action, input) in [
        ("fleet.list_teams", json!({})),
        ("fleet.list_scripts", json!({"team": "Staging"})),
        ("fleet.list_scripts", json!({})),
        ("fleet.config", json!({})),
        ("fleet.upcoming", json!({"host_id": 121})),
        ("fleet.list_activities", json!({})),
    ] {
        let reply = bench.call(action, input).await.unwrap();
        let map = reply.result.as_object().unwrap();
        assert_eq!(map.len(), spec(action).outputs.len(), "{action}");
        for field in spec(action).outputs {
            let json = &map[field.name];
            assert!(
                !field.required || !json.is_null(),
                "{action} {}",
                field.name
            );
            assert!(
                Value::fit(field.kind, json).is_ok(),
                "{action} {}",
                field.name
            );
        }
        let shown = format!("{reply:?}");
        assert!(
            !shown.contains("HOOKSECRET") && !shown.contains("ENROLSECRET"),
            "{action}"
        );
    }
}
