//! What the outside is wanted to be is told: when it changes, again and again, and at once after trouble.

use super::world::{World, morning};
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{Level, MirrorRecord, MirrorState};
use serde_json::{Value as Json, json};

/// Lists the rows that are wanted, and marks since when the outside has them.
const MIRROR: &str = r#"
[[mirror]]
name  = "proxy"
title = "Proxy"
call  = "svc.route"
every = "1m"
with  = { new = "{{ lists.new }}", proven = "{{ waves.proven }}" }
[mirror.lists]
new = { column = "serial", when = "wanted", marks = "done_at" }
"#;

const SOON: Span = Span::from_secs(2);
const EVERY: Span = Span::from_mins(1);

/// What the outside was told last.
fn told(world: &World) -> Json {
    let calls = world.svc.calls_of("svc.route");
    calls
        .last()
        .map_or(Json::Null, |call| call.input["new"].clone())
}

fn times(world: &World) -> usize {
    world.svc.count("svc.route")
}

fn record(world: &World) -> MirrorRecord {
    world.look(|view| view.mirror("proxy")).unwrap()
}

fn unwanted(world: &World, row: RowId) {
    world.write(move |tx| {
        let values = [("wanted".to_owned(), Value::Boolean(false))];
        tx.set(row, &values.into(), &drover::store::Cause::Schedule)
    });
}

#[test]
fn what_is_wanted_is_told_at_the_start_when_it_changes_and_again_and_again() {
    let world = World::new(MIRROR);
    world.settle();
    assert_eq!((times(&world), told(&world)), (1, json!([])));
    world.wants("B");
    world.wants("A");
    world.turn(SOON);
    assert_eq!((times(&world), told(&world)), (2, json!(["A", "B"])));
    assert_eq!(record(&world).state, MirrorState::Told);
    world.turn(SOON);
    assert_eq!(times(&world), 2, "nothing has changed");
    for more in 1..=3 {
        world.turn(EVERY);
        assert_eq!((times(&world), told(&world)), (2 + more, json!(["A", "B"])));
    }
}

#[test]
fn an_outside_that_has_forgotten_is_told_within_one_rhythm() {
    let world = World::new(MIRROR);
    world.wants("A");
    world.turn(SOON);
    // The outside starts anew and has nothing; nobody says so.
    let before = times(&world);
    world.turn(EVERY);
    assert_eq!((times(&world), told(&world)), (before + 1, json!(["A"])));
}

#[test]
fn rows_are_marked_once_the_outside_has_them_and_cleared_once_it_has_not() {
    let world = World::new(MIRROR);
    world.settle();
    world.svc.fails("svc.route", FaultKind::Timeout);
    let row = world.wants("A");
    world.turn(Span::from_secs(1));
    assert_eq!(record(&world).state, MirrorState::Failed);
    assert_eq!(
        world.column(row, "done_at"),
        Value::Null,
        "it did not take it"
    );
    world.turn(SOON);
    let Value::Time(marked) = world.column(row, "done_at") else {
        panic!("not marked");
    };
    assert!(marked > morning());
    world.turn(EVERY);
    world.turn(EVERY);
    assert_eq!(world.column(row, "done_at"), Value::Time(marked));
    unwanted(&world, row);
    world.turn(SOON);
    assert_eq!(told(&world), json!([]));
    assert_eq!(world.column(row, "done_at"), Value::Null);
}

