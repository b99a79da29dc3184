//! Whether anything can still move without a person, where waves and checks keep rows back.

use super::world::World;
use drover::control::protocol::Request;
use drover::engine::{Settlement, settlement};
use drover::model::fault::FaultKind;
use drover::model::row::RowId;
use drover::model::time::Span;
use drover::model::value::Value;
use drover::pipeline::parse;
use drover::store::Cause;
use serde_json::json;

const WAVES: &str = r#"
[[phase]]
name = "Done"
when = "done_at IS NOT NULL"
tone = "done"
[[wave]]
name    = "few"
percent = 10
column  = "serial"
[[wave]]
name    = "all"
percent = 100
column  = "serial"
after   = "few"
pause   = "1h"
[proof]
"done" = "done_at IS NOT NULL"
[[check]]
name   = "path"
title  = "Path"
every  = "5m"
ok_if  = "steps.look.state == 'fine'"
advice = "redirect it"
[[check.step]]
name = "look"
call = "svc.look"
[[stage]]
name   = "send"
waves  = true
checks = ["path"]
[stage.gate]
"wanted"   = "wanted"
"not done" = "done_at IS NULL"
[[stage.step]]
name = "put"
call = "svc.put"
with = { to = "{{ row.serial }}" }
[stage.set]
done_at = "{{ now }}"
"#;

fn stand(world: &World, file: &str) -> Settlement {
    let pipeline = parse("rehearsal.toml", &World::text(file)).unwrap();
    world.look(move |view| settlement(view, &pipeline, view.now()))
}

fn reasons(settlement: &Settlement) -> Vec<&str> {
    let mut all: Vec<&str> = settlement
        .left
        .iter()
        .map(|it| it.reason.as_str())
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn rows(world: &World) -> Vec<RowId> {
    (0..60).map(|n| world.wants(&format!("K{n:03}"))).collect()
}

fn fine(world: &World, times: usize) {
    for _ in 0..times {
        world.svc.answers("svc.look", json!({"state": "fine"}));
    }
}

fn open(world: &World, wave: &str) {
    world.obeys(Request::WaveSwitch {
        wave: wave.into(),
        open: true,
        reason: "it is time".into(),
    });
}

#[test]
fn rows_of_a_wave_that_somebody_must_open_are_an_operators_and_those_behind_it_too() {
    let world = World::asleep(WAVES);
    fine(&world, 1_000);
    let mut world = world;
    world.start();
    rows(&world);
    world.turn(Span::from_secs(2));
    let settlement = stand(&world, WAVES);
    assert!(settlement.is_settled(), "{:?}", settlement.moving);
    assert_eq!(
        reasons(&settlement),
        [
            "send: waits for wave all, which opens once wave few is proven",
            "send: waits for wave few to be opened"
        ]
    );
    assert!(
        settlement
            .left
            .iter()
            .all(|it| it.owner.as_deref() == Some("operator"))
    );
    open(&world, "few");
    world.settle();
    let settlement = stand(&world, WAVES);
    assert!(!settlement.is_settled(), "it is about to be proven");
    world.turn(Span::from_secs(2));
    let settlement = stand(&world, WAVES);
    assert!(
        settlement.left.is_empty(),
        "the next opens within the hour: {settlement:?}"
    );
    world.turn(Span::from_hours(1));
    let settlement = stand(&world, WAVES);
    assert_eq!((settlement.complete, settlement.rows), (60, 60));
}

#[test]
fn a_wave_behind_one_that_a_person_has_is_a_persons() {
    let mut world = World::asleep(WAVES);
    fine(&world, 1_000);
    world.start();
    let rows = rows(&world);
    let first = rows.into_iter().find(|row| {
        let row = *row;
        let row = world.look(move |view| view.row(row)).unwrap();
        row.wave.as_deref() == Some("few")
    });
    let first = first.unwrap();
    world.obeys(Request::Hold {
        rows: vec![first],
        stage: None,
        reason: "its owner travels".into(),
    });
    open(&world, "few");
    world.settle();
    world.turn(Span::from_secs(2));
    let settlement = stand(&world, WAVES);
    assert!(settlement.is_settled(), "{:?}", settlement.moving);
    let reasons = reasons(&settlement);
    assert!(reasons.contains(&"send: waits for wave all, which opens once wave few is proven"));
}

#[test]
fn a_check_that_stays_failed_hands_its_rows_to_an_operator_with_what_to_change() {
    let mut world = World::asleep(WAVES);
    for _ in 0..100 {
        world.svc.answers("svc.look", json!({"state": "404"}));
    }
    world.start();
    let row = world.row("NONE", &[("wanted", Value::Boolean(true))]);
    world.write(move |tx| tx.set_wave(row, None, &Cause::Schedule));
    open(&world, "few");
    open(&world, "all");
    world.settle();
    let settlement = stand(&world, WAVES);
    assert!(!settlement.is_settled(), "somebody may be at it");
    world.turn(Span::from_mins(11));
    let settlement = stand(&world, WAVES);
    assert!(settlement.is_settled(), "{:?}", settlement.moving);
    let reasons = reasons(&settlement);
    assert_eq!(reasons.len(), 1);
    assert!(
        reasons[0].starts_with("send: waits for the check Path:"),
        "{reasons:?}"
    );
    assert!(reasons[0].ends_with("redirect it"), "{reasons:?}");
}

#[test]
fn what_a_brake_has_stopped_is_an_operators_as_ever() {
    let file =
        format!("{WAVES}[[brake]]\nname = \"slow\"\nstage = \"send\"\nfailures = \"2 in 10m\"\n");
    let mut world = World::asleep(&file);
    fine(&world, 1_000);
    for _ in 0..100 {
        world.svc.fails("svc.put", FaultKind::Refused);
    }
    world.start();
    rows(&world);
    open(&world, "few");
    open(&world, "all");
    world.settle();
    world.turn(Span::from_mins(1));
    let settlement = stand(&world, &file);
    assert!(settlement.is_settled(), "{:?}", settlement.moving);
    let reasons = reasons(&settlement);
    assert!(
        reasons.contains(&"send: stopped by the brake slow"),
        "{reasons:?}"
    );
}
