//! What the world promises, with nobody calling it.

use super::agenda::Happening;
use super::*;
use crate::model::time::{Span, Time};
use crate::sim::ledger::{Effect, Ledger, verb};
use crate::sim::scenario::{Mode, Scenario, Trouble};

fn start() -> Time {
    Time::parse("2026-03-02T21:00:00Z").unwrap()
}

/// A company in which nothing goes wrong.
fn perfect() -> Scenario {
    let mut scenario = Scenario::weather("calm").unwrap();
    scenario.trouble.clear();
    scenario.company.stays_on = 1.0;
    scenario
}

fn with(trouble: Trouble, least: &str, most: &str) -> Scenario {
    let mut scenario = perfect();
    let mode = Mode {
        rate: 1.0,
        least: Span::parse(least).unwrap(),
        most: Span::parse(most).unwrap(),
    };
    scenario.trouble.insert(trouble, mode);
    scenario
}

fn world(scenario: Scenario, devices: usize, seed: u64) -> State {
    State::new(Making {
        seed,
        devices,
        scenario,
        now: start(),
        ledger: Ledger::in_memory(),
        fleet_version: "4.92.0".into(),
    })
}

/// Runs `state` for `span`; a receiver answers every migration webhook with `status` and has Jamf remove the profile.
fn run(state: &mut State, span: Span, status: u16) -> Vec<Post> {
    let end = state.now.plus(span);
    let mut sent = Vec::new();
    while let Some(at) = state.agenda.next_time().filter(|at| *at <= end) {
        state.advance(at);
        for post in std::mem::take(&mut state.outbox) {
            if let PostKind::Migrate { mac } = post.kind {
                state.migrate_answered(mac, Some(status));
                let serial = state.macs[mac].serial.clone();
                let computer = state.find_by_serial(&serial).pop();
                if let Some(computer) =
                    computer.filter(|computer| computer.flags.capable && status < 300)
                {
                    state.queue_remove_profile(computer.id).unwrap();
                }
            }
            sent.push(post);
        }
    }
    state.advance(end);
    sent
}

fn opened(scenario: Scenario, devices: usize) -> State {
    let mut state = world(scenario, devices, 1);
    state.hooked = true;
    state.open_for_business();
    state
}

#[test]
fn a_perfect_company_migrates_in_one_night_and_is_then_quiet() {
    let mut state = opened(perfect(), 40);
    run(&mut state, Span::from_hours(6), 201);
    assert!(state.macs.iter().all(|mac| mac.mdm == Mdm::Fleet));
    assert!(state.hosts.values().all(|host| host.mdm.connected));
    assert!(
        state
            .hosts
            .values()
            .all(|host| host.team == Some(team::STAGING))
    );
    assert!(state.is_quiet());
    let enrolled = state
        .visible_activities()
        .filter(|one| one.kind == "mdm_enrolled");
    assert_eq!(enrolled.count(), 40);
    assert_eq!(state.report().strays, Vec::<String>::new());
}

#[test]
fn one_profile_is_removed_two_to_ten_seconds_after_the_push_of_an_online_mac() {
    let mut state = world(perfect(), 1, 1);
    let id = state.computers()[0].id;
    let uuid = state.queue_remove_profile(id).unwrap();
    assert_eq!(state.command(&uuid).unwrap().state, CommandState::Pending);
    state.advance(start().plus(Span::from_millis(1_900)));
    assert_eq!(state.macs[0].mdm, Mdm::Jamf);
    state.advance(start().plus(Span::from_secs(10)));
    assert_eq!(state.macs[0].mdm, Mdm::Nothing);
    let command = state.command(&uuid).unwrap();
    assert_eq!(command.state, CommandState::Acknowledged);
    assert!(command.completed_at.is_some());
    let computer = state.computer(id).unwrap();
    assert!(computer.flags.managed && !computer.flags.capable);
    assert_eq!(state.queue_remove_profile(id), Err(CannotQueue::NotCapable));
    assert_eq!(
        state.queue_remove_profile(9),
        Err(CannotQueue::NoSuchComputer)
    );
}

