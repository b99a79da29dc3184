//! The engine is killed a thousand times under load, and each night ends as if it had not been.
//!
//! What must hold, whatever the moment: no acknowledged webhook is lost or stored twice, no order to leave and no script
//! lands twice, every Mac ends complete or with a person, the file is sound and the journal's chain whole.

mod load;
mod morning;
mod night;

pub(crate) use load::Load;
pub(crate) use morning::{Morning, looked_over};
pub(crate) use night::Night;

use super::{alone, figure};
use crate::support::Program;
use drover::model::clock::Stopwatch;
use std::time::Duration;

/// A short night: what the proofs of the saboteurs are held against, too.
pub(crate) fn short(program: Program, seed: u64, kills: usize) -> Night {
    Night {
        program,
        devices: 30,
        weather: "calm",
        speed: 1_200,
        seed,
        kills,
        lives: 900.0,
        moment: 10.0,
        rest: 20.0,
        dormant_after: "4h",
        limit: None,
    }
}

#[test]
fn five_kills_lose_nothing_and_double_nothing() {
    let night = Night {
        limit: Some(Duration::from_mins(3)),
        ..short(Program::own(), 7, 5)
    };
    let morning = night.spend();
    morning.tell();
    morning.kept_its_promises();
    morning.came_to_its_end();
}

const SEED: u64 = 4_100;

/// A thousand kills: ten calm nights, dense with work while the kills last, and two long ones in bad weather.
fn nights() -> Vec<Night> {
    let night = |number: u64, weather, speed, kills| Night {
        devices: 150,
        weather,
        speed,
        lives: 400.0,
        rest: 8.0,
        limit: Some(Duration::from_mins(6)),
        ..short(Program::own(), SEED + number, kills)
    };
    let calm = (0..10).map(|number| night(number, "calm", 1_000, 80));
    let bad = [
        night(10, "rough", 1_500, 100),
        night(11, "storm", 1_500, 100),
    ];
    calm.chain(bad).collect()
}

#[test]
#[ignore = "takes minutes"]
fn a_thousand_kills_lose_nothing_and_double_nothing() {
    let _alone = alone();
    let watch = Stopwatch::start();
    let nights: Vec<_> = nights()
        .iter()
        .map(Night::spend)
        .inspect(Morning::tell)
        .collect();
    let sum = |count: fn(&Morning) -> usize| nights.iter().map(count).sum::<usize>();
    let runs = sum(|m| m.kills);
    let damaged = sum(|m| m.damage.len());
    figure(
        "kills",
        &[
            ("runs", &runs),
            ("acknowledged", &sum(|m| m.acknowledged)),
            ("lost", &sum(|m| m.lost.len() + m.forgotten.len())),
            ("stored_twice", &sum(|m| m.twice.len())),
            ("effects", &sum(|m| m.ledger.effects as usize)),
            ("doubled", &sum(|m| m.ledger.doubled.len())),
            ("violations", &sum(|m| m.ledger.violations.len())),
            ("before_it_answered", &sum(|m| m.unborn)),
            ("call_under_way", &sum(|m| m.sending)),
            ("taken_up", &sum(|m| m.taken_up)),
            ("found_landed", &sum(|m| m.landed)),
            ("found_absent", &sum(|m| m.absent)),
            ("parked", &sum(|m| m.parked.len())),
            ("integrity", &if damaged == 0 { "ok" } else { "damaged" }),
            ("seconds", &format!("{:.0}", watch.elapsed().as_secs_f64())),
            ("seed", &SEED),
        ],
    );
    for night in &nights {
        night.kept_its_promises();
        night.came_to_its_end();
    }
    assert_eq!(runs, 1_000);
    assert!(sum(|m| m.taken_up) > runs / 5, "work was there to take up");
}
