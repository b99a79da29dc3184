//! What operators ask, row by row.

use super::world::{World, anna};
use super::{CONFIRM, SEND};
use drover::control::protocol::{Peer, Reply, Request};
use drover::model::actor::Actor;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, Cause, CommandState, HoldKind};
use serde_json::json;

fn why() -> String {
    "because".into()
}

fn hold(row: RowId, stage: Option<&str>) -> Request {
    Request::Hold {
        rows: vec![row],
        stage: stage.map(str::to_owned),
        reason: why(),
    }
}

fn release(row: RowId, stage: Option<&str>) -> Request {
    Request::Release {
        rows: vec![row],
        stage: stage.map(str::to_owned),
        reason: why(),
    }
}

fn skip(row: RowId, stage: &str) -> Request {
    Request::Skip {
        rows: vec![row],
        stage: stage.into(),
        reason: why(),
    }
}

fn trigger(rows: &[RowId], stage: &str) -> Request {
    Request::Trigger {
        rows: rows.to_vec(),
        stage: stage.into(),
        reason: why(),
    }
}

fn retry(rows: &[RowId], from_start: bool) -> Request {
    Request::Retry {
        rows: rows.to_vec(),
        stage: None,
        from_start,
        reason: why(),
    }
}

fn set(row: RowId, column: &str, value: serde_json::Value) -> Request {
    Request::Set {
        rows: vec![row],
        column: column.into(),
        value,
        reason: why(),
    }
}

/// Whether the one row's part was done.
fn done(world: &World, request: Request) -> bool {
    let rows = world.obeys(request);
    assert_eq!(rows.len(), 1);
    rows[0].done
}

#[test]
fn a_held_row_is_left_alone_until_it_is_released() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    assert!(done(&world, hold(row, None)));
    world.wants("A1");
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty());
    let held = world.hold(row, "*").unwrap();
    assert_eq!(
        (held.kind, held.by),
        (HoldKind::Held, Actor::Person("anna".into()))
    );
    assert!(done(&world, release(row, None)));
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert!(!done(&world, release(row, None)), "it is not held any more");
}

#[test]
fn a_hold_ends_a_wait_and_after_its_release_what_was_sent_is_not_sent_again() {
    let world = World::new(CONFIRM);
    world
        .svc
        .answers("svc.confirm", json!({ "state": "on its way" }));
    world
        .svc
        .answers("svc.confirm", json!({ "state": "there" }));
    let row = world.wants("A1");
    world.settle();
    assert!(done(&world, hold(row, Some("send"))));
    assert_eq!(world.last(row).state, AttemptState::Cancelled);
    world.turn(Span::from_hours(1));
    assert_eq!(world.attempts(row).len(), 1);
    assert!(done(&world, release(row, Some("send"))));
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    assert_eq!(
        (world.svc.count("svc.send"), world.svc.count("svc.confirm")),
        (1, 2)
    );
}

#[test]
fn a_row_held_while_an_attempt_reads_is_not_sent_to() {
    let world = World::new(SEND);
    world.svc.silence(Some("svc.look"));
    let row = world.wants("A1");
    world.until("the read", |w| (w.svc.count("svc.look") == 1).then_some(()));
    assert!(done(&world, hold(row, None)));
    world.svc.silence(None);
    world.settle();
    assert_eq!(
        (world.svc.count("svc.send"), world.last(row).state),
        (0, AttemptState::Cancelled)
    );
    assert!(done(&world, release(row, None)));
    world.settle();
    assert_eq!(
        (world.svc.count("svc.send"), world.last(row).state),
        (1, AttemptState::Done)
    );
}

