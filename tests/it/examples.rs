//! Example payloads of calls that no connector makes, and of the hooks: each is read as intake reads a body, and the
//! hooks come out of the shipped pipeline's intakes as the columns they should set.

use drover::model::payload;
use drover::model::time::Time;
use drover::pipeline::{Mapping, map_event, parse};
use serde_json::Value as Json;

fn examples() -> Vec<(String, Json)> {
    let all: Vec<Json> = serde_json::from_str(include_str!("payloads/examples.json")).unwrap();
    let example = |json: Json| {
        (
            json["of"].as_str().unwrap().to_owned(),
            json["body"].clone(),
        )
    };
    all.into_iter().map(example).collect()
}

fn example(of: &str) -> Json {
    let found = examples().into_iter().find(|(name, _)| name.contains(of));
    found.unwrap().1
}

fn mapped(intake: &str, of: &str) -> Mapping {
    let text = include_str!("../../assets/pipelines/jamf-to-fleet.toml");
    let pipeline = parse("jamf-to-fleet.toml", text).unwrap();
    let now = Time::parse("2026-03-02T09:20:00Z").unwrap();
    map_event(
        &pipeline,
        pipeline.intake(intake).unwrap(),
        &example(of),
        now,
    )
    .unwrap()
}

#[test]
fn every_example_is_read_as_it_is_sent() {
    for (of, body) in examples() {
        assert_eq!(
            payload::parse(body.to_string().as_bytes()),
            Ok(body),
            "{of}"
        );
    }
}

#[test]
fn the_migration_hook_names_the_mac_and_when_it_was_asked_for() {
    let Mapping::Wanted {
        key,
        values,
        problems,
    } = mapped("migrate", "migration hook")
    else {
        panic!("not wanted")
    };
    assert_eq!((key.as_str(), problems.len()), ("C0124FXASD6G", 0));
    assert_eq!(values["fleet_id"].as_integer(), Some(121));
    assert_eq!(
        values["requested_at"].as_time(),
        Time::parse("2026-03-02T09:14:58.123Z").ok()
    );
}

#[test]
fn the_activity_hook_is_wanted_for_enrollments_only() {
    let Mapping::Wanted { key, .. } = mapped("activity", "§7.3, activity hook") else {
        panic!("not wanted")
    };
    assert_eq!(key, "C0124FXASD6G");
    for other in ["transferred_hosts", "fleet_enrolled"] {
        assert!(
            matches!(mapped("activity", other), Mapping::NotWanted),
            "{other}"
        );
    }
}
