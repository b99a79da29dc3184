//! Waves and brakes.

use super::SEND;
use super::world::World;
use drover::control::protocol::Request;
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{AttemptState, Cause, SwitchKind};

const WAVE: &str = "\n[[wave]]\nname = \"pilot\"\n[[wave]]\nname = \"rest\"\n";

fn wave(wave: &str, open: bool) -> Request {
    Request::WaveSwitch {
        wave: wave.into(),
        open,
        reason: "as planned".into(),
    }
}

fn release(brake: &str) -> Request {
    Request::BrakeRelease {
        brake: brake.into(),
        reason: "looked, it is fine".into(),
    }
}

fn join(world: &World, row: RowId, wave: &'static str) {
    world.write(move |tx| tx.set_wave(row, Some(wave), &Cause::Schedule));
}

fn braked(parallel: usize, brake: &str) -> String {
    let stages = SEND.replace("then  =", &format!("parallel = {parallel}\nthen  ="));
    format!("{stages}\n[[brake]]\nname = \"slow\"\nstage = \"send\"\n{brake}\n")
}

fn is_tripped(world: &World) -> bool {
    let switch = world.look(|view| view.switch(SwitchKind::Brake, "slow"));
    switch.is_some_and(|switch| switch.on)
}

#[test]
fn a_wave_that_is_closed_keeps_its_rows_and_an_open_one_lets_them_go() {
    let stages = SEND.replace("name  = \"send\"", "name  = \"send\"\nwaves = true") + WAVE;
    let world = World::new(&stages);
    let rows = [world.row("A1", &[]), world.row("A2", &[])];
    join(&world, rows[0], "pilot");
    join(&world, rows[1], "rest");
    world.wants("A1");
    world.wants("A2");
    world.turn(Span::from_hours(1));
    assert!(world.svc.calls().is_empty());
    world.obeys(wave("pilot", true));
    world.settle();
    assert_eq!(world.last(rows[0]).state, AttemptState::Done);
    assert!(world.attempts(rows[1]).is_empty());
    world.obeys(wave("pilot", false));
    let late = world.row("A3", &[]);
    join(&world, late, "pilot");
    world.wants("A3");
    world.turn(Span::from_hours(1));
    assert!(world.attempts(late).is_empty());
}

#[test]
fn rows_join_the_wave_that_takes_them_and_stay_in_it() {
    let waves = r#"
[[wave]]
name = "broken"
when = "state = 'broken'"
[[wave]]
name    = "all"
percent = 100
column  = "serial"
"#;
    let stages = SEND.replace("name  = \"send\"", "name  = \"send\"\nwaves = true") + waves;
    let world = World::new(&stages);
    let wave_of = |row: RowId| world.look(move |view| view.row(row)).unwrap().wave;
    let state = |text: &str| ("state", Value::Text(text.into()));
    let wanted = ("wanted", Value::Boolean(true));
    let unknown = world.wants("A1");
    let broken = world.row("A2", &[wanted.clone(), state("broken")]);
    let well = world.row("A3", &[wanted, state("well")]);
    world.obeys(wave("all", true));
    world.turn(Span::from_mins(1));
    assert_eq!(wave_of(unknown), None, "not known yet");
    assert_eq!(wave_of(broken).as_deref(), Some("broken"));
    assert_eq!(wave_of(well).as_deref(), Some("all"));
    assert_eq!(world.svc.count("svc.send"), 1);
    world.row("A1", &[state("well")]);
    world.row("A2", &[state("well")]);
    world.turn(Span::from_mins(1));
    assert_eq!(world.svc.count("svc.send"), 2, "A1 is known now, A2 stays");
    assert_eq!(wave_of(broken).as_deref(), Some("broken"));
    world.obeys(wave("broken", true));
    world.settle();
    assert_eq!(world.svc.count("svc.send"), 3);
}

#[test]
fn a_wave_opens_by_the_clock_unless_an_operator_has_said_otherwise() {
    let waves = r#"
[[wave]]
name    = "some"
percent = 100
column  = "serial"
opens   = "2026-03-02T12:00:00Z"
"#;
    let stages = SEND.replace("name  = \"send\"", "name  = \"send\"\nwaves = true") + waves;
    for (said, sent) in [(None, 1), (Some(false), 0)] {
        let world = World::new(&stages);
        world.wants("A1");
        world.turn(Span::from_hours(1));
        assert_eq!(world.svc.count("svc.send"), 0);
        if let Some(open) = said {
            world.obeys(wave("some", open));
        }
        world.turn(Span::from_mins(70));
        assert_eq!(world.svc.count("svc.send"), sent);
        assert_eq!(world.said("wave some is open: its moment"), sent);
    }
}

