//! A store in which waves are half-way through a handover: one open, a check that fails, rows that fell silent.

use super::world::{World, midnight, notes};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::time::Span;
use crate::model::value::Value;
use crate::pipeline::{self, Pipeline};
use crate::store::*;

/// Rows of each wave, in the file's order: 5 of the first hundredth, and so on.
pub const WAVES: [(&str, usize); 4] = [("w1", 5), ("w10", 40), ("w50", 218), ("w100", 37)];
/// Rows of the open wave that answer, that were rolled back, and that are silent.
pub const HALF: (usize, usize) = (206, 6);

pub fn pipeline() -> Pipeline {
    let text = include_str!("handover.toml");
    pipeline::parse("handover.toml", text).unwrap_or_else(|findings| panic!("{findings:?}"))
}

/// The waves w1 and w10 are proven, w50 is open.
pub fn handover() -> World {
    let world = World::of(pipeline());
    world.write(|tx| {
        let mut at = 0;
        for (wave, rows) in WAVES {
            for _ in 0..rows {
                at += 1;
                born(tx, at, wave)?;
            }
        }
        Ok(())
    });
    let anna = || Actor::Person("anna".into());
    let open = |wave: &'static str, by: Actor, why: &'static str| {
        world.write(move |tx| tx.set_switch(SwitchKind::Wave, wave, true, why, &by));
    };
    open("w1", anna(), "as agreed");
    world.clock.turn(Span::from_hours(1));
    world.write(|tx| moved(tx, 1..=5));
    prove(&world, "w1", "5 of 5 settled");
    open("w10", Actor::Engine, "w1 is proven");
    world.clock.turn(Span::from_hours(1));
    world.write(|tx| moved(tx, 6..=45));
    prove(&world, "w10", "40 of 40 settled");
    world.clock.turn_to(midnight().minus(Span::from_mins(50)));
    open("w50", Actor::Engine, "w10 is proven for 2h");
    world.write(|tx| {
        moved(tx, 46..=46 + HALF.0 - 1)?;
        let silent = 46 + HALF.0..=45 + 218;
        for at in silent.clone() {
            put(tx, at, "moved_at")?;
        }
        silent
            .take(HALF.1)
            .try_for_each(|at| put(tx, at, "rolled_back_at"))
    });
    world.clock.turn_to(midnight());
    world.write(notes);
    world.write(|tx| tx.set_note("services", &serde_json::json!({"fleet": {"parallel": 4}})));
    world.write(standing);
    world
}

pub fn prove(world: &World, wave: &'static str, why: &'static str) {
    let by = Actor::Engine;
    world.write(move |tx| tx.set_switch(SwitchKind::Proven, wave, true, why, &by));
}

pub fn check(
    tx: &mut Tx<'_>,
    name: &str,
    state: CheckState,
    (since, asked): (i64, i64),
    (text, advice): (&str, &str),
) -> Result<(), StoreError> {
    let now = tx.now();
    tx.set_check(&CheckRecord {
        name: name.into(),
        state,
        since: now.minus(Span::from_secs(since)),
        at: now.minus(Span::from_secs(asked)),
        text: crate::model::text::clean(text),
        advice: advice.into(),
    })
}

fn born(tx: &mut Tx<'_>, at: usize, wave: &str) -> Result<(), StoreError> {
    let (row, _) = tx.row_of(&format!("M{at:04}"))?;
    let udid = Value::Text(format!("UDID-{:06}", at * 7919 % 1_000_000));
    let values = [
        ("udid".to_owned(), udid),
        ("agent_at".to_owned(), Value::Time(tx.now())),
    ];
    tx.set(row, &values.into(), &Cause::Schedule)?;
    tx.set_wave(row, Some(wave), &Cause::Schedule)?;
    Ok(())
}

fn put(tx: &mut Tx<'_>, at: usize, column: &str) -> Result<(), StoreError> {
    let now = Value::Time(tx.now());
    let values = [(column.to_owned(), now)];
    tx.set(RowId(at as i64), &values.into(), &Cause::Schedule)?;
    Ok(())
}

fn moved(tx: &mut Tx<'_>, mut rows: std::ops::RangeInclusive<usize>) -> Result<(), StoreError> {
    rows.try_for_each(|at| {
        put(tx, at, "moved_at")?;
        put(tx, at, "answers_at")
    })
}

fn standing(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    use CheckState::{Failed, NotDue, Ok, Unknown};
    check(tx, "scep", Ok, (20_000, 90), ("SHA-256 4f1c… on both", ""))?;
    check(
        tx,
        "certificate",
        Failed,
        (720, 12),
        (
            "mdm.old.example: the certificate at 127.0.0.9 is for \u{202e}new.example\u{1b}[31m, \"東京\"",
            "Add mdm.old.example to the certificate of the new endpoint, and reload it.",
        ),
    )?;
    check(tx, "proxy", Ok, (9_000, 400), ("version 1.4", ""))?;
    check(
        tx,
        "dns",
        NotDue,
        (20_000, 30),
        ("after TLS certificate of the old name", ""),
    )?;
    check(
        tx,
        "resolvers",
        Unknown,
        (40, 40),
        (
            "192.0.2.53 did not answer within 2s",
            "Look at the network.",
        ),
    )?;
    let now = tx.now();
    tx.set_mirror(&MirrorRecord {
        name: "split".into(),
        state: MirrorState::Told,
        since: now.minus(Span::from_mins(50)),
        told_at: Some(now.minus(Span::from_secs(4))),
        told: "hash".into(),
        result: serde_json::json!({"percentage": 10, "listed": 1212, "replicas": 2, "name": "x"}),
        text: String::new(),
    })
}
