//! What a company that moves under its old server's name promises.

use super::mac::Mdm;
use super::profile::{Delivery, ENROLLMENT, HANDOVER};
use super::*;
use crate::model::clock::Stopwatch;
use crate::model::hash::fnv1a32;
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Scenario;

fn start() -> Time {
    Time::parse("2026-03-02T09:00:00Z").unwrap()
}

fn shipped() -> Scenario {
    Scenario::weather("handover").unwrap()
}

/// A company in which nothing is wrong and nobody sleeps.
fn sound() -> Scenario {
    let mut scenario = shipped();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    let table = scenario.handover.as_mut().unwrap();
    table.silent.share = 0.0;
    table.leftovers = 0.0;
    table.missing = 0.0;
    table.mismatched = 0.0;
    table.unenrolled = 0.0;
    table.late_agent = 0.0;
    scenario
}

fn company(scenario: Scenario, devices: usize) -> State {
    State::new(Making {
        seed: 1,
        devices,
        scenario,
        now: start(),
        ledger: Ledger::in_memory(),
        fleet_version: "4.92.0".into(),
    })
}

fn route(state: &mut State, percentage: u32) {
    for proxy in &mut state.handover_mut().unwrap().proxies {
        proxy.percentage = percentage;
    }
}

fn later(state: &mut State, span: &str) {
    state.advance(state.now.plus(Span::parse(span).unwrap()));
}

fn hundredth(mac: &Mac) -> u32 {
    fnv1a32(mac.uuid.as_bytes()) % 100
}

#[test]
fn everybody_is_enrolled_in_the_old_server_and_in_production_and_jamf_knows_nobody() {
    let state = company(sound(), 60);
    assert!(state.computers().is_empty());
    assert_eq!(state.hosts.len(), 60);
    for mac in &state.macs {
        assert_eq!((mac.mdm, mac.plan.click), (Mdm::Old, None));
        let host = state.host(mac.host.unwrap()).unwrap();
        assert_eq!(host.team, Some(team::PRODUCTION));
        assert_eq!(host.mdm.server, Server::Old);
        assert!(host.mdm.connected, "it was imported");
        let tenant = state.tenant(mac.index).unwrap();
        assert!(tenant.enrolled && tenant.accepted() && tenant.new_seen.is_none());
        assert_eq!(tenant.profiles[0], ENROLLMENT);
    }
}

#[test]
fn a_mac_that_is_awake_comes_by_every_ten_to_thirty_minutes() {
    let mut state = company(sound(), 30);
    for _ in 0..20 {
        later(&mut state, "30m");
        for tenant in &state.handover().unwrap().tenants {
            let ago = state.now.since(tenant.old_seen.unwrap());
            assert!(ago <= Span::from_mins(30), "{ago}");
        }
    }
    let report = state.report();
    assert_eq!(report.macs.get("at the old server"), Some(&30));
    assert!(report.strays.is_empty());
}

#[test]
fn a_visit_is_made_with_the_routing_of_its_own_moment() {
    let look_often = |step: &str, times: usize| {
        let mut state = company(sound(), 40);
        for _ in 0..times {
            later(&mut state, step);
        }
        route(&mut state, 50);
        for _ in 0..times {
            later(&mut state, step);
        }
        let tenants = &state.handover().unwrap().tenants;
        let seen: Vec<_> = tenants
            .iter()
            .map(|one| (one.old_seen, one.new_seen))
            .collect();
        seen
    };
    assert_eq!(look_often("3h", 1), look_often("1m", 180));
}

#[test]
fn a_visit_is_no_appointment_and_the_company_is_quiet() {
    let mut state = company(sound(), 20);
    state.open_for_business();
    assert!(state.is_quiet());
    later(&mut state, "1h");
    assert!(state.is_quiet());
    assert_eq!(
        state.next_moment(),
        Some(state.now.plus(Span::from_mins(30)))
    );
}

#[test]
fn a_day_of_a_thousand_macs_takes_less_than_two_seconds() {
    let mut state = company(shipped(), 1_000);
    let watch = Stopwatch::start();
    later(&mut state, "24h");
    assert!(watch.elapsed().as_secs_f64() < 2.0, "{:?}", watch.elapsed());
}

