//! Waves that are proven, and open one after the other.

use super::world::World;
use drover::control::protocol::Request;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::store::{Cause, SwitchKind};
use serde_json::json;

/// Waves by percentage; a row is settled when it is done or was found stuck.
const WAVES: &str = r#"
[[wave]]
name    = "few"
percent = 10
column  = "serial"
[[wave]]
name    = "half"
percent = 50
column  = "serial"
after   = "few"
pause   = "2h"
[[wave]]
name    = "all"
percent = 100
column  = "serial"
after   = "half"
[proof]
"done"        = "done_at IS NOT NULL"
"rolled back" = "stuck"
[[mirror]]
name  = "proxy"
title = "Proxy"
call  = "svc.route"
every = "1h"
with  = { new = "{{ lists.new }}", proven = "{{ waves.proven }}" }
[mirror.lists]
new = { column = "serial", when = "done_at IS NOT NULL" }
[[stage]]
name  = "send"
waves = true
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
"not stuck" = "stuck IS NOT TRUE"
[[stage.step]]
name = "put"
call = "svc.put"
with = { to = "{{ row.serial }}" }
[stage.set]
done_at = "{{ now }}"
[[stage]]
name = "verify"
then = "hold"
[stage.gate]
"to be looked at" = "state = 'look'"
[[stage.step]]
name = "look"
call = "svc.look"
with = { to = "{{ row.serial }}" }
[stage.set]
state = "looked at"
[[brake]]
name     = "silent"
title    = "Silent"
stage    = "verify"
stops    = "send"
failures = "2 in 10m"
"#;

const SOON: Span = Span::from_secs(2);

/// Some of these are in the first wave, some in the second.
fn rows(world: &World) -> Vec<RowId> {
    let rows = (0..100).map(|n| world.row(&format!("K{n:03}"), &[]));
    rows.collect()
}

fn wave_of(world: &World, row: RowId) -> String {
    let row = world.look(move |view| view.row(row)).unwrap();
    row.wave.unwrap_or_default()
}

fn members(world: &World, rows: &[RowId], wave: &str) -> Vec<RowId> {
    let rows = rows.iter().copied();
    rows.filter(|row| wave_of(world, *row) == wave).collect()
}

fn set(world: &World, rows: &[RowId], column: &str, value: &Value) {
    let (rows, column, value) = (rows.to_vec(), column.to_owned(), value.clone());
    world.write(move |tx| {
        for row in rows {
            let values = [(column.clone(), value.clone())].into();
            tx.set(row, &values, &Cause::Schedule)?;
        }
        Ok(())
    });
}

fn switch(world: &World, wave: &str, open: bool) {
    world.obeys(Request::WaveSwitch {
        wave: wave.into(),
        open,
        reason: "it is time".into(),
    });
}

fn is_on(world: &World, kind: SwitchKind, name: &str) -> bool {
    let name = name.to_owned();
    let found = world.look(move |view| view.switch(kind, &name));
    found.is_some_and(|switch| switch.on)
}

fn is_open(world: &World, wave: &str) -> bool {
    is_on(world, SwitchKind::Wave, wave)
}

fn is_proven(world: &World, wave: &str) -> bool {
    is_on(world, SwitchKind::Proven, wave)
}

#[test]
fn a_wave_is_proven_when_it_is_open_and_every_row_of_it_is_settled_and_stays_so() {
    let mut world = World::new(WAVES);
    let rows = rows(&world);
    let few = members(&world, &rows, "few");
    assert!(few.len() > 2, "{few:?}");
    set(&world, &few[1..], "wanted", &Value::Boolean(true));
    set(&world, &few[..1], "stuck", &Value::Boolean(true));
    world.turn(SOON);
    assert!(!is_proven(&world, "few"), "it is closed");
    switch(&world, "few", true);
    world.settle();
    world.turn(SOON);
    assert!(is_proven(&world, "few"));
    let (all, done) = (few.len(), few.len() - 1);
    let said = format!("wave few is proven: {all} of {all}: {done} done, 1 rolled back");
    assert_eq!(world.said(&said), 1);
    world.turn(SOON);
    let told = world.svc.calls_of("svc.route").pop().unwrap();
    assert_eq!(told.input["proven"], json!([10]));
    set(&world, &few, "stuck", &Value::Boolean(false));
    set(&world, &few, "done_at", &Value::Null);
    set(&world, &few, "wanted", &Value::Boolean(false));
    world.turn(SOON);
    world.stop();
    world.start();
    world.turn(SOON);
    assert!(is_proven(&world, "few"), "whatever rows do later");
    assert_eq!(world.said_ever("is proven"), 1);
}