#[test]
fn after_a_failure_it_is_told_again_soon_and_trouble_is_said_once() {
    let world = World::new(MIRROR);
    world.settle();
    for _ in 0..9 {
        world.svc.fails("svc.route", FaultKind::Unreachable);
    }
    world.wants("A");
    world.turn(Span::from_secs(1));
    assert_eq!(
        (times(&world), record(&world).state),
        (2, MirrorState::Failed)
    );
    // 2 s, 4 s, 8 s …: it is not hammered.
    for (turned, expected) in [(2, 3), (2, 3), (2, 4), (8, 5), (16, 6), (32, 7)] {
        world.turn(Span::from_secs(turned));
        assert_eq!(times(&world), expected, "after {turned} s more");
    }
    for _ in 0..3 {
        world.turn(EVERY);
    }
    assert_eq!(
        world.said("Proxy could not be told"),
        2,
        "a warning and an alarm"
    );
    let log = world.look(|view| view.journal_after(0, 500));
    let alarms = log.iter().filter(|entry| entry.level == Level::Alarm);
    assert_eq!(alarms.count(), 1);
    world
        .svc
        .answers("svc.route", json!({"percentage": 0, "listed": 1}));
    world.turn(EVERY);
    let known = record(&world);
    assert_eq!((known.state, known.text.as_str()), (MirrorState::Told, ""));
    assert_eq!(world.said("Proxy: told again: percentage 0, listed 1"), 1);
}

#[test]
fn the_journal_hears_of_it_when_the_outside_has_something_else() {
    let world = World::new(MIRROR);
    world.settle();
    let answer = json!({"percentage": 0, "listed": 1});
    for _ in 0..3 {
        world.svc.answers("svc.route", answer.clone());
    }
    world.wants("A");
    world.turn(SOON);
    world.turn(EVERY);
    assert_eq!(world.said("Proxy: told: percentage 0, listed 1"), 1);
    assert_eq!(record(&world).result, answer);
}

#[test]
fn nothing_is_told_while_all_sending_is_stopped_and_at_once_when_it_goes_on() {
    let mut world = World::new(MIRROR);
    world.settle();
    let reason = || "smoke".to_owned();
    world.obeys(Request::Stop { reason: reason() });
    world.settle();
    let before = times(&world);
    let row = world.wants("A");
    for _ in 0..5 {
        world.turn(EVERY);
    }
    assert_eq!(times(&world), before);
    assert_eq!(record(&world).state, MirrorState::Owed);
    assert_eq!(world.column(row, "done_at"), Value::Null);
    // A start is no resume.
    world.stop();
    world.start();
    world.turn(EVERY);
    assert_eq!(times(&world), before);
    world.obeys(Request::Resume { reason: reason() });
    world.turn(Span::from_secs(1));
    assert_eq!((times(&world), told(&world)), (before + 1, json!(["A"])));
}

#[test]
fn a_crash_between_telling_and_writing_it_down_tells_again() {
    let mut world = World::new(MIRROR);
    world.settle();
    let row = world.wants("A");
    world.svc.silence(Some("svc.route"));
    world.clock.turn(Span::from_secs(1));
    world.until("it is told", |w| (told(w) == json!(["A"])).then_some(()));
    world.kill();
    world.svc.silence(None);
    let before = times(&world);
    world.start();
    world.settle();
    assert_eq!((times(&world), told(&world)), (before + 1, json!(["A"])));
    assert_ne!(world.column(row, "done_at"), Value::Null);
}

#[test]
fn marks_are_of_the_rows_as_they_were_told() {
    let world = World::new(MIRROR);
    world.settle();
    let first = world.wants("A");
    world.svc.silence(Some("svc.route"));
    world.clock.turn(Span::from_secs(1));
    world.until("it is told", |w| (told(w) == json!(["A"])).then_some(()));
    let late = world.wants("B");
    world.svc.silence(None);
    world.until("it is marked", |w| {
        (w.column(first, "done_at") != Value::Null).then_some(())
    });
    assert_eq!(
        world.column(late, "done_at"),
        Value::Null,
        "not told of yet"
    );
    world.settle();
    world.turn(SOON);
    assert_eq!(told(&world), json!(["A", "B"]));
    assert_ne!(world.column(late, "done_at"), Value::Null);
}

#[test]
fn an_action_that_must_land_once_is_never_called_by_a_mirror() {
    let world = World::new(&MIRROR.replace("svc.route", "svc.send").replace(
        r#"with  = { new = "{{ lists.new }}", proven = "{{ waves.proven }}" }"#,
        "",
    ));
    world.settle();
    world.turn(EVERY);
    assert_eq!(world.svc.count("svc.send"), 0);
    assert!(record(&world).text.contains("not repeatable"));
}