#[test]
fn fleet_learns_of_the_departure_only_by_report() {
    let mut state = world(with(Trouble::NeverEnrols, "0s", "0s"), 1, 1);
    let id = state.computers()[0].id;
    state.queue_remove_profile(id).unwrap();
    state.advance(start().plus(Span::from_secs(11)));
    let host = state.macs[0].host.unwrap();
    assert_eq!(state.macs[0].mdm, Mdm::Nothing);
    assert_eq!(state.hosts[&host].mdm.server, Server::Jamf);
    state.request_refetch(host);
    assert!(state.hosts[&host].refetch_requested);
    let before = state.detail_time(&state.hosts[&host]);
    state.advance(start().plus(Span::from_secs(72)));
    assert!(!state.hosts[&host].refetch_requested);
    assert_eq!(state.hosts[&host].mdm.server, Server::Nobody);
    assert!(state.detail_time(&state.hosts[&host]) > before);
}

#[test]
fn a_profile_left_on_paper_falls_to_the_remediation_script() {
    let mut scenario = with(Trouble::OnPaper, "0s", "0s");
    scenario.remedy.script = 1.0;
    let mut state = opened(scenario, 1);
    run(&mut state, Span::from_hours(3), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Jamf);
    assert_eq!(state.commands()[0].state, CommandState::Acknowledged);
    let host = state.macs[0].host.unwrap();
    let script = state
        .save_script(Some(team::STAGING), "remediate-enrollment.sh", "x")
        .unwrap();
    let run_id = state.run_script(host, &Source::Saved(script)).unwrap();
    assert_eq!(
        state.run_script(host, &Source::Saved(script)),
        Err(CannotRun::AlreadyQueued)
    );
    run(&mut state, Span::from_hours(3), 201);
    assert!(
        matches!(&state.runs[&run_id].progress, Progress::Ended(ending) if ending.exit_code == 0)
    );
    assert_eq!(state.macs[0].mdm, Mdm::Fleet);
}

#[test]
fn the_removal_script_is_blocked_by_the_profile_and_clean_without_it() {
    let mut state = opened(perfect(), 1);
    let host = state.macs[0].host.unwrap();
    let script = state
        .save_script(Some(team::STAGING), "remove-jamf.sh", "x")
        .unwrap();
    let code = |state: &State, id: &str| match &state.runs[id].progress {
        Progress::Ended(ending) => Some(ending.exit_code),
        Progress::Queued | Progress::Running | Progress::Cancelled => None,
    };
    let blocked = state.run_script(host, &Source::Saved(script)).unwrap();
    assert_eq!(code(&state, &blocked), None);
    state.advance(start().plus(Span::from_secs(110)));
    assert_eq!(code(&state, &blocked), Some(3));
    run(&mut state, Span::from_hours(3), 201);
    let clean = state.run_script(host, &Source::Saved(script)).unwrap();
    run(&mut state, Span::from_mins(3), 201);
    assert_eq!(code(&state, &clean), Some(0));
    assert_eq!(state.macs[0].framework, Framework::Gone);
    let other = state
        .save_script(Some(team::PRODUCTION), "x.sh", "x")
        .unwrap();
    assert_eq!(
        state.run_script(host, &Source::Saved(other)),
        Err(CannotRun::OtherTeam)
    );
}

#[test]
fn a_cancelled_run_leaves_the_queue_and_the_next_one_runs() {
    let mut scenario = perfect();
    scenario.trouble.insert(
        Trouble::ScriptLost,
        Mode {
            rate: 1.0,
            ..Mode::default()
        },
    );
    let mut state = world(scenario, 1, 1);
    let host = state.macs[0].host.unwrap();
    let first = state
        .run_script(host, &Source::Contents("echo 1".into()))
        .unwrap();
    let second = state
        .run_script(host, &Source::Contents("echo 2".into()))
        .unwrap();
    state.advance(start().plus(Span::from_hours(2)));
    assert_eq!(state.runs[&first].progress, Progress::Running);
    assert_eq!(state.runs[&second].progress, Progress::Queued);
    assert!(state.cancel_run(host, &first).is_some());
    assert!(state.cancel_run(host, &first).is_none());
    state.advance(start().plus(Span::from_hours(3)));
    assert_eq!(state.runs[&first].progress, Progress::Cancelled);
    assert_eq!(state.runs[&second].progress, Progress::Running);
}

