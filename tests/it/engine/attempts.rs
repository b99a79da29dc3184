//! Attempts: recorded, resumed, given up.

use super::SEND;
use super::world::World;
use drover::model::fault::{Fault, FaultKind};
use drover::model::outcome::Outcome;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, Cause, HoldKind, MessageKind};
use serde_json::json;

#[test]
fn an_attempt_is_recorded_and_its_columns_are_written_in_the_end() {
    let world = World::new(SEND);
    world.svc.answers("svc.look", json!({ "state": "asleep" }));
    let row = world.wants("A1");
    world.settle();
    let attempts = world.attempts(row);
    assert_eq!(attempts.len(), 1);
    assert_eq!(attempts[0].state, AttemptState::Done);
    let steps = world.steps(&attempts[0]);
    let made: Vec<_> = steps
        .iter()
        .map(|step| (step.name.as_str(), step.action.as_str(), step.mutates))
        .collect();
    assert_eq!(
        made,
        [("look", "svc.look", false), ("send", "svc.send", true)]
    );
    assert!(steps.iter().all(|step| step.finished_at.is_some()));
    assert_eq!(steps[1].outcome, Some(Outcome::Done));
    assert_eq!(steps[1].input, json!({ "to": "A1" }));
    assert_eq!(world.column(row, "state"), Value::Text("asleep".into()));
    assert!(!world.column(row, "done_at").is_null());
    let sent = world.svc.calls_of("svc.send");
    assert_eq!(sent.len(), 1);
    assert_eq!(
        (&sent[0].op, &sent[0].input["to"]),
        (&steps[1].op, &json!("A1"))
    );
}

#[test]
fn a_mutating_call_is_on_record_before_the_service_has_answered() {
    let world = World::new(SEND);
    world.svc.silence(Some("svc.send"));
    let row = world.wants("A1");
    world.until("the call", |w| (w.svc.count("svc.send") == 1).then_some(()));
    let step = world.steps(&world.last(row)).pop().unwrap();
    let heard = world.svc.calls_of("svc.send").pop().unwrap();
    assert_eq!(
        (step.outcome, step.finished_at),
        (Some(Outcome::Sent), None)
    );
    assert_eq!((&step.op, step.input), (&heard.op, json!(heard.input)));
    world.svc.silence(None);
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn after_a_read_fault_the_next_attempt_goes_on_at_the_failed_step() {
    let stages = SEND.replace(
        "[[stage.step]]\nname = \"look\"",
        "[[stage.step]]\nname = \"put\"\ncall = \"svc.put\"\n[[stage.step]]\nname = \"look\"",
    );
    let world = World::new(&stages);
    world.svc.fails("svc.look", FaultKind::Timeout);
    let row = world.wants("A1");
    world.settle();
    let hold = world.hold(row, "send").unwrap();
    assert_eq!(
        (hold.kind, hold.fault),
        (HoldKind::BackingOff, Some(FaultKind::Timeout))
    );
    let failed = world.last(row);
    assert_eq!(failed.state, AttemptState::Failed);
    assert_eq!(failed.at_step.as_deref(), Some("look"));
    world.turn(Span::from_secs(40));
    assert_eq!(
        world.attempts(row).len(),
        1,
        "not before the back-off is over"
    );
    world.turn(Span::from_secs(40));
    let last = world.last(row);
    assert_eq!((last.state, last.number), (AttemptState::Done, 2));
    assert_eq!((last.resumes, last.cause), (Some(failed.id), Cause::Retry));
    assert_eq!(
        world.svc.order(),
        ["svc.put", "svc.look", "svc.look", "svc.send"]
    );
    assert!(world.hold(row, "send").is_none());
}

#[test]
fn a_refusal_parks_the_row_at_once_and_posts_a_ticket() {
    let world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Refused);
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_hours(3));
    assert_eq!(world.svc.count("svc.send"), 1);
    let hold = world.hold(row, "send").unwrap();
    assert_eq!(
        (hold.kind, hold.owner.as_deref()),
        (HoldKind::Parked, Some("ticket"))
    );
    assert_eq!(hold.attempt, Some(world.last(row).id));
    let tickets = world.messages(row);
    assert_eq!(tickets.len(), 1);
    assert_eq!(tickets[0].kind, MessageKind::Ticket);
    assert!(tickets[0].text.contains("A1"), "{}", tickets[0].text);
}

