//! One word stops all sending, and it stays stopped.

use super::SEND;
use super::service::SETTLE;
use super::world::World;
use drover::connectors::action::Landing;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, SwitchKind};
use serde_json::json;

fn stop() -> Request {
    Request::Stop {
        reason: "something is wrong".into(),
    }
}

fn resume() -> Request {
    Request::Resume {
        reason: "it was nothing".into(),
    }
}

/// A row whose attempt is in the middle of this call when the stop comes; the answer comes after.
fn stopped_during(world: &World, call: &'static str) -> RowId {
    world.svc.silence(Some(call));
    let row = world.wants("A1");
    world.until("the call", |w| (w.svc.count(call) == 1).then_some(()));
    world.obeys(stop());
    world.svc.silence(None);
    row
}

#[test]
fn after_a_stop_nothing_is_sent_over_a_restart_until_somebody_resumes() {
    let mut world = World::new(SEND);
    world.obeys(stop());
    let row = world.wants("A1");
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty());
    world.stop();
    world.start();
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty());
    world.obeys(resume());
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.svc.count("svc.send"), 1);
}

#[test]
fn an_attempt_that_was_reading_when_the_stop_came_sends_nothing() {
    let world = World::new(SEND);
    let row = stopped_during(&world, "svc.look");
    world.until_state(row, AttemptState::Waiting);
    world.turn(Span::from_hours(1));
    assert_eq!(world.svc.count("svc.send"), 0);
    world.obeys(resume());
    world.turn(Span::from_mins(1));
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.svc.order(), ["svc.look", "svc.send"]);
}

#[test]
fn a_call_that_was_lost_before_a_stop_is_not_repeated_during_it() {
    let world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Unknown);
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    let row = world.wants("A1");
    world.settle();
    world.obeys(stop());
    for _ in 0..5 {
        world.turn(SETTLE);
    }
    assert_eq!(world.svc.count("svc.send"), 1);
    world.obeys(resume());
    for _ in 0..5 {
        world.turn(SETTLE);
    }
    assert_eq!(world.svc.count("svc.send"), 2);
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn a_stopped_engine_posts_nothing_and_posts_it_afterwards() {
    let world = World::with_chat(&SEND.replace(
        "[stage.set]",
        "[stage.notify]\ntext = \"hello\"\n[stage.set]",
    ));
    let row = stopped_during(&world, "svc.send");
    world.until_state(row, AttemptState::Done);
    world.turn(Span::from_hours(1));
    let chat = world.chat.as_ref().unwrap();
    let hello = || {
        chat.calls()
            .iter()
            .filter(|call| call.text() == "hello")
            .count()
    };
    assert_eq!(hello(), 0);
    world.obeys(resume());
    world.until("the message", |_| (hello() == 1).then_some(()));
}

#[test]
fn a_stage_that_is_switched_off_starts_nothing_and_the_others_go_on() {
    let other = SEND
        .replace("\"send\"", "\"other\"")
        .replace("done_at IS NULL", "state IS NULL");
    let other = other
        .replace("svc.send", "svc.put")
        .replace("done_at = \"{{ now }}\"\n", "");
    let world = World::new(&(SEND.to_owned() + &other));
    world.svc.answers("svc.look", json!({ "state": "seen" }));
    let switch = |on| Request::StageSwitch {
        stage: "send".into(),
        on,
        reason: "not tonight".into(),
    };
    world.obeys(switch(false));
    let row = world.wants("A1");
    world.turn(Span::from_hours(1));
    assert_eq!(
        (world.svc.count("svc.send"), world.svc.count("svc.put")),
        (0, 1)
    );
    world.obeys(switch(true));
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 1);
    assert!(!world.column(row, "done_at").is_null());
}

#[test]
fn a_store_put_back_from_a_backup_starts_stopped() {
    let mut world = World::new(SEND);
    world.write(|tx| tx.set_note("restored", &json!("2026-03-02T09:00:00Z")));
    world.stop();
    world.start();
    world.settle();
    let row = world.wants("A1");
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty());
    assert_eq!(world.said("restored from a backup"), 1);
    world.stop();
    world.start();
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty(), "it stays stopped");
    let switch = world
        .look(|view| view.switch(SwitchKind::Stop, "*"))
        .unwrap();
    assert!(switch.on && switch.reason.contains("restored from"));
    let absent = drover::connectors::action::Landing::Absent;
    world.svc.found("svc.send", [absent]);
    world.obeys(resume());
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.said("restored from a backup"), 1, "and says so once");
}

#[test]
fn what_was_set_aside_by_a_stop_is_not_sent_when_its_gate_no_longer_holds() {
    let world = World::new(SEND);
    let row = stopped_during(&world, "svc.look");
    world.until_state(row, AttemptState::Waiting);
    world.row("A1", &[("wanted", Value::Boolean(false))]);
    world.obeys(resume());
    world.turn(Span::from_hours(1));
    assert_eq!(world.svc.count("svc.send"), 0);
    assert_eq!(world.last(row).state, AttemptState::Cancelled);
}

#[test]
fn the_connectors_are_told_of_a_stop_before_its_word_is_given_and_over_a_restart() {
    let mut world = World::new(SEND);
    assert_eq!(world.svc.forbidden(), None);
    world.obeys(stop());
    assert_eq!(
        world.svc.forbidden().as_deref(),
        Some("all sending is stopped")
    );
    world.stop();
    world.start();
    assert!(world.svc.forbidden().is_some());
    world.obeys(resume());
    assert_eq!(world.svc.forbidden(), None);
}

#[test]
fn a_call_that_its_client_did_not_send_is_no_try_and_no_doubt_and_is_made_anew() {
    let world = World::new(SEND);
    for _ in 0..5 {
        world.svc.fails("svc.send", FaultKind::Cancelled);
    }
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Waiting);
    for _ in 0..10 {
        world.turn(Span::from_mins(1));
    }
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.attempts(row).len(), 1, "no try was spent");
    assert!(world.svc.looks().is_empty(), "nothing is in doubt");
    let calls = world.svc.calls_of("svc.send");
    assert_eq!(calls.len(), 6);
    assert!(calls.iter().all(|call| call.op == calls[0].op));
}

#[test]
fn a_read_that_its_client_did_not_send_is_no_try_either() {
    let world = World::new(SEND);
    world.svc.fails("svc.look", FaultKind::Cancelled);
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Waiting);
    world.turn(Span::from_mins(1));
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.attempts(row).len(), world.svc.count("svc.send")),
        (1, 1)
    );
}