#[test]
fn after_a_2xx_no_webhook_leaves_for_three_minutes_and_after_an_error_the_owner_presses_again() {
    let mut state = opened(with(Trouble::DeadChannel, "0s", "0s"), 1);
    let sent = run(&mut state, Span::from_hours(2), 503);
    assert!(sent.len() > 2, "{}", sent.len());
    assert!(state.macs[0].journey.agreed_at.is_none());
    let mut state = opened(with(Trouble::DeadChannel, "0s", "0s"), 1);
    while state.outbox.is_empty() {
        let at = state.agenda.next_time().unwrap();
        state.advance(at);
    }
    assert_eq!(state.outbox.remove(0).kind, PostKind::Migrate { mac: 0 });
    state.migrate_answered(0, Some(201));
    assert_eq!(state.migrate_mdm(0), crate::sim::fleet::Pressed::Suppressed);
    state.advance(state.now.plus(Span::from_mins(3)));
    assert_eq!(state.migrate_mdm(0), crate::sim::fleet::Pressed::Sent);
}

#[test]
fn a_migration_webhook_has_exactly_three_facts_about_the_host() {
    let mut state = opened(perfect(), 1);
    let sent = run(&mut state, Span::from_hours(2), 201);
    let body = &sent[0].body;
    let keys: Vec<&String> = body.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["timestamp", "host"]);
    let host = state.hosts.values().next().unwrap();
    assert_eq!(
        body["host"],
        serde_json::json!({ "id": host.id, "uuid": host.uuid, "hardware_serial": host.serial })
    );
}

#[test]
fn an_activity_is_announced_before_its_row_can_be_read() {
    let mut state = opened(perfect(), 1);
    loop {
        let at = state.agenda.next_time().unwrap();
        state.advance(at);
        if !state.activities.is_empty() {
            break;
        }
        for post in std::mem::take(&mut state.outbox) {
            if let PostKind::Migrate { mac } = post.kind {
                state.migrate_answered(mac, Some(201));
                state.queue_remove_profile(state.computers()[0].id).unwrap();
            }
        }
    }
    assert_eq!(state.visible_activities().count(), 0);
    state.advance(state.now);
    assert_eq!(state.outbox[0].body["type"], "mdm_enrolled");
    state.advance(state.now.plus(Span::from_secs(2)));
    assert_eq!(state.visible_activities().count(), 1);
}

#[test]
fn a_sleeping_mac_takes_its_command_when_it_is_back() {
    let mut state = opened(with(Trouble::Asleep, "2h", "3h"), 1);
    run(&mut state, Span::from_mins(100), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Jamf);
    assert_eq!(state.commands()[0].state, CommandState::Pending);
    run(&mut state, Span::from_hours(4), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Fleet);
}

#[test]
fn a_mac_in_a_dark_wake_answers_not_now() {
    let mut scenario = perfect();
    scenario.company.stays_on = 0.0;
    let mut state = world(scenario, 1, 1);
    let id = state.computers()[0].id;
    let uuid = state.queue_remove_profile(id).unwrap();
    state.advance(start().plus(Span::from_hours(4)));
    assert_eq!(state.command(&uuid).unwrap().state, CommandState::NotNow);
    state.advance(start().plus(Span::from_hours(14)));
    assert_eq!(
        state.command(&uuid).unwrap().state,
        CommandState::Acknowledged
    );
}

#[test]
fn whoever_enrols_in_jamf_again_is_freed_by_the_script_and_may_be_unenrolled_anew() {
    let mut scenario = with(Trouble::BackInJamf, "1m", "2m");
    scenario.remedy.script = 1.0;
    let mut state = opened(scenario, 1);
    let serial = state.macs[0].serial.clone();
    let unenroll = |state: &State| {
        state
            .ledger
            .record(Effect::new(state.now, "jamf", verb::UNENROLL, &serial, b""));
    };
    unenroll(&state);
    run(&mut state, Span::from_hours(2), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Jamf);
    assert!(state.computers()[0].flags.capable);
    unenroll(&state);
    assert!(state.ledger.report().is_clean());
    let host = state.macs[0].host.unwrap();
    let text = "jamf removeMdmProfile".to_owned();
    state.run_script(host, &Source::Contents(text)).unwrap();
    run(&mut state, Span::from_hours(2), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Fleet);
}