#[test]
fn a_push_brings_an_awake_mac_within_its_time_and_delays_nobody() {
    let mut state = company(sound(), 10);
    later(&mut state, "1h");
    for index in 0..10 {
        state.come_by(index, Span::from_secs(20));
        state.come_by(index, Span::from_hours(5));
    }
    let pushed = state.now;
    later(&mut state, "20s");
    let seen = |one: &Tenant| one.old_seen.unwrap() > pushed;
    assert!(state.handover().unwrap().tenants.iter().all(seen));
}

#[test]
fn a_mac_that_sleeps_comes_by_when_it_is_awake_again() {
    let mut scenario = sound();
    scenario.company.stays_on = 0.0;
    let mut state = company(scenario, 20);
    later(&mut state, "14h");
    assert!(state.macs.iter().all(|mac| !mac.is_awake(state.now)));
    route(&mut state, 100);
    later(&mut state, "4h");
    let new = |one: &Tenant| one.new_seen.is_some();
    assert!(!state.handover().unwrap().tenants.iter().any(new));
    later(&mut state, "12h");
    assert!(state.handover().unwrap().tenants.iter().all(new));
}

#[test]
fn the_third_wave_has_three_percent_that_are_refused_and_seen_nowhere() {
    let mut scenario = shipped();
    scenario.handover.as_mut().unwrap().missing = 0.0;
    let mut state = company(scenario, 1_000);
    let silent: Vec<usize> = (0..1_000)
        .filter(|index| !state.tenant(*index).unwrap().known)
        .collect();
    let part = state
        .macs
        .iter()
        .filter(|mac| (10..50).contains(&hundredth(mac)))
        .count();
    let least = part as f64 * 0.027;
    assert!(silent.len() as f64 > least && silent.len() as f64 <= part as f64 * 0.03 + 1.0);
    for index in &silent {
        assert!((10..50).contains(&hundredth(&state.macs[*index])));
    }
    route(&mut state, 10);
    later(&mut state, "24h");
    assert_eq!(state.report().handover.unwrap().silent, 0);
    route(&mut state, 50);
    let cut = state.now;
    later(&mut state, "24h");
    for index in &silent {
        let tenant = state.tenant(*index).unwrap();
        assert!(tenant.refused > 0 && tenant.is_silent());
        assert!(tenant.new_seen.is_none() && tenant.old_seen.unwrap() <= cut);
    }
    let report = state.report();
    assert_eq!(report.handover.unwrap().silent, silent.len());
    assert_eq!(report.strays.len(), silent.len());
}

#[test]
fn the_silent_answer_the_old_server_once_rolled_back_and_the_new_one_once_mended() {
    let mut state = company(shipped(), 400);
    route(&mut state, 50);
    later(&mut state, "24h");
    let silent: Vec<usize> = (0..400)
        .filter(|index| state.tenant(*index).unwrap().is_silent())
        .collect();
    assert!(!silent.is_empty());
    route(&mut state, 10);
    let back = state.now;
    later(&mut state, "24h");
    for index in &silent {
        assert!(state.tenant(*index).unwrap().old_seen.unwrap() > back);
    }
    assert!(state.report().strays.is_empty());
    state.mend_identities().unwrap();
    let before = state.tenant(silent[0]).unwrap().new_seen;
    assert_eq!(before, None, "an import is no visit");
    route(&mut state, 50);
    later(&mut state, "24h");
    for index in &silent {
        let tenant = state.tenant(*index).unwrap();
        assert!(tenant.new_seen.is_some() && !tenant.is_silent());
    }
}