#[test]
fn a_persons_hold_outlives_the_failure_of_the_call_it_came_upon() {
    for kind in [FaultKind::Timeout, FaultKind::Refused] {
        let world = World::new(&SEND.replace("svc.send", "svc.put"));
        world.svc.silence(Some("svc.put"));
        world.svc.fails("svc.put", kind);
        let row = world.wants("A1");
        world.until("the call", |w| (w.svc.count("svc.put") == 1).then_some(()));
        assert!(done(&world, hold(row, Some("send"))));
        world.svc.silence(None);
        world.until_state(row, AttemptState::Failed);
        world.turn(Span::from_hours(1));
        assert_eq!(world.hold(row, "send").unwrap().kind, HoldKind::Held);
        assert_eq!(world.svc.count("svc.put"), 1);
    }
}

#[test]
fn a_skipped_stage_does_not_run_for_that_row_and_cannot_be_triggered() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    let other = world.row("A2", &[]);
    assert!(done(&world, skip(row, "send")));
    world.wants("A1");
    world.wants("A2");
    world.settle();
    assert_eq!(world.last(other).state, AttemptState::Done);
    let rows = world.obeys(trigger(&[row, other], "send"));
    assert!(
        !rows[0].done && rows[0].note.contains("skipped"),
        "{rows:?}"
    );
    assert!(
        !rows[1].done && rows[1].note.contains("not met"),
        "{rows:?}"
    );
    world.settle();
    assert!(world.attempts(row).is_empty());
    assert!(done(&world, release(row, Some("send"))));
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn a_trigger_ends_a_back_off() {
    let world = World::new(SEND);
    world.svc.fails("svc.look", FaultKind::Timeout);
    let row = world.wants("A1");
    world.settle();
    assert!(done(&world, trigger(&[row], "send")));
    world.settle();
    let last = world.last(row);
    assert_eq!((last.state, last.number), (AttemptState::Done, 2));
}

#[test]
fn a_retry_counts_anew_and_keeps_the_steps_that_were_done() {
    let world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Refused);
    let row = world.wants("A1");
    world.settle();
    assert!(done(&world, retry(&[row], false)));
    world.settle();
    let last = world.last(row);
    assert_eq!((last.state, last.number), (AttemptState::Done, 1));
    assert_eq!(world.svc.order(), ["svc.look", "svc.send", "svc.send"]);
    assert!(
        !done(&world, retry(&[row], false)),
        "nothing has failed any more"
    );
}

#[test]
fn a_retry_from_the_start_forgets_the_steps_that_were_done() {
    let world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Refused);
    let row = world.wants("A1");
    world.settle();
    assert!(done(&world, retry(&[row], true)));
    world.settle();
    assert_eq!(
        world.svc.order(),
        ["svc.look", "svc.send", "svc.look", "svc.send"]
    );
    assert_eq!(world.last(row).state, AttemptState::Done);
}

#[test]
fn a_column_set_by_hand_moves_the_row_and_says_who_did_it() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    world.settle();
    assert!(done(&world, set(row, "wanted", json!(true))));
    world.settle();
    assert_eq!(world.last(row).state, AttemptState::Done);
    let changes = world.look(move |view| view.changes_of(row, 50));
    let by_hand = changes
        .iter()
        .find(|change| change.column == "wanted")
        .unwrap();
    assert!(matches!(by_hand.cause, Cause::Command(_)));
    let rows = world.obeys(set(row, "done_at", json!("yesterday")));
    assert!(
        !rows[0].done && rows[0].note.contains("done_at"),
        "{rows:?}"
    );
    assert!(!done(&world, set(row, "nothing", json!(1))));
    assert!(!done(&world, set(row, "serial", json!("A9"))));
    assert!(done(&world, set(row, "done_at", json!(null))));
    assert_eq!(world.column(row, "serial"), Value::Text("A1".into()));
}

