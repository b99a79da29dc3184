//! Waits for the outside, and windows.

use super::world::World;
use super::{CONFIRM, SEND};
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::store::{AttemptState, HoldKind};
use serde_json::json;

const WINDOW: &str = "\n[windows.nightly]\ndays = \"daily\"\nfrom = \"22:00\"\nto = \"05:00\"\n";

fn windowed(stages: &str) -> String {
    WINDOW.to_owned()
        + &stages.replace("name  = \"send\"", "name  = \"send\"\nwindow = \"nightly\"")
}

fn evening() -> Time {
    Time::parse("2026-03-02T22:00:00Z").unwrap()
}

#[test]
fn a_wait_holds_no_slot_and_is_looked_at_again() {
    let world = World::new(CONFIRM);
    for _ in 0..2 {
        world
            .svc
            .answers("svc.confirm", json!({ "state": "on its way" }));
    }
    let first = world.wants("A1");
    let second = world.wants("A2");
    world.settle();
    assert_eq!(world.last(first).state, AttemptState::Waiting);
    assert_eq!(
        world.last(second).state,
        AttemptState::Waiting,
        "one slot for both"
    );
    for _ in 0..2 {
        world
            .svc
            .answers("svc.confirm", json!({ "state": "there" }));
    }
    world.turn(Span::from_secs(58));
    assert_eq!(world.svc.count("svc.confirm"), 2);
    world.turn(Span::from_secs(4));
    for row in [first, second] {
        assert_eq!(world.last(row).state, AttemptState::Done);
        assert_eq!(world.column(row, "state"), Value::Text("there".into()));
        assert_eq!(world.attempts(row).len(), 1, "looking again is no retry");
    }
    assert_eq!(world.svc.count("svc.send"), 2);
}

/// A row that is sent, and confirmed only after more looks than the file allows.
fn lost_for_long(world: &World) -> RowId {
    for _ in 0..6 {
        world.svc.answers("svc.confirm", json!({ "state": "lost" }));
    }
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    let row = world.wants("A1");
    world.settle();
    row
}

#[test]
fn past_the_longest_wait_the_retry_starts_at_the_step_the_file_names() {
    let world = World::new(CONFIRM);
    let row = lost_for_long(&world);
    for _ in 0..5 {
        assert_eq!(world.last(row).state, AttemptState::Waiting);
        world.turn(Span::from_secs(61));
    }
    let failed = world.last(row);
    assert_eq!(failed.state, AttemptState::Failed);
    assert_eq!(failed.fault.unwrap().kind, FaultKind::NotConfirmed);
    assert_eq!(world.svc.count("svc.send"), 1);
    world.turn(Span::from_mins(2));
    let last = world.last(row);
    assert_eq!(
        (last.state, last.start_at.as_deref()),
        (AttemptState::Done, Some("send"))
    );
    assert_eq!(world.svc.count("svc.send"), 2);
}

#[test]
fn without_such_a_step_a_retry_after_a_long_wait_sends_nothing_again() {
    let world = World::new(&CONFIRM.replace("else    = \"send\"\n", ""));
    let row = lost_for_long(&world);
    for _ in 0..7 {
        world.turn(Span::from_secs(61));
    }
    world.turn(Span::from_mins(2));
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.attempts(row).len(), world.svc.count("svc.send")),
        (2, 1)
    );
}

#[test]
fn a_stage_outside_its_window_starts_nothing_and_starts_when_it_opens() {
    let world = World::new(&windowed(SEND));
    let row = world.wants("A1");
    world.settle();
    world.clock.turn_to(evening().minus(Span::from_secs(5)));
    world.settle();
    assert!(world.attempts(row).is_empty());
    world.turn(Span::from_secs(10));
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn a_window_that_closes_between_two_steps_keeps_the_call_until_it_opens_again() {
    let world = World::new(&windowed(SEND));
    world.svc.silence(Some("svc.look"));
    world.clock.turn_to(
        evening()
            .plus(Span::from_hours(7))
            .minus(Span::from_secs(5)),
    );
    let row = world.wants("A1");
    world.until("the read", |w| (w.svc.count("svc.look") == 1).then_some(()));
    world.clock.turn(Span::from_secs(10));
    world.svc.silence(None);
    world.settle();
    let waiting = world.last(row);
    assert_eq!(waiting.state, AttemptState::Waiting);
    assert_eq!(waiting.wake_at, Some(evening().plus(Span::from_hours(24))));
    assert_eq!(world.svc.count("svc.send"), 0);
    world.clock.turn_to(evening().plus(Span::from_hours(24)));
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        world.svc.order(),
        ["svc.look", "svc.send"],
        "what was read is not read again"
    );
}

#[test]
fn a_row_whose_gate_no_longer_holds_is_not_tried_again() {
    let world = World::new(SEND);
    world.svc.fails("svc.look", FaultKind::Timeout);
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.hold(row, "send").unwrap().kind, HoldKind::BackingOff);
    world.row("A1", &[("wanted", Value::Boolean(false))]);
    world.turn(Span::from_hours(1));
    assert_eq!(
        (world.attempts(row).len(), world.svc.count("svc.send")),
        (1, 0)
    );
}

#[test]
fn a_sweep_takes_each_row_once_per_firing_though_its_gate_stays_true() {
    let stages = r#"
[[stage]]
name  = "tidy"
sweep = "0 * * * *"
parallel = 2
[stage.gate]
"wanted" = "wanted"
[[stage.step]]
name = "put"
call = "svc.put"
"#;
    let world = World::new(stages);
    let rows = [world.wants("A1"), world.wants("A2"), world.wants("A3")];
    world.settle();
    assert_eq!(world.svc.count("svc.put"), 3, "the firing at ten");
    world.turn(Span::from_mins(59));
    assert_eq!(world.svc.count("svc.put"), 3);
    world.turn(Span::from_mins(2));
    assert_eq!(world.svc.count("svc.put"), 6);
    assert!(rows.iter().all(|row| world.hold(*row, "tidy").is_none()));
}