#[test]
fn a_wave_with_one_row_that_is_not_settled_is_not_proven() {
    let world = World::new(WAVES);
    let rows = rows(&world);
    let few = members(&world, &rows, "few");
    switch(&world, "few", true);
    set(&world, &few[1..], "stuck", &Value::Boolean(true));
    world.turn(SOON);
    assert!(!is_proven(&world, "few"));
    set(&world, &few[..1], "stuck", &Value::Boolean(true));
    world.turn(SOON);
    assert!(is_proven(&world, "few"));
}

#[test]
fn the_next_wave_opens_once_the_one_before_has_been_proven_for_its_pause() {
    let world = World::new(WAVES);
    let rows = rows(&world);
    set(&world, &rows, "stuck", &Value::Boolean(true));
    world.turn(Span::from_hours(3));
    assert!(!is_open(&world, "few"), "the first waits for somebody");
    switch(&world, "few", true);
    world.turn(SOON);
    world.turn(Span::from_mins(119));
    assert!(!is_open(&world, "half"));
    world.turn(Span::from_mins(1));
    assert!(is_open(&world, "half"));
    assert_eq!(
        world.said("wave half is open: wave few has been proven for 2h"),
        1
    );
    world.turn(SOON);
    assert!(is_proven(&world, "half"));
    world.settle();
    assert!(is_open(&world, "all"), "it has no pause");
    world.turn(SOON);
    assert!(is_proven(&world, "all"));
    world.turn(SOON);
    let told = world.svc.calls_of("svc.route").pop().unwrap();
    assert_eq!(told.input["proven"], json!([10, 50, 100]));
}

#[test]
fn a_quiet_clock_knows_when_the_next_wave_opens() {
    let world = World::new(WAVES);
    let rows = rows(&world);
    set(&world, &rows, "stuck", &Value::Boolean(true));
    switch(&world, "few", true);
    world.turn(SOON);
    assert!(is_proven(&world, "few"));
    let proven = world.look(|view| view.switch(SwitchKind::Proven, "few"));
    let opens = proven.unwrap().at.plus(Span::from_hours(2));
    world.clock.turn_to(opens.minus(Span::from_mins(3)));
    world.settle();
    assert!(!is_open(&world, "half"));
    assert!(world.clock.next_wake().unwrap() <= opens);
}

#[test]
fn an_operators_word_stands_over_what_the_file_says() {
    let world = World::new(WAVES);
    let rows = rows(&world);
    set(&world, &rows, "stuck", &Value::Boolean(true));
    switch(&world, "half", false);
    switch(&world, "few", true);
    world.turn(SOON);
    world.turn(Span::from_hours(5));
    assert!(is_proven(&world, "few") && !is_open(&world, "half"));
    switch(&world, "half", true);
    world.turn(SOON);
    assert!(is_proven(&world, "half"));
}

#[test]
fn an_empty_wave_is_proven_only_when_it_is_known_of_every_row_that_it_is_in_another() {
    let world = World::new(WAVES);
    switch(&world, "few", true);
    world.turn(SOON);
    assert!(!is_proven(&world, "few"), "there are no rows at all");
    // Neither is among the first ten percent.
    for key in ["K000", "K001"] {
        let row = world.row(key, &[]);
        assert_ne!(wave_of(&world, row), "few");
    }
    world.turn(SOON);
    assert!(is_proven(&world, "few"));
    assert_eq!(world.said("wave few is proven: no row is in it"), 1);
}

#[test]
fn failures_of_one_stage_stop_another_and_no_wave_opens_meanwhile() {
    let world = World::new(WAVES);
    let rows = rows(&world);
    set(&world, &rows, "stuck", &Value::Boolean(true));
    switch(&world, "few", true);
    world.turn(SOON);
    assert!(is_proven(&world, "few"));
    // Nothing stands in the queue of the stage that is stopped.
    for key in ["S1", "S2"] {
        world.svc.breaks_for(key, true);
        world.row(key, &[("state", Value::Text("look".into()))]);
    }
    world.settle();
    assert!(is_on(&world, SwitchKind::Brake, "silent"));
    let said = "brake Silent: send is stopped: verify: 2 failures in 10m";
    assert_eq!(world.said(said), 1);
    // What is counted goes on; what is stopped does not.
    let row = world.row("S3", &[("state", Value::Text("look".into()))]);
    let few = members(&world, &rows, "few");
    set(&world, &few, "stuck", &Value::Boolean(false));
    set(&world, &few, "wanted", &Value::Boolean(true));
    world.turn(Span::from_hours(3));
    assert_eq!(world.column(row, "state"), Value::Text("looked at".into()));
    assert_eq!(world.svc.count("svc.put"), 0);
    assert!(!is_open(&world, "half"));
    world.obeys(Request::BrakeRelease {
        brake: "silent".into(),
        reason: "rolled back".into(),
    });
    world.settle();
    assert!(is_open(&world, "half"), "its pause is long over");
    assert_eq!(world.svc.count("svc.put"), few.len());
}