#[test]
fn the_wave_is_set_like_a_column_and_what_is_so_already_is_said() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    assert!(done(&world, set(row, "wave", json!("pilot"))));
    let found = world.look(move |view| view.row(row)).unwrap();
    assert_eq!(found.wave.as_deref(), Some("pilot"));
    let again = world.obeys(set(row, "wave", json!("pilot")));
    assert!(
        !again[0].done && again[0].note.contains("pilot already"),
        "{again:?}"
    );
    assert!(done(&world, hold(row, None)));
    let again = world.obeys(hold(row, None));
    assert!(
        !again[0].done && again[0].note.contains("held by anna"),
        "{again:?}"
    );
}

#[test]
fn a_command_is_on_record_with_what_came_of_each_row() {
    let world = World::new(SEND);
    world.svc.fails("svc.send", FaultKind::Refused);
    let rows = [world.wants("A1"), world.row("A2", &[])];
    world.settle();
    let Reply::Done { command, .. } = world.ask(anna(), retry(&rows, false)) else {
        panic!("refused");
    };
    let all = world.look(|view| view.commands(10));
    let kept = all.iter().find(|kept| kept.id.0 == command).unwrap();
    assert_eq!(
        (kept.state, kept.actor.clone()),
        (CommandState::Done, Actor::Person("anna".into()))
    );
    assert_eq!(
        (kept.verb.as_str(), kept.reason.as_str()),
        ("retry", "because")
    );
    assert_eq!(world.said("retry (1 of 2 rows)"), 1);
}

#[test]
fn no_rows_never_means_all_rows() {
    let world = World::new(SEND);
    world.row("A1", &[]);
    for request in [retry(&[], false), trigger(&[], "send")] {
        let why = world.refuses(request);
        assert!(why.contains("no row is selected"), "{why}");
    }
    assert!(world.look(|view| view.commands(10)).is_empty());
}

#[test]
fn an_act_without_a_reason_is_refused() {
    let world = World::new(SEND);
    let reason = "  ".to_owned();
    let why = world.refuses(Request::Stop { reason });
    assert!(why.contains("reason"), "{why}");
    assert!(world.look(|view| view.switches()).is_empty());
}

#[test]
fn an_observer_may_ask_who_is_there_and_nothing_else() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    let ben = Peer {
        uid: 777,
        gid: 777,
        name: "ben".into(),
    };
    assert!(matches!(
        world.ask(ben.clone(), Request::Hello),
        Reply::Done { .. }
    ));
    for request in [
        hold(row, None),
        Request::Stop { reason: why() },
        Request::Shutdown,
    ] {
        let Reply::Refused(why) = world.ask(ben.clone(), request) else {
            panic!("an observer was obeyed");
        };
        assert!(why.contains("ben"), "{why}");
    }
    assert!(world.hold(row, "*").is_none());
    assert_eq!(world.said("refused"), 3);
}

#[test]
fn a_stage_the_file_does_not_have_is_refused_by_name() {
    let world = World::new(SEND);
    let row = world.row("A1", &[]);
    for request in [
        trigger(&[row], "sent"),
        skip(row, "sent"),
        hold(row, Some("sent")),
    ] {
        let why = world.refuses(request);
        assert!(why.contains("sent"), "{why}");
    }
    assert!(world.look(move |view| view.holds_of(row)).is_empty());
}

#[test]
fn an_import_takes_the_rows_that_fit_and_says_why_the_others_do_not() {
    let world = World::new(SEND);
    let row = |json: serde_json::Value| json.as_object().unwrap().clone();
    let rows = world.obeys(Request::Import {
        rows: vec![
            row(json!({ "serial": "A1", "wanted": true })),
            row(json!({ "serial": "A2", "colour": "red" })),
            row(json!({ "serial": " ", "wanted": true })),
            row(json!({ "serial": "A3", "wanted": "perhaps" })),
        ],
        reason: why(),
    });
    let taken: Vec<_> = rows.iter().map(|row| row.done).collect();
    assert_eq!(taken, [true, false, false, false]);
    assert!(
        rows[1].note.contains("colour") && rows[3].note.contains("wanted"),
        "{rows:?}"
    );
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 1);
}
