//! A company that moves under its old server's name, with its real clock turned by hand, and its papers as the connector
//! reads them.

use drover::connectors::micromdm::records;
use drover::model::clock::Clock;
use drover::model::hash::fnv1a32;
use drover::model::time::{Span, Time};
use drover::sim::scenario::Scenario;
use drover::sim::world::HandoverReport;
use drover::sim::{Ports, Settings, Sim};
use std::collections::BTreeSet;
use std::path::Path;

async fn company(folder: &Path, scenario: Scenario) -> (Sim, Clock) {
    let clock = Clock::manual(Time::parse("2026-03-02T09:00:00Z").unwrap());
    let settings = Settings {
        seed: 1,
        devices: 300,
        scenario,
        clock: clock.clone(),
        jamf_version: "11.30.1".into(),
        fleet_version: "4.92.0".into(),
        ports: Ports::default(),
        ledger_file: None,
        folder: Some(folder.to_owned()),
    };
    (Sim::start(settings).await.unwrap(), clock)
}

/// The shipped company, with everybody awake, so that an hour is enough.
fn awake() -> Scenario {
    let mut scenario = Scenario::weather("handover").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    let table = scenario.handover.as_mut().unwrap();
    table.missing = 0.0;
    table.mismatched = 0.0;
    table.unenrolled = 0.0;
    scenario
}

fn route(sim: &Sim, percentage: u32) {
    sim.world().with(|state| {
        for proxy in &mut state.handover_mut().unwrap().proxies {
            proxy.percentage = percentage;
        }
    });
}

fn stand(sim: &Sim) -> HandoverReport {
    sim.report().handover.unwrap()
}

#[tokio::test]
async fn routed_macs_are_seen_at_fleet_the_silent_go_back_and_the_name_takes_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let (sim, clock) = company(folder.path(), awake()).await;
    sim.open_for_business();
    let hour = Span::from_hours(1);
    clock.turn(hour);
    let before = stand(&sim);
    assert_eq!((before.at_old, before.seen_new), (300, 0));

    route(&sim, 50);
    clock.turn(hour);
    let half = stand(&sim);
    assert!(half.silent > 0 && half.at_new > 100);
    assert_eq!(half.seen_new, half.at_new - half.silent);
    assert_eq!(sim.report().strays.len(), half.silent);

    route(&sim, 10);
    clock.turn(hour);
    let back = stand(&sim);
    assert_eq!((back.silent, back.seen_new), (0, half.seen_new));
    let tenth = |serial: &String| sim.truth(serial).unwrap().side == Some("new");
    assert_eq!(
        sim.serials().iter().filter(|one| tenth(one)).count(),
        back.at_new
    );

    sim.world().with(|state| {
        state.mend_identities().unwrap();
        state.move_name();
    });
    clock.turn(Span::from_mins(5));
    assert_eq!(stand(&sim).at_new, 300);
    clock.turn(hour);
    let after = stand(&sim);
    assert_eq!((after.silent, after.seen_new), (0, 300));
    assert!(after.name_moved && sim.report().strays.is_empty());
    sim.stop().await;
}

#[tokio::test]
async fn the_export_is_what_the_connector_reads_and_lacks_whom_the_scenario_says() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = awake();
    let table = scenario.handover.as_mut().unwrap();
    table.missing = 0.1;
    table.mismatched = 0.1;
    table.unenrolled = 0.1;
    let (sim, clock) = company(folder.path(), scenario).await;
    let read = || std::fs::read_to_string(folder.path().join("dump.sql")).unwrap();
    let found = records(&read());
    assert_eq!(found.skipped, 0);
    assert!(!found.list.iter().any(|record| record.broken));
    let (given, mismatched, topic) = sim.world().with(|state| {
        let handover = state.handover().unwrap();
        let count = |keep: fn(&drover::sim::world::Tenant) -> bool| {
            handover.tenants.iter().filter(|one| keep(one)).count()
        };
        (
            count(|one| one.given),
            count(|one| one.given_serial.is_some()),
            format!("com.apple.mgmt.External.{}", handover.topic),
        )
    });
    assert_eq!(found.list.len(), given);
    assert!(given < 270 && mismatched > 5);
    let serials: BTreeSet<String> = sim.serials().into_iter().collect();
    let strange = |record: &&drover::connectors::micromdm::Record| {
        !serials.contains(record.serial.as_ref().unwrap())
    };
    assert_eq!(found.list.iter().filter(strange).count(), mismatched);
    for record in &found.list {
        assert_eq!(record.topic.as_deref(), Some(topic.as_str()));
        assert!(record.has_push_magic && record.has_token && record.enabled);
        assert!(
            record
                .certificate_until
                .is_some_and(|until| until > clock.now())
        );
    }
    let inventory = std::fs::read_to_string(folder.path().join("inventory.csv")).unwrap();
    let mut lines = inventory.lines();
    assert_eq!(lines.next(), Some("serial,udid,computer_name,push"));
    let enrolled = lines.filter(|line| line.ends_with(",yes")).count();
    sim.world().with(|state| state.mend_identities().unwrap());
    let mended = records(&read());
    assert_eq!(mended.list.len(), enrolled);
    assert!(!mended.list.iter().any(|record| strange(&record)));
    sim.stop().await;
}

#[tokio::test]
async fn the_silent_are_of_the_third_wave_by_the_hash_the_proxy_goes_by() {
    let folder = tempfile::tempdir().unwrap();
    let (sim, clock) = company(folder.path(), awake()).await;
    route(&sim, 100);
    clock.turn(Span::from_hours(1));
    let silent: Vec<u32> = sim.world().with(|state| {
        let tenants = state.handover().unwrap().tenants.iter().enumerate();
        let silent = tenants.filter(|(_, one)| one.is_silent());
        let hosts = silent.map(|(index, _)| state.udid(index).unwrap());
        hosts.map(|udid| fnv1a32(udid.as_bytes()) % 100).collect()
    });
    assert!((3..=5).contains(&silent.len()), "{silent:?}");
    assert!(silent.iter().all(|hundredth| (10..50).contains(hundredth)));
    sim.stop().await;
}
