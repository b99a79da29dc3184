//! The pipeline's own acts.

use super::world::{World, anna};
use drover::control::protocol::{Peer, Reply, Request, RowResult};
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::value::Value;
use drover::store::{AttemptState, Cause};
use serde_json::json;

/// A stage that waits for confirmation, and an act that takes a row back from it.
const ACTS: &str = r#"
[[stage]]
name  = "send"
retry = { attempts = 1, wait = "1m" }
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name    = "confirm"
call    = "svc.confirm"
wait_if = "result.state != 'there'"
wait    = { every = "1m", most = "5m" }
[stage.set]
done_at = "{{ now }}"
[[act]]
name     = "roll_back"
title    = "Roll back"
set      = { state = "back from {{ row.state.place }}", stuck = true, wanted = "{{ false }}" }
releases = ["send"]
[act.when]
"wanted"   = "wanted"
"not back" = "stuck IS NOT TRUE"
"#;

fn act(rows: &[RowId], act: &str) -> Request {
    Request::Act {
        rows: rows.to_vec(),
        act: act.into(),
        reason: "it is silent".into(),
    }
}

fn notes(results: &[RowResult]) -> Vec<(bool, &str)> {
    let results = results.iter();
    results.map(|one| (one.done, one.note.as_str())).collect()
}

fn at(world: &World, key: &str, place: &str) -> RowId {
    let state = Value::Text(place.to_owned());
    world.row(key, &[("wanted", Value::Boolean(true)), ("state", state)])
}

/// The same act, with a text in place of the document.
fn plain() -> String {
    ACTS.replace("row.state.place", "row.state")
}

#[test]
fn an_act_writes_its_columns_and_says_of_each_row_what_came_of_it() {
    let world = World::new(&plain());
    let rows = [
        at(&world, "A", "Berlin"),
        world.row("B", &[]),
        at(&world, "C", "Bonn"),
    ];
    world.settle();
    let results = world.obeys(act(&rows, "roll_back"));
    assert_eq!(
        notes(&results),
        [
            (true, "roll_back"),
            (false, "not met: wanted"),
            (true, "roll_back")
        ]
    );
    assert_eq!(
        world.column(rows[0], "state"),
        Value::Text("back from Berlin".into())
    );
    assert_eq!(world.column(rows[1], "state"), Value::Null);
    assert_eq!(world.column(rows[2], "stuck"), Value::Boolean(true));
    let row = rows[0];
    let changes = world.look(move |view| view.changes_of(row, 100));
    let by_command = |change: &&drover::store::Change| matches!(change.cause, Cause::Command(_));
    assert_eq!(changes.iter().filter(by_command).count(), 3);
    assert_eq!(world.said("act (2 of 3 rows): roll_back — it is silent"), 1);
    let again = world.obeys(act(&rows[..1], "roll_back"));
    assert_eq!(notes(&again), [(false, "not met: wanted, not back")]);
}

#[test]
fn a_template_that_fails_is_that_rows_result_and_the_others_go_on() {
    let world = World::new(&plain().replace("row.state }}", "row.state | upper }}"));
    // Of a row without the column there is nothing to be written in capitals.
    let rows = [world.wants("A"), at(&world, "B", "bonn")];
    let world_with_error = World::new(ACTS);
    let bad = at(&world_with_error, "A", "Berlin");
    let results = world_with_error.obeys(act(&[bad], "roll_back"));
    assert!(!results[0].done);
    assert!(results[0].note.contains("state"), "{}", results[0].note);
    assert_eq!(world_with_error.column(bad, "stuck"), Value::Null);
    let results = world.obeys(act(&rows, "roll_back"));
    assert!(results[1].done, "{results:?}");
    assert_eq!(
        world.column(rows[1], "state"),
        Value::Text("back from BONN".into())
    );
}

#[test]
fn an_act_lifts_holds_and_ends_what_waits() {
    let world = World::new(&plain());
    world.svc.answers("svc.confirm", json!({"state": "gone"}));
    let waits = at(&world, "A", "Berlin");
    world.settle();
    assert_eq!(world.last(waits).state, AttemptState::Waiting);
    world.svc.fails("svc.confirm", FaultKind::Refused);
    let parked = at(&world, "B", "Bonn");
    world.settle();
    assert!(world.hold(parked, "send").is_some());
    let results = world.obeys(act(&[waits, parked], "roll_back"));
    assert!(results.iter().all(|one| one.done), "{results:?}");
    let ended = world.last(waits);
    assert_eq!(ended.state, AttemptState::Cancelled);
    assert!(ended.fault.unwrap().message.contains("Roll back"));
    assert!(world.hold(parked, "send").is_none());
    let asked = world.svc.count("svc.confirm");
    world.turn(drover::model::time::Span::from_hours(1));
    assert_eq!(world.svc.count("svc.confirm"), asked, "nothing goes on");
}

#[test]
fn an_act_on_many_rows_waits_for_a_second_person() {
    let mut world = World::asleep(&plain());
    world.roles.two_people_above = 1;
    world.roles.operator = vec!["anna".into(), "ben".into()];
    world.start();
    let rows = [at(&world, "A", "Berlin"), at(&world, "B", "Bonn")];
    let Reply::Waiting { command, .. } = world.ask(anna(), act(&rows, "roll_back")) else {
        panic!("not waiting");
    };
    assert_eq!(world.column(rows[0], "stuck"), Value::Null);
    let ben = Peer {
        uid: 502,
        gid: 502,
        name: "ben".into(),
    };
    let agree = Request::Agree {
        command,
        reason: "seen".into(),
    };
    assert!(matches!(world.ask(ben, agree), Reply::Done { .. }));
    for row in rows {
        assert_eq!(world.column(row, "stuck"), Value::Boolean(true));
    }
}

#[test]
fn an_act_the_file_does_not_have_is_refused_with_the_nearest() {
    let world = World::new(&plain());
    let row = world.wants("A");
    let why = world.refuses(act(&[row], "rollback"));
    assert!(why.contains("there is no act \"rollback\""), "{why}");
    assert!(why.contains("did you mean \"roll_back\"?"), "{why}");
}