#[test]
fn the_name_moves_when_resolvers_have_forgotten_and_then_everybody_is_at_the_new_server() {
    let mut state = company(sound(), 50);
    assert_eq!(state.report().handover.unwrap().at_old, 50);
    state.move_name();
    later(&mut state, "4m 59s");
    assert_eq!(state.report().handover.unwrap().at_new, 0);
    later(&mut state, "1s");
    let moved = state.handover().unwrap().moved_at;
    state.move_name();
    assert_eq!(state.handover().unwrap().moved_at, moved);
    let cut = state.now;
    later(&mut state, "1h");
    let report = state.report();
    let handover = report.handover.unwrap();
    assert_eq!(
        (handover.at_new, handover.seen_new, handover.name_moved),
        (50, 50, true)
    );
    assert_eq!(report.macs.get("at the new server"), Some(&50));
    let old = |one: &Tenant| one.old_seen.unwrap() <= cut;
    assert!(state.handover().unwrap().tenants.iter().all(old));
    let truth = state.truth(&state.serials()[0]).unwrap();
    assert_eq!((truth.mdm, truth.side), ("old", Some("new")));
    assert!(truth.new_seen > truth.old_seen);
}

#[test]
fn profiles_follow_the_second_visit_and_are_verified_by_the_next_details() {
    let mut state = company(sound(), 1);
    let delivery = |state: &State| {
        let host = state.host(1_001).unwrap();
        state.tenant(0).unwrap().delivery(state.detail_time(host))
    };
    later(&mut state, "2h");
    assert_eq!(delivery(&state), Delivery::Pending);
    route(&mut state, 100);
    while state.tenant(0).unwrap().visits == 0 {
        later(&mut state, "1s");
    }
    assert_eq!(delivery(&state), Delivery::Pending);
    later(&mut state, "90s");
    assert_eq!(state.tenant(0).unwrap().visits, 2, "Fleet pushed");
    let sent = state.tenant(0).unwrap().profiled_at.unwrap();
    state.request_refetch(1_001);
    while delivery(&state) == Delivery::Verifying {
        later(&mut state, "1s");
    }
    assert_eq!(delivery(&state), Delivery::Verified);
    assert!(state.now.since(sent) <= Span::from_secs(150));
    let on_it = &state.tenant(0).unwrap().profiles;
    assert!(HANDOVER.iter().all(|one| on_it.contains(&one.identifier)));
    route(&mut state, 0);
    later(&mut state, "1h");
    assert_eq!(delivery(&state), Delivery::Verified, "nothing leaves a Mac");
}

#[test]
fn the_disk_encryption_key_comes_hours_after_the_move_and_an_old_certificate_is_renewed() {
    let mut scenario = sound();
    scenario.company.filevault = 1.0;
    let table = scenario.handover.as_mut().unwrap();
    table.identity.least = Span::from_hours(24 * 20);
    table.identity.most = Span::from_hours(24 * 40);
    let mut state = company(scenario, 40);
    later(&mut state, "12h");
    let keys = |state: &State| {
        let with = state.hosts.values().filter(|host| host.key_at.is_some());
        with.count()
    };
    assert_eq!(keys(&state), 0);
    route(&mut state, 100);
    later(&mut state, "35m");
    assert!(keys(&state) < 10);
    later(&mut state, "12h");
    assert_eq!(keys(&state), 40);
    let escrowed = state
        .activities
        .iter()
        .filter(|one| one.kind == "escrowed_disk_encryption_key");
    assert_eq!(escrowed.count(), 40);
    let month = state.now.plus(Span::from_hours(24 * 29));
    let tenants = &state.handover().unwrap().tenants;
    assert!(tenants.iter().all(|one| one.identity_until > month));
    let renewed = tenants.iter().filter(|one| one.renewed_at.is_some());
    assert!((10..35).contains(&renewed.count()));
}

#[test]
fn a_late_agent_is_enrolled_hours_later_and_told_of() {
    let mut scenario = sound();
    scenario.handover.as_mut().unwrap().late_agent = 1.0;
    let mut state = company(scenario, 10);
    state.open_for_business();
    assert!(state.hosts.is_empty() && !state.is_quiet());
    later(&mut state, "11h");
    assert_eq!(state.hosts.len(), 10);
    assert!(state.is_quiet());
    let host = state.host(state.macs[3].host.unwrap()).unwrap();
    assert_eq!((host.team, host.mac), (Some(team::PRODUCTION), Some(3)));
    let told = state
        .activities
        .iter()
        .filter(|one| one.kind == "fleet_enrolled");
    assert_eq!(told.count(), 10);
}

