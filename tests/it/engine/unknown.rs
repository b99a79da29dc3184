//! A call went out and its answer was lost.

use super::service::SETTLE;
use super::world::World;
use super::{CONFIRM, SEND};
use drover::connectors::action::Landing;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, HoldKind, MessageKind};
use serde_json::json;

/// One row whose call of `svc.send` was lost, and what later looks find.
fn lost(stages: &str, found: impl IntoIterator<Item = Landing>) -> (World, RowId) {
    let world = World::new(stages);
    world.svc.fails("svc.send", FaultKind::Unknown);
    world.svc.found("svc.send", found);
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Probing);
    (world, row)
}

#[test]
fn a_lost_call_is_sent_again_once_after_two_believable_absences_and_never_before() {
    let (world, row) = lost(SEND, [Landing::Absent, Landing::Absent, Landing::Absent]);
    let sent = world.svc.calls_of("svc.send")[0].clone();
    world.turn(Span::from_secs(6));
    assert_eq!(world.svc.looks().len(), 1, "the first look comes early");
    world.turn(SETTLE.times(0.9));
    assert_eq!(world.svc.looks().len(), 1, "and is not believed");
    world.turn(SETTLE.times(0.1));
    assert_eq!(world.svc.looks().len(), 2);
    assert_eq!(world.svc.count("svc.send"), 1, "one absence is not enough");
    world.turn(SETTLE.times(0.4));
    assert_eq!(world.svc.count("svc.send"), 1, "the second must come later");
    world.turn(SETTLE.times(0.2));
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (3, 2)
    );
    assert_eq!(world.last(row).state, AttemptState::Done);
    world.turn(Span::from_hours(5));
    assert_eq!(
        (world.svc.count("svc.send"), world.attempts(row).len()),
        (2, 1)
    );
    let again = world.svc.calls_of("svc.send").pop().unwrap();
    assert_eq!(again.op, sent.op, "it is the same operation");
    for look in world.svc.looks() {
        assert_eq!((&look.op, look.intent_at), (&sent.op, sent.intent_at));
    }
}

#[test]
fn a_lost_call_that_landed_goes_on_with_what_the_look_found() {
    let stages = SEND.replace("steps.look.state", "steps.send.state");
    let (world, row) = lost(&stages, [Landing::Landed(json!({ "state": "queued" }))]);
    world.turn(Span::from_secs(6));
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.column(row, "state"), Value::Text("queued".into()));
    assert_eq!(world.svc.count("svc.send"), 1);
    assert_eq!(world.svc.count("svc.look"), 1);
}

#[test]
fn a_lost_call_nobody_can_tell_of_is_parked_as_unknown_after_six_looks() {
    let (world, row) = lost(SEND, []);
    world.turn(Span::from_secs(6));
    for (looks, pause) in [(1, 2), (2, 4), (3, 8), (4, 16), (5, 32)] {
        assert_eq!(world.svc.looks().len(), looks);
        assert_eq!(world.last(row).state, AttemptState::Probing);
        world.turn(Span::from_mins(pause).times(0.9));
        assert_eq!(world.svc.looks().len(), looks, "each pause is longer");
        world.turn(Span::from_mins(pause).times(0.2));
    }
    world.turn(Span::from_hours(9));
    assert_eq!(
        (world.svc.looks().len(), world.svc.count("svc.send")),
        (6, 1)
    );
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    let hold = world.hold(row, "send").unwrap();
    assert_eq!(hold.kind, HoldKind::Parked);
    assert_eq!(
        (hold.fault, hold.owner.as_deref()),
        (Some(FaultKind::Unknown), Some("ticket"))
    );
    let kinds: Vec<_> = world.messages(row).iter().map(|m| m.kind).collect();
    assert_eq!(kinds, [MessageKind::Ticket]);
}

#[test]
fn a_lost_call_that_cannot_be_looked_up_is_parked_without_a_second_one() {
    let world = World::new(&SEND.replace("svc.send", "svc.shout"));
    world.svc.fails("svc.shout", FaultKind::Unknown);
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_hours(1));
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    assert_eq!(
        (world.svc.count("svc.shout"), world.svc.looks().len()),
        (1, 0)
    );
}

#[test]
fn a_call_that_is_lost_three_times_and_never_lands_is_a_persons() {
    let (world, row) = lost(SEND, vec![Landing::Absent; 20]);
    world.svc.fails("svc.send", FaultKind::Unknown);
    world.svc.fails("svc.send", FaultKind::Unknown);
    for _ in 0..20 {
        world.turn(SETTLE);
    }
    assert_eq!(world.svc.count("svc.send"), 3);
    assert_eq!(world.last(row).state, AttemptState::Unknown);
}

#[test]
fn a_repeatable_call_whose_answer_was_lost_is_simply_tried_again() {
    let world = World::new(&SEND.replace("svc.send", "svc.put"));
    world.svc.fails("svc.put", FaultKind::Unknown);
    let row = world.wants("A1");
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Failed);
    assert_eq!(world.last(row).fault.unwrap().kind, FaultKind::Timeout);
    world.turn(Span::from_mins(2));
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.put"), world.svc.looks().len()),
        (2, 0)
    );
}

