//! The night as an operator sees it from other terminals.

use crate::support::{Company, Engine, SOON, look, until};
use drover::store::EventState;
use serde_json::Value as Json;
use std::time::Duration;

/// Real time for the first Macs to come through.
const WHILE: Duration = Duration::from_mins(1);

fn done(company: &Company) -> u64 {
    company.json(&["status"])["done"].as_u64().unwrap()
}

#[test]
fn a_rehearsal_is_watched_from_a_third_terminal() {
    let company = Company::open(600, &["--devices", "12", "--seed", "3"]);
    let engine = company.engine();
    until(WHILE, "three Macs are complete", || {
        (done(&company) >= 3).then_some(())
    });
    let hooks = look(&company, |view| view.event_counts());
    for intake in ["migrate", "activity"] {
        let applied = |(name, state, count): &(String, EventState, u64)| {
            name == intake && *state == EventState::Applied && *count > 0
        };
        assert!(hooks.iter().any(applied), "{intake}: {hooks:?}");
    }
    let moved = look(&company, |view| view.journal_after(0, 5_000));
    let done = |entry: &drover::store::Entry| {
        entry
            .text
            .ends_with(": Completion check done, now Complete")
    };
    assert!(
        moved.iter().filter(|entry| done(entry)).count() >= 3,
        "{moved:?}"
    );
    statuses(&company);
    dossiers(&company);
    let checked = company.types(&["check"]);
    assert_eq!(checked.code, 0, "{checked:?}");
    let verified = company.types(&["journal", "--verify"]);
    assert_eq!(verified.code, 0, "{verified:?}");
    assert!(verified.out.contains("the chain is whole"), "{verified:?}");
    assert!(engine.terminate().success());
    let after = company.types(&["status"]);
    assert!(after.out.contains("no engine"), "{after:?}");
    assert_eq!(after.code, 3, "work is left and nobody does it: {after:?}");
    assert!(company.close().is_clean());
}

fn statuses(company: &Company) {
    let status = company.types(&["status"]);
    assert!([0, 3].contains(&status.code), "{status:?}");
    for part in [
        "engine running",
        "Phases",
        "Complete",
        "an hour: done about",
        "fleet",
        "jamf",
        "slack",
        "no limit",
    ] {
        assert!(status.out.contains(part), "{part}\n{}", status.out);
    }
    let json = company.json(&["status"]);
    assert_eq!(json["engine"]["alive"], true, "{json:#}");
    let count = |phase: &Json| phase["rows"].as_u64().unwrap();
    let phases: u64 = json["phases"].as_array().unwrap().iter().map(count).sum();
    assert_eq!(Some(phases), json["rows"].as_u64());
}

fn dossiers(company: &Company) {
    let listed = company.types(&["list"]);
    assert_eq!(listed.code, 0, "{listed:?}");
    let complete = company.json(&["list", "--where", "completed_at IS NOT NULL"]);
    let serial = complete[0]["serial"].as_str().unwrap();
    assert!(listed.out.contains(serial), "{listed:?}");
    let shown = company.types(&["show", serial, "--full", "--history", "400"]);
    assert_eq!(shown.code, 0, "{shown:?}");
    for part in [
        "✓ somebody asked",
        "✗ not told to leave yet",
        "jamf.remove_mdm_profile",
        "fleet.transfer_host",
        "✗ not complete yet",
        "Complete for",
    ] {
        assert!(shown.out.contains(part), "{part}\n{}", shown.out);
    }
    let wrong = company.types(&["show", &format!("{serial}X")]);
    assert!([1, 2].contains(&wrong.code), "{wrong:?}");
    assert!(wrong.err.contains(&format!("{serial}X")), "{wrong:?}");
}

#[test]
fn two_engines_never_run_on_one_store() {
    let company = Company::open(60, &["--devices", "3"]);
    let mut engine = company.engine();
    let second = company.types(&["run", "--speed", "60"]);
    assert_eq!(second.code, 1, "{second:?}");
    assert!(
        second.err.contains("another engine runs on this store"),
        "{second:?}"
    );
    assert!(engine.is_running());
    engine.kill();
    // The kernel lets go of a dead engine's lock.
    assert!(company.engine().terminate().success());
}

#[test]
fn an_interrupt_and_an_operators_word_both_stop_cleanly() {
    let company = Company::open(60, &["--devices", "3"]);
    let engine = company.engine();
    let stopped = company.types(&["stop", "--reason", "a rehearsal"]);
    assert_eq!(stopped.code, 0, "{stopped:?}");
    assert!(engine.terminate().success());
    let engine = company.engine();
    let status = company.json(&["status"]);
    assert!(
        status["attention"].to_string().contains("a rehearsal"),
        "it stays stopped: {status:#}"
    );
    let gone_on = company.types(&["resume"]);
    assert_eq!(gone_on.code, 0, "{gone_on:?}");
    let status = company.json(&["status"]);
    assert_eq!(
        status["attention"].as_array().unwrap().len(),
        0,
        "{status:#}"
    );
    assert!(engine.terminate().success());
}

#[test]
fn a_night_without_slack_is_a_night_all_the_same() {
    let company = Company::open(600, &["--devices", "6", "--seed", "3"]);
    let slack = format!("http://127.0.0.1:{}/api", company.port + 2);
    company.rewrite("drover.toml", &slack, "http://127.0.0.1:9/api");
    let engine = company.engine();
    until(WHILE, "a Mac is complete", || {
        (done(&company) >= 1).then_some(())
    });
    assert!(engine.terminate().success());
    let ledger = company.close();
    assert!(ledger.is_clean(), "{ledger:?}");
    assert_eq!(ledger.by_verb.get("post"), None);
}

#[test]
fn an_engine_without_its_services_says_so_and_does_not_rehearse() {
    let company = Company::open(60, &["--devices", "3"]);
    let fleet = format!("\"http://127.0.0.1:{}\"", company.port);
    company.rewrite("drover.toml", &fleet, "\"http://127.0.0.1:9\"");
    let mut engine = Engine::with(&company, &["run", "--speed", "60"]);
    until(SOON, "it ends", || (!engine.is_running()).then_some(()));
    let log = engine.log();
    assert!(
        log.contains("--speed rehearses against `drover sim`"),
        "{log}"
    );
    assert!(log.contains("127.0.0.1:9"), "{log}");
}