#[test]
fn retries_end_after_as_many_attempts_as_the_file_says_each_later_than_the_last() {
    let world = World::new(SEND);
    for _ in 0..5 {
        world.svc.fails("svc.look", FaultKind::ServerError);
    }
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_secs(76));
    assert_eq!(world.attempts(row).len(), 2);
    world.turn(Span::from_secs(76));
    assert_eq!(
        world.attempts(row).len(),
        2,
        "the second wait is twice as long"
    );
    world.turn(Span::from_secs(76));
    world.turn(Span::from_hours(5));
    let numbers: Vec<_> = world.attempts(row).iter().map(|a| a.number).collect();
    assert_eq!(numbers, [1, 2, 3]);
    assert_eq!(world.hold(row, "send").unwrap().kind, HoldKind::Parked);
    assert_eq!(world.svc.count("svc.send"), 0);
}

#[test]
fn a_retry_waits_at_least_as_long_as_the_service_asked() {
    let world = World::new(SEND);
    let asked =
        Fault::new(FaultKind::RateLimited, "slow down").retry_after(Some(Span::from_hours(1)));
    world.svc.ends("svc.look", Err(asked));
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_mins(59));
    assert_eq!(world.attempts(row).len(), 1);
    world.turn(Span::from_mins(2));
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn an_action_nobody_can_call_parks_the_row_and_says_what_is_missing() {
    let world = World::new(&SEND.replace("svc.look", "nobody.look"));
    let row = world.wants("A1");
    world.settle();
    let hold = world.hold(row, "send").unwrap();
    assert_eq!(hold.kind, HoldKind::Parked);
    assert!(
        hold.reason.contains("[connectors.nobody]"),
        "{}",
        hold.reason
    );
}

#[test]
fn one_bad_row_does_not_keep_the_others_back() {
    let world = World::new(&SEND.replace("then  =", "parallel = 4\nthen  ="));
    world.svc.fails("svc.look", FaultKind::Forbidden);
    let rows: Vec<_> = (0..6).map(|n| world.wants(&format!("A{n}"))).collect();
    world.settle();
    let done = rows
        .iter()
        .filter(|row| !world.column(**row, "done_at").is_null());
    assert_eq!((done.count(), world.svc.count("svc.send")), (5, 5));
}

#[test]
fn a_stage_that_leaves_its_gate_as_it_was_is_parked_instead_of_running_for_ever() {
    let stages = SEND.replace("done_at = \"{{ now }}\"\n", "");
    let world = World::new(&stages);
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_hours(2));
    assert_eq!(world.svc.count("svc.send"), 1);
    let hold = world.hold(row, "send").unwrap();
    assert_eq!(
        (hold.kind, hold.owner.as_deref()),
        (HoldKind::Parked, Some("operator"))
    );
    assert!(hold.reason.contains("for ever"), "{}", hold.reason);
}

#[test]
fn a_helper_named_by_then_runs_once_when_the_attempt_is_lost_and_not_before() {
    let helper =
        "\n[[helper]]\nname = \"undo\"\n[[helper.step]]\nname = \"put\"\ncall = \"svc.put\"\n";
    let stages = SEND.replace("\"ticket\"", "\"undo\"") + helper;
    let world = World::new(&stages);
    for _ in 0..3 {
        world.svc.fails("svc.look", FaultKind::Timeout);
    }
    let row = world.wants("A1");
    world.settle();
    world.turn(Span::from_mins(2));
    assert_eq!(world.svc.count("svc.put"), 0);
    world.turn(Span::from_mins(10));
    assert_eq!(world.svc.count("svc.put"), 1);
    let last = world.last(row);
    assert_eq!(
        (last.state, last.at_step.as_deref()),
        (AttemptState::Failed, Some("look"))
    );
    assert_eq!(world.hold(row, "send").unwrap().kind, HoldKind::Parked);
}