#[test]
fn a_row_held_while_its_call_is_in_doubt_is_not_sent_to_again() {
    let (world, row) = lost(SEND, [Landing::Absent, Landing::Absent, Landing::Absent]);
    let rows = world.obeys(Request::Hold {
        rows: vec![row],
        stage: None,
        reason: "the person called".into(),
    });
    assert!(rows[0].done);
    for _ in 0..4 {
        world.turn(SETTLE);
    }
    assert_eq!(world.svc.count("svc.send"), 1);
    assert_eq!(world.last(row).state, AttemptState::Cancelled);
    world.obeys(Request::Release {
        rows: vec![row],
        stage: None,
        reason: "go on".into(),
    });
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 2);
    assert!(!world.column(row, "done_at").is_null());
}

#[test]
fn a_retry_after_an_unknown_end_does_not_repeat_the_steps_before_it() {
    let stages = CONFIRM.replace(
        "[[stage.step]]\nname = \"send\"",
        "[[stage.step]]\nname = \"first\"\ncall = \"svc.shout\"\n[[stage.step]]\nname = \"send\"",
    );
    let (world, row) = lost(&stages, []);
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    for _ in 0..20 {
        world.turn(SETTLE);
    }
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    world.svc.found("svc.send", [Landing::Absent]);
    world.obeys(Request::Retry {
        rows: vec![row],
        stage: None,
        from_start: false,
        reason: "looked: it never arrived".into(),
    });
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.shout"), world.svc.count("svc.send")),
        (1, 2)
    );
}

#[test]
fn a_retry_after_an_unknown_end_finds_what_landed_and_does_not_send_it_again() {
    let (world, row) = lost(SEND, []);
    for _ in 0..20 {
        world.turn(SETTLE);
    }
    assert_eq!(world.last(row).state, AttemptState::Unknown);
    let landed = Landing::Landed(json!({ "state": "there" }));
    world.svc.found("svc.send", [landed]);
    world.obeys(Request::Retry {
        rows: vec![row],
        stage: None,
        from_start: false,
        reason: "the service is back".into(),
    });
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.svc.count("svc.send"), 1);
}

/// A call that cannot be undone, of a row that can be read afresh; `first` is a step before it.
fn removal(first: &str) -> String {
    let refresh = r#"
[[intake]]
name    = "look"
webhook = { path = "look" }
key     = "{{ event.serial }}"
set     = { wanted = "{{ event.wanted }}" }
refresh = { call = "svc.confirm", with = { to = "{{ row.serial }}" } }
"#;
    let send = "[[stage.step]]\nname = \"send\"\ncall = \"svc.send\"";
    assert!(SEND.contains(send));
    let steps = format!("{first}{}", send.replace("svc.send", "svc.leave"));
    format!("{refresh}{}", SEND.replace(send, &steps))
}

/// The call is lost and not found; the row read afresh is as `wanted` says. How often it was sent in the end.
fn removed(stages: &str, wanted: bool) -> (World, RowId, usize) {
    let world = World::new(stages);
    world.svc.fails("svc.leave", FaultKind::Unknown);
    world.svc.found("svc.leave", vec![Landing::Absent; 9]);
    world
        .svc
        .answers("svc.confirm", json!({ "serial": "A1", "wanted": wanted }));
    let row = world.wants("A1");
    for _ in 0..9 {
        world.turn(SETTLE);
    }
    let sent = world.svc.count("svc.leave");
    (world, row, sent)
}

#[test]
fn what_cannot_be_undone_is_repeated_only_while_the_row_read_afresh_is_as_it_was() {
    let (world, row, sent) = removed(&removal(""), true);
    assert_eq!((sent, world.last(row).state), (2, AttemptState::Done));
    let (world, row, sent) = removed(&removal(""), false);
    assert_eq!((sent, world.svc.count("svc.confirm")), (1, 1));
    assert_eq!(world.last(row).state, AttemptState::Cancelled);
    assert_eq!(world.hold(row, "send"), None, "it is nobody's any more");
}

#[test]
fn after_another_change_a_row_that_is_not_as_it_was_is_a_persons() {
    let first = "[[stage.step]]\nname = \"put\"\ncall = \"svc.put\"\n";
    let (world, row, sent) = removed(&removal(first), false);
    assert_eq!((sent, world.last(row).state), (1, AttemptState::Unknown));
    let hold = world.hold(row, "send").unwrap();
    assert!(hold.reason.contains("not as it was"), "{}", hold.reason);
}

#[test]
fn a_row_that_cannot_be_read_afresh_is_looked_at_later_and_nothing_is_sent_meanwhile() {
    let world = World::new(&removal(""));
    world.svc.fails("svc.leave", FaultKind::Unknown);
    world.svc.found("svc.leave", vec![Landing::Absent; 9]);
    world.svc.fails("svc.confirm", FaultKind::Unreachable);
    world
        .svc
        .answers("svc.confirm", json!({ "serial": "A1", "wanted": true }));
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_secs(6));
    world.turn(SETTLE);
    world.turn(SETTLE.times(0.6));
    assert_eq!(world.svc.count("svc.confirm"), 1);
    assert_eq!(world.svc.count("svc.leave"), 1);
    for _ in 0..4 {
        world.turn(SETTLE);
    }
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(world.svc.count("svc.leave"), 2);
}