#[test]
fn a_wave_or_a_brake_that_the_file_does_not_have_is_refused() {
    let world = World::new(&(SEND.to_owned() + WAVE));
    let why = world.refuses(wave("pilots", true));
    assert!(why.contains("pilots"), "{why}");
    let why = world.refuses(release("slow"));
    assert!(why.contains("slow"), "{why}");
    assert!(world.look(|view| view.switches()).is_empty());
}

#[test]
fn a_brake_trips_before_the_row_that_would_be_one_too_many_and_is_released_by_command() {
    let world = World::new(&braked(1, "most = 3"));
    let rows: Vec<_> = (0..5).map(|n| world.wants(&format!("A{n}"))).collect();
    world.turn(Span::from_mins(30));
    assert_eq!(world.svc.count("svc.send"), 3);
    assert!(is_tripped(&world) && world.said("is stopped") == 1);
    world.obeys(release("slow"));
    world.settle();
    assert!(!is_tripped(&world));
    assert_eq!(world.svc.count("svc.send"), 5);
    assert!(
        rows.iter()
            .all(|row| world.last(*row).state == AttemptState::Done)
    );
}

#[test]
fn rows_under_way_count_as_touched() {
    let world = World::new(&braked(4, "most = 2"));
    world.svc.silence(Some("svc.send"));
    let rows: Vec<_> = (0..6).map(|n| world.wants(&format!("A{n}"))).collect();
    world.until("the brake", |w| is_tripped(w).then_some(()));
    world.svc.silence(None);
    world.settle();
    let begun = rows.iter().filter(|row| !world.attempts(**row).is_empty());
    assert_eq!(begun.count(), 2);
}

#[test]
fn a_row_touched_before_may_be_tried_again_while_others_are_too_many() {
    let world = World::new(&braked(1, "most = 2"));
    world.svc.fails("svc.look", FaultKind::Timeout);
    let first = world.wants("A1");
    world.settle();
    let second = world.wants("A2");
    world.settle();
    assert!(!is_tripped(&world));
    world.turn(Span::from_mins(3));
    assert_eq!(world.last(first).state, AttemptState::Done);
    assert_eq!(world.last(second).state, AttemptState::Done);
    world.wants("A3");
    world.settle();
    assert!(is_tripped(&world));
    assert_eq!(world.svc.count("svc.send"), 2);
}

#[test]
fn a_brake_trips_on_failures_within_its_time_and_the_rest_is_not_started() {
    let world = World::new(&braked(1, "failures = \"2 in 10m\""));
    for _ in 0..2 {
        world.svc.fails("svc.look", FaultKind::Refused);
    }
    for n in 0..6 {
        world.wants(&format!("A{n}"));
    }
    world.settle();
    world.turn(Span::from_hours(1));
    assert_eq!(
        (world.svc.count("svc.look"), world.svc.count("svc.send")),
        (2, 0)
    );
    assert!(is_tripped(&world));
    world.obeys(release("slow"));
    world.settle();
    assert_eq!(
        world.svc.count("svc.send"),
        4,
        "what failed before the release counts no more"
    );
}

#[test]
fn failures_far_apart_trip_no_brake() {
    let world = World::new(&braked(1, "failures = \"2 in 10m\""));
    for n in 0..4 {
        world.svc.fails("svc.look", FaultKind::Refused);
        world.wants(&format!("A{n}"));
        world.turn(Span::from_mins(11));
    }
    assert!(!is_tripped(&world));
    assert_eq!(world.svc.count("svc.look"), 4);
}

#[test]
fn a_brake_trips_on_a_share_of_failures_once_there_are_enough_to_judge() {
    let world = World::new(&braked(1, "share = 0.4\nof = 4"));
    for _ in 0..2 {
        world.svc.fails("svc.look", FaultKind::Refused);
    }
    for n in 0..8 {
        world.wants(&format!("A{n}"));
    }
    world.settle();
    assert!(is_tripped(&world), "two of four");
    assert_eq!(world.svc.count("svc.send"), 2);
}
