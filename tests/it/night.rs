//! Whole nights of the demo: every Mac ends complete or with a person, and the outside witness saw nothing twice.

use crate::support::{drover, typed};
use serde_json::Value as Json;

/// The oldest and the newest services that are spoken to.
const OLD: [&str; 4] = ["--jamf-version", "11.28.0", "--fleet-version", "4.76.1"];
const NEW: [&str; 4] = ["--jamf-version", "11.30.1", "--fleet-version", "4.92.0"];

fn night(weather: &str, devices: u64, versions: [&str; 4], seed: u64) -> Json {
    let (devices_word, seed) = (devices.to_string(), seed.to_string());
    let words = [
        "demo",
        "--headless",
        "--until-done",
        "--quiet",
        "--json",
        "--speed",
        "3000",
    ];
    let company = [
        "--devices",
        &devices_word,
        "--weather",
        weather,
        "--seed",
        &seed,
    ];
    let typed = typed(drover().args(words).args(company).args(versions));
    assert_eq!(typed.code, 0, "{}{}", typed.out, typed.err);
    let summary: Json = serde_json::from_str(&typed.out).unwrap();
    is_accounted_for(&summary, devices);
    summary
}

fn is_accounted_for(summary: &Json, devices: u64) {
    let list = |path: &str| summary.pointer(path).unwrap().as_array().unwrap();
    assert!(list("/moving").is_empty(), "{summary:#}");
    assert!(list("/world/ledger/doubled").is_empty(), "{summary:#}");
    assert!(list("/world/ledger/violations").is_empty(), "{summary:#}");
    assert!(list("/world/strays").is_empty(), "{summary:#}");
    let (rows, complete) = (
        summary["rows"].as_u64().unwrap(),
        summary["complete"].as_u64().unwrap(),
    );
    // A Mac that Fleet does not know is nobody's row.
    assert!(rows > 0 && rows <= devices, "{summary:#}");
    assert_eq!(complete + list("/left").len() as u64, rows);
    for left in list("/left") {
        let said = |name: &str| left[name].as_str().is_some_and(|text| !text.is_empty());
        assert!(said("reason") && said("owner") && said("phase"), "{left}");
    }
}

fn complete(summary: &Json) -> u64 {
    summary["complete"].as_u64().unwrap()
}

#[test]
fn a_calm_night_ends_with_nearly_every_mac_complete() {
    let summary = night("calm", 40, NEW, 1);
    assert!(complete(&summary) >= 36, "{summary:#}");
}

#[test]
fn a_calm_night_with_the_oldest_services_is_as_good() {
    let summary = night("calm", 40, OLD, 1);
    assert!(complete(&summary) >= 36, "{summary:#}");
}

#[test]
fn a_storm_leaves_every_mac_with_a_reason_and_an_owner() {
    night("storm", 12, NEW, 1);
}

#[test]
fn a_storm_with_the_oldest_services_leaves_nobody_in_between() {
    night("storm", 12, OLD, 2);
}

/// `cargo test --test it long_storms -- --ignored`
#[test]
#[ignore = "takes minutes"]
fn long_storms_with_either_services_are_accounted_for() {
    for seed in 1..=2 {
        for versions in [OLD, NEW] {
            night("storm", 40, versions, seed);
        }
    }
}