#[test]
fn a_drifting_host_falls_back_after_its_transfer() {
    let mut state = world(with(Trouble::TeamDrift, "35m", "40m"), 1, 1);
    let host = state.macs[0].host.unwrap();
    assert!(state.transfer(host, Some(team::PRODUCTION)));
    assert_eq!(state.hosts[&host].team, Some(team::PRODUCTION));
    state.advance(start().plus(Span::from_mins(41)));
    assert_eq!(state.hosts[&host].team, Some(team::STAGING));
    assert!(state.transfer(host, Some(team::PRODUCTION)));
    state.advance(start().plus(Span::from_hours(9)));
    assert_eq!(state.hosts[&host].team, Some(team::PRODUCTION));
}

#[test]
fn a_message_that_names_a_mac_in_limbo_brings_its_owner_back() {
    let mut scenario = with(Trouble::NeverEnrols, "0s", "0s");
    scenario.remedy.nudge = 1.0;
    let mut state = opened(scenario, 2);
    run(&mut state, Span::from_hours(3), 201);
    assert!(state.macs.iter().all(|mac| mac.mdm == Mdm::Nothing));
    assert!(state.is_quiet());
    let text = format!("{} has not enrolled yet", state.macs[1].serial);
    state.heard(&text);
    run(&mut state, Span::from_mins(15), 201);
    assert_eq!(state.macs[0].mdm, Mdm::Nothing);
    assert_eq!(state.macs[1].mdm, Mdm::Fleet);
}

#[test]
fn the_same_seed_makes_the_same_night_and_another_seed_another() {
    let tell = |seed: u64| {
        let mut state = world(Scenario::weather("storm").unwrap(), 120, seed);
        state.hooked = true;
        state.open_for_business();
        let sent = run(&mut state, Span::from_hours(30), 201);
        let posts: Vec<String> = sent.iter().map(|post| post.body.to_string()).collect();
        let report = serde_json::to_string(&state.report()).unwrap();
        (posts, report, state.serials())
    };
    let (first, again, other) = (tell(7), tell(7), tell(8));
    assert_eq!(first, again);
    assert_ne!(first.2, other.2);
    assert!(first.0.len() > 60, "{}", first.0.len());
}

#[test]
fn the_order_of_a_stroke_of_bad_luck_is_the_macs_own() {
    // A Mac's fate does not depend on how many Macs there are.
    let fate = |devices| {
        let state = world(Scenario::weather("storm").unwrap(), devices, 3);
        state.macs[..50]
            .iter()
            .map(|mac| (mac.serial.clone(), mac.plan.troubles().collect::<Vec<_>>()))
            .collect::<Vec<_>>()
    };
    assert_eq!(fate(50), fate(200));
}

#[test]
fn every_storm_comes_to_rest_within_a_week() {
    for seed in 0..5 {
        let mut state = world(Scenario::weather("storm").unwrap(), 150, seed);
        state.hooked = true;
        state.open_for_business();
        run(&mut state, Span::from_hours(24 * 7), 201);
        let left: Vec<&Happening> = state.agenda.all().collect();
        assert!(state.is_quiet(), "seed {seed}: {left:?}");
        assert_eq!(state.report().strays, Vec::<String>::new());
    }
}

#[test]
fn the_weathers_leave_as_many_behind_as_they_say_when_nobody_heals() {
    for (weather, least, most) in [("calm", 88, 95), ("rough", 70, 82), ("storm", 50, 65)] {
        let mut state = world(Scenario::weather(weather).unwrap(), 1_000, 1);
        state.hooked = true;
        state.open_for_business();
        run(&mut state, Span::from_hours(48), 201);
        let there = state
            .macs
            .iter()
            .filter(|mac| mac.mdm == Mdm::Fleet)
            .count();
        assert!(
            (least * 10..most * 10).contains(&there),
            "{weather}: {there}"
        );
    }
}
