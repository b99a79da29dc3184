//! Every single write of a full cycle fails or is the last.
//!
//! A cycle is: a webhook comes, its row is made, an attempt begins, the intent of an order that must not be given twice is
//! recorded, the order goes out, its outcome is recorded, the row is done. The writer's thread is traced; its N-th write
//! is the last thing the process does, or fails, for N from 1 until a cycle needs no N-th write. The same is done to
//! everything that is written while a new store is made.

mod cycle;
mod macs;
mod strace;

use crate::proofs::{alone, figure};
use cycle::{Bench, Came};
use drover::model::clock::Stopwatch;
use drover::model::random::Random;
use std::time::Duration;
use strace::{Mishap, Strike, WRITES};

/// How soon a process whose disk failed must be gone, in seconds.
const AT_ONCE: f64 = 1.0;
/// Cycles in a row that a mishap must not have met before it is believed that there are no more writes: the engine also
/// writes a word about itself every other second, so that cycles differ in length.
const BEYOND: usize = 3;

#[test]
#[ignore = "takes minutes"]
fn every_write_may_fail_or_be_the_last() {
    let _alone = alone();
    assert!(
        strace::is_installed(),
        "this takes strace: apt-get install strace"
    );
    std::thread::scope(|scope| {
        for mishap in [Mishap::Kill, Mishap::Eio, Mishap::Enospc] {
            scope.spawn(move || {
                every_write_of_a_cycle(mishap);
                every_write_of_a_start(mishap);
            });
        }
    });
}

fn every_write_of_a_cycle(mishap: Mishap) {
    let watch = Stopwatch::start();
    let mut bench = Bench::open(1_500, 700);
    let mut engine = bench.company.engine();
    let (mut points, mut survived, mut slowest) = (0, 0, 0.0_f64);
    let mut next = first();
    while let Some((call, n, mut beyond)) = next {
        let came = bench.cycle(engine, Strike { mishap, call, n });
        engine = match came {
            Came::Through { engine, struck } => {
                points += usize::from(struck);
                survived += usize::from(struck);
                beyond = if struck { 0 } else { beyond + 1 };
                engine
            }
            Came::Down { within } => {
                points += 1;
                beyond = 0;
                slowest = slowest.max(within);
                bench.company.engine()
            }
        };
        bench.finish(&mut engine);
        next = if beyond == BEYOND {
            after(call)
        } else {
            Some((call, n + 1, beyond))
        };
    }
    assert!(engine.terminate().success());
    let end = bench.close();
    figure(
        "writes",
        &[
            ("what", &"cycle"),
            ("mishap", &format!("{mishap:?}").to_uppercase()),
            ("points", &points),
            ("went_on", &survived),
            ("acknowledged", &end.acknowledged),
            ("lost", &end.lost),
            ("orders", &end.orders),
            ("doubled", &end.doubled),
            ("missing", &end.missing),
            ("unintended", &end.unintended),
            ("slowest_end_s", &format!("{slowest:.3}")),
            ("took_s", &format!("{:.0}", watch.elapsed().as_secs_f64())),
        ],
    );
    end.is_as_it_should_be();
    assert!(points > 20, "a cycle has more than {points} writes");
    assert!(mishap == Mishap::Kill || slowest < AT_ONCE, "{slowest} s");
}

/// A kind of call, which of them, and how many cycles in a row had none such.
type Point = Option<(&'static str, usize, usize)>;

fn first() -> Point {
    Some((WRITES[0], 1, 0))
}

fn after(call: &str) -> Point {
    let mut rest = WRITES.into_iter().skip_while(|known| *known != call);
    rest.nth(1).map(|next| (next, 1, 0))
}

fn every_write_of_a_start(mishap: Mishap) {
    let watch = Stopwatch::start();
    let mut bench = Bench::open(1_500, 10);
    let (mut points, mut went_on) = (0, 0);
    for call in WRITES {
        let mut n = 1;
        while let Some(up) = bench.start_anew(Strike { mishap, call, n }) {
            points += 1;
            went_on += usize::from(up);
            n += 1;
        }
    }
    let mut engine = bench.company.engine();
    bench.finish(&mut engine);
    assert!(engine.terminate().success());
    let end = bench.close();
    figure(
        "writes",
        &[
            ("what", &"start"),
            ("mishap", &format!("{mishap:?}").to_uppercase()),
            ("points", &points),
            ("went_on", &went_on),
            ("took_s", &format!("{:.0}", watch.elapsed().as_secs_f64())),
        ],
    );
    end.is_as_it_should_be();
    assert!(points > 20, "a start has more than {points} writes");
}

/// Without a tracer the moment is a guess: the same cycles, killed somewhere within.
#[test]
fn a_handful_of_kills_within_a_cycle_lose_and_double_nothing() {
    let mut bench = Bench::open(1_500, 20);
    let mut random = Random::named(5, "moments");
    let mut engine = bench.company.engine();
    for _ in 0..5 {
        bench.kill_after(engine, Duration::from_secs_f64(random.between(0.0, 0.05)));
        engine = bench.company.engine();
        bench.finish(&mut engine);
    }
    assert!(engine.terminate().success());
    bench.close().is_as_it_should_be();
}
