//! Engines that end in the middle, and those that come after them.

use super::service::SETTLE;
use super::world::World;
use super::{CONFIRM, SEND};
use drover::connectors::action::Landing;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::AttemptState;
use serde_json::json;

/// Killed while `svc.send` was under way.
fn killed_while_sending(stages: &str) -> (World, RowId) {
    let mut world = World::new(stages);
    world.svc.silence(Some("svc.send"));
    let row = world.wants("A1");
    world.until("the call", |w| (w.svc.count("svc.send") == 1).then_some(()));
    world.kill();
    world.svc.silence(None);
    (world, row)
}

#[test]
fn an_engine_killed_while_it_sent_looks_whether_that_landed_before_anything_else() {
    let (mut world, row) = killed_while_sending(SEND);
    let result = json!({ "id": 7 });
    world.svc.found("svc.send", [Landing::Landed(result)]);
    world.start();
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.svc.looks().len(), 1);
    assert_eq!(
        world.svc.order(),
        ["svc.look", "svc.send"],
        "nothing is called again"
    );
    assert_eq!(world.attempts(row).len(), 1);
    let steps = world.steps(&world.last(row));
    assert_eq!(steps[1].result, Some(json!({ "id": 7 })));
    assert_eq!(steps[1].op, world.svc.looks()[0].op);
}

#[test]
fn after_a_kill_an_absence_is_believed_only_after_the_settle_time_counted_anew() {
    let (mut world, row) = killed_while_sending(SEND);
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    world.clock.turn(Span::from_hours(1));
    world.start();
    world.settle();
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (1, 1)
    );
    world.turn(SETTLE.times(0.9));
    assert_eq!(world.svc.count("svc.send"), 1);
    world.turn(SETTLE.times(0.2));
    world.turn(SETTLE.times(0.6));
    assert_eq!(world.svc.count("svc.send"), 2);
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn an_engine_killed_while_it_looked_goes_on_counting_where_it_was() {
    let mut world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Unknown);
    world.svc.found("svc.send", vec![Landing::Absent; 9]);
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_secs(6));
    world.turn(SETTLE);
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (2, 1)
    );
    world.kill();
    world.start();
    world.turn(SETTLE.times(0.6));
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (3, 2)
    );
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn an_engine_killed_while_it_made_a_repeatable_call_makes_it_again() {
    let mut world = World::new(&SEND.replace("svc.send", "svc.put"));
    world.svc.silence(Some("svc.put"));
    let row = world.wants("A1");
    world.until("the call", |w| (w.svc.count("svc.put") == 1).then_some(()));
    world.kill();
    world.svc.silence(None);
    world.start();
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.put"), world.svc.looks().len()),
        (2, 0)
    );
}

#[test]
fn an_engine_killed_while_it_read_goes_on_with_what_was_recorded() {
    let mut world = World::new(CONFIRM);
    world.svc.silence(Some("svc.confirm"));
    let row = world.wants("A1");
    world.until("the read", |w| {
        (w.svc.count("svc.confirm") == 1).then_some(())
    });
    world.kill();
    world.svc.silence(None);
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    world.start();
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.send"), world.attempts(row).len()),
        (1, 1)
    );
    assert_eq!(world.said("were under way when the last engine ended"), 1);
}

#[test]
fn a_wait_that_ran_out_while_no_engine_ran_is_looked_at_once_more_before_anything_is_sent_again() {
    for (found, sent) in [("there", 1), ("lost", 2)] {
        let mut world = World::new(CONFIRM);
        for state in ["lost", "lost", found, "there"] {
            world.svc.answers("svc.confirm", json!({ "state": state }));
        }
        let row = world.wants("A1");
        world.settle();
        world.turn(Span::from_secs(61));
        world.stop();
        world.clock.turn(Span::from_mins(10));
        world.start();
        world.settle();
        assert_eq!(
            (world.svc.count("svc.confirm"), world.svc.count("svc.send")),
            (3, 1)
        );
        let first = world.attempts(row).remove(0);
        assert_eq!(first.state == AttemptState::Done, found == "there");
        world.turn(Span::from_mins(2));
        assert_eq!(world.last(row).state, AttemptState::Done);
        assert_eq!(world.svc.count("svc.send"), sent);
    }
}

#[test]
fn an_engine_asked_to_stop_lets_a_call_end_and_leaves_the_rest_for_the_next() {
    let stages = CONFIRM.replace("wait_if", "#");
    let stages = stages.replace("wait    =", "#").replace("else    =", "#");
    let mut world = World::new(&stages);
    world.svc.silence(Some("svc.send"));
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    let row = world.wants("A1");
    world.until("the call", |w| (w.svc.count("svc.send") == 1).then_some(()));
    let svc = world.svc.clone();
    let stopping = std::thread::spawn(move || {
        world.ask(
            super::world::anna(),
            drover::control::protocol::Request::Shutdown,
        );
        svc.silence(None);
        world.stop();
        world
    });
    let mut world = stopping.join().unwrap();
    assert_eq!(world.svc.order(), ["svc.send"]);
    world.start();
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.column(row, "state"), Value::Text("there".into()));
    assert_eq!(world.svc.order(), ["svc.send", "svc.confirm"]);
}