#[test]
fn the_shipped_company_is_as_wrong_as_its_scenario_says() {
    let state = company(shipped(), 1_000);
    let tenants = &state.handover().unwrap().tenants;
    let count = |keep: fn(&Tenant) -> bool| tenants.iter().filter(|one| keep(one)).count();
    let leftovers = count(|one| one.profiles.len() > 5);
    assert!((20..65).contains(&leftovers), "{leftovers}");
    let missing = count(|one| !one.given);
    assert!(tenants.iter().all(|one| one.enrolled));
    assert!((1..13).contains(&missing), "{missing}");
    assert!((1..8).contains(&count(|one| one.given_serial.is_some())));
    let without = state.macs.iter().filter(|mac| mac.host.is_none()).count();
    assert!((8..40).contains(&without), "{without}");
}

#[test]
fn whoever_left_the_old_server_comes_by_nowhere() {
    let mut scenario = sound();
    scenario.handover.as_mut().unwrap().unenrolled = 1.0;
    let mut state = company(scenario, 5);
    let seen: Vec<_> = (0..5)
        .map(|index| state.tenant(index).unwrap().old_seen)
        .collect();
    route(&mut state, 100);
    state.come_by(0, Span::ZERO);
    later(&mut state, "24h");
    for (index, seen) in seen.into_iter().enumerate() {
        let tenant = state.tenant(index).unwrap();
        assert_eq!((tenant.old_seen, tenant.new_seen), (seen, None));
        assert_eq!(state.push_information(index), None);
        let host = state.host(state.macs[index].host.unwrap()).unwrap();
        assert!(!host.mdm.enrolled && !host.mdm.connected);
    }
    assert_eq!(state.report().macs.get("without MDM"), Some(&5));
}

#[test]
fn leftovers_are_listed_by_the_script_until_they_are_removed() {
    let mut scenario = sound();
    scenario.handover.as_mut().unwrap().leftovers = 1.0;
    let mut state = company(scenario, 1);
    let script = state
        .save_script(Some(team::PRODUCTION), "list-profiles.sh", "x")
        .unwrap();
    let listed = |state: &mut State| {
        let run = state.run_script(1_001, &Source::Saved(script)).unwrap();
        later(state, "5m");
        match &state.runs[&run].progress {
            Progress::Ended(ending) => (ending.exit_code, ending.output.clone()),
            other => panic!("{other:?}"),
        }
    };
    let (code, before) = listed(&mut state);
    assert_eq!(code, 0);
    let lines: Vec<&str> = before.lines().collect();
    assert_eq!(lines[0], "PROFILE com.github.micromdm.micromdm.enroll");
    assert_eq!((lines.len(), lines[6]), (7, "PROFILES count=6"));
    state.remove_leftovers();
    let (_, after) = listed(&mut state);
    assert!(after.ends_with("\nPROFILES count=5\n"), "{after}");
    assert!(!after.contains(lines[5]));
}

#[test]
fn the_papers_are_written_and_the_export_anew_when_identities_are_mended() {
    let folder = tempfile::tempdir().unwrap();
    let mut scenario = sound();
    scenario.handover.as_mut().unwrap().missing = 0.5;
    let mut state = company(scenario, 40);
    let file = |name: &str| folder.path().join(name);
    let read = |name: &str| std::fs::read_to_string(file(name)).unwrap();
    state.write_records(&file("dump.sql")).unwrap();
    state.write_inventory(&file("inventory.csv")).unwrap();
    let given = |text: &str| text.matches("INSERT INTO nano_enrollments").count();
    let before = given(&read("dump.sql"));
    assert!((8..32).contains(&before), "{before}");
    assert_eq!(read("inventory.csv").lines().count(), 41);
    let first = state.macs[0].serial.clone();
    assert!(read("inventory.csv").contains(&format!("\n{first},")));
    state.mend_identities().unwrap();
    assert_eq!(given(&read("dump.sql")), 40);
    assert!(state.hosts.values().all(|host| host.mdm.connected));
    state.save_old_database(&file("micromdm.db")).unwrap();
    assert_eq!(read("micromdm.db").lines().count(), 40);
    assert_eq!(state.handover().unwrap().saved_at, Some(state.now));
    let nowhere = file("no/such/folder");
    assert!(state.save_old_database(&nowhere).is_err());
}
