//! What Fleet shows of a company that moves under its old server's name.

use super::{Bench, told};
use crate::model::time::{Span, Time};
use crate::sim::scenario::Scenario;
use crate::sim::world::World;
use serde_json::{Value as Json, json};

async fn bench() -> Bench {
    let mut scenario = Scenario::weather("handover").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    scenario.company.filevault = 1.0;
    let table = scenario.handover.as_mut().unwrap();
    table.missing = 0.0;
    table.unenrolled = 0.0;
    table.late_agent = 0.0;
    Bench::of("4.92.0", 3, scenario).await
}

fn route(world: &World, percentage: u32) {
    world.with(|state| {
        for proxy in &mut state.handover_mut().unwrap().proxies {
            proxy.percentage = percentage;
        }
    });
}

fn statuses(host: &Json) -> Vec<&str> {
    let profiles = host["mdm"]["profiles"].as_array().unwrap();
    profiles
        .iter()
        .map(|profile| profile["status"].as_str().unwrap())
        .collect()
}

fn time(json: &Json) -> Time {
    Time::parse(json.as_str().unwrap()).unwrap()
}

#[tokio::test]
async fn a_host_names_the_same_server_before_and_after_and_its_contact_is_the_import_until_it_came_by()
 {
    let bench = bench().await;
    let opened = bench.clock.now();
    let host = bench.get("hosts/1001").await.1["host"].take();
    let url = "https://mdm.acme.example/mdm/connect";
    assert_eq!(host["team_name"], "Workstations");
    assert_eq!(host["mdm"]["server_url"], url);
    assert_eq!(host["mdm"]["name"], "");
    assert_eq!(host["mdm"]["enrollment_status"], "On (automatic)");
    assert_eq!(host["mdm"]["connected_to_fleet"], true);
    let imported = opened.minus(Span::from_hours(26));
    assert_eq!(time(&host["last_mdm_checked_in_at"]), imported);
    assert_eq!(time(&host["last_mdm_enrolled_at"]), imported);
    bench.later("5h");
    let waiting = bench.get("hosts/1001").await.1["host"].take();
    assert_eq!(time(&waiting["last_mdm_checked_in_at"]), imported);
    route(&bench.world, 100);
    let cut = bench.clock.now();
    bench.later("31m");
    let moved = bench.get("hosts/1001").await.1["host"].take();
    assert!(time(&moved["last_mdm_checked_in_at"]) > cut);
    assert_eq!(time(&moved["last_mdm_enrolled_at"]), imported);
    assert_eq!(moved["mdm"]["server_url"], url);
    assert_eq!(bench.get("hosts/1001/mdm").await.1["server_url"], url);
}

#[tokio::test]
async fn profiles_are_pending_then_verifying_then_verified_and_the_key_waits_for_a_login() {
    let bench = bench().await;
    let host = bench.get("hosts/1001").await.1["host"].take();
    assert_eq!(statuses(&host), ["pending"; 6]);
    assert_eq!(
        host["mdm"]["macos_settings"]["disk_encryption"],
        "enforcing"
    );
    route(&bench.world, 100);
    let sent = |bench: &Bench| {
        let sent = |state: &mut crate::sim::world::State| state.tenant(0).unwrap().profiled_at;
        bench.world.with(sent).is_some()
    };
    while !sent(&bench) {
        bench.later("1s");
    }
    let host = bench.get("hosts/1001").await.1["host"].take();
    assert_eq!(statuses(&host), ["verifying"; 6]);
    assert_eq!(
        host["mdm"]["macos_settings"]["action_required"],
        "rotate_key"
    );
    assert_eq!(host["mdm"]["encryption_key_available"], false);
    bench.later("1h 1m");
    let host = bench.get("hosts/1001").await.1["host"].take();
    assert_eq!(statuses(&host)[..5], ["verified"; 5]);
    bench.later("12h");
    let host = bench.get("hosts/1001").await.1["host"].take();
    assert_eq!(statuses(&host), ["verified"; 6]);
    assert_eq!(host["mdm"]["encryption_key_available"], true);
}

#[tokio::test]
async fn a_teams_profiles_are_listed_with_the_names_that_hosts_give_them() {
    let bench = bench().await;
    let (status, list) = bench.get("configuration_profiles?team_id=1").await;
    assert_eq!(status, 200);
    let listed = list["profiles"].as_array().unwrap();
    let identifiers: Vec<&str> = listed
        .iter()
        .map(|profile| profile["identifier"].as_str().unwrap())
        .collect();
    assert_eq!(identifiers.len(), 5);
    assert!(identifiers.contains(&"com.acme.wifi"));
    let host = bench.get("hosts/1001").await.1["host"].take();
    let uuid = &host["mdm"]["profiles"][0]["profile_uuid"];
    assert_eq!(&listed[0]["profile_uuid"], uuid);
    assert_eq!(list["meta"]["has_next_results"], false);
    let (_, page) = bench
        .get("configuration_profiles?team_id=1&page=1&per_page=4")
        .await;
    assert_eq!(page["profiles"].as_array().unwrap().len(), 1);
    assert_eq!(
        bench.get("configuration_profiles").await.1["profiles"],
        json!([])
    );
}

#[tokio::test]
async fn the_push_certificate_names_the_topic_of_the_export_unless_it_is_another() {
    let bench = bench().await;
    let topic = bench.world.with(|state| {
        let push = state.push_information(0).unwrap();
        push.topic.replace("com.apple.mgmt.External.", "")
    });
    let (status, apns) = bench.get("apns").await;
    assert_eq!(status, 200);
    assert_eq!(apns["common_name"], format!("APSP:{topic}"));
    let until = time(&apns["renew_date"]);
    assert!(until.since(bench.clock.now()) > Span::from_hours(24 * 99));
    bench.later("24h");
    let again = bench.get("apns").await.1;
    assert_eq!(time(&again["renew_date"]), until);
    bench
        .world
        .with(|state| state.handover_mut().unwrap().same_topic = false);
    let other = bench.get("apns").await.1["common_name"].take();
    assert_ne!(other, format!("APSP:{topic}"));
    let none = Bench::new("4.92.0", 1, &[]).await.get("apns").await;
    assert_eq!(told(&none).0, 404);
}
