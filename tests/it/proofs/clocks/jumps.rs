//! E1–E3: a machine whose clock jumps all night, with kills in between.

use super::night::{Night, at};
use super::town::SHOWS_AFTER;
use crate::proofs::{alone, figure};
use drover::model::random::Random;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::store::AttemptState;

/// E6: what a deadline may be off by, as a header tells the time to the second.
const ACCURACY: Span = Span::from_secs(2);

#[test]
fn a_few_jumps_in_an_hour_of_a_window_send_nothing_outside_it() {
    let tally = jumpy(
        7,
        5,
        (at("02T21:40:00"), at("02T22:00:00"), at("02T22:50:00")),
        at("03T00:10:00"),
    );
    tally.judge();
}

#[test]
#[ignore = "takes minutes"]
fn fifty_jumps_in_a_night_send_nothing_outside_it_nor_twice() {
    let _alone = alone();
    let night = (at("02T20:00:00"), at("02T22:00:00"), at("03T05:00:00"));
    let tally = jumpy(2_026, 50, night, at("03T10:00:00"));
    figure(
        "clock_jumps",
        &[
            ("jumps", &tally.jumps),
            ("kills", &tally.kills),
            ("silences", &tally.silences),
            ("halts", &tally.halts),
            ("rows", &tally.rows),
            ("sent", &tally.sent),
            ("outside", &tally.outside),
            ("doubled", &tally.doubled),
            ("early", &tally.early),
            ("unfinished", &tally.unfinished),
            ("journal", &if tally.chain { "whole" } else { "broken" }),
        ],
    );
    tally.judge();
}

#[derive(Default)]
struct Tally {
    seed: u64,
    jumps: usize,
    kills: usize,
    silences: usize,
    halts: usize,
    rows: usize,
    sent: usize,
    outside: usize,
    doubled: usize,
    early: usize,
    unfinished: usize,
    chain: bool,
}

impl Tally {
    fn judge(&self) {
        assert!(
            self.jumps > 0 && self.kills > 0 && self.halts > 0,
            "seed {}",
            self.seed
        );
        assert_eq!(
            self.sent, self.rows,
            "seed {}: every row is sent once",
            self.seed
        );
        let wrong = [self.outside, self.doubled, self.early, self.unfinished];
        assert_eq!(
            wrong, [0; 4],
            "seed {}: outside, doubled, early, unfinished",
            self.seed
        );
        assert!(self.chain, "seed {}: the journal's chain", self.seed);
    }
}

/// From a second to a year, either way.
fn size(random: &mut Random) -> i64 {
    let longest = (365.0_f64 * 86_400.0).ln();
    let seconds = random.between(0.0, longest).exp();
    let sign = if random.between(0.0, 1.0) < 0.5 {
        -1.0
    } else {
        1.0
    };
    (seconds * sign * 1_000.0) as i64
}

fn jumpy(seed: u64, jumps: usize, (start, opens, closes): (Time, Time, Time), end: Time) -> Tally {
    let mut random = Random::seeded(seed);
    let to = closes.to_string()[11..16].to_owned();
    let mut night = Night::begin(start, &to, 0);
    let mut tally = Tally {
        seed,
        rows: 20,
        ..Tally::default()
    };
    // The last quarter of the night is left for what was begun.
    let whole = closes.since(start).millis() as f64;
    let mut when: Vec<Time> = (0..jumps)
        .map(|_| start.plus(Span::from_millis(random.between(0.0, whole * 1.05) as i64)))
        .collect();
    when.sort_unstable();
    let mut rows = (0..tally.rows)
        .map(|row| {
            (
                start.plus(Span::from_millis((whole * 0.75 / 20.0 * row as f64) as i64)),
                row,
            )
        })
        .peekable();
    let (mut next, mut mends) = (when.into_iter().peekable(), None);
    while night.town.truth() < end {
        let truth = night.town.truth();
        while let Some((_, row)) = rows.next_if(|(at, _)| *at <= truth) {
            night.world.wants(&format!("r{row}"));
        }
        if next.next_if(|at| *at <= truth).is_some() {
            tally.jumps += 1;
            night.town.set_wall(size(&mut random));
            let silent = random.between(0.0, 1.0) < 0.2;
            night.witness.silence(silent);
            tally.silences += usize::from(silent);
            mends = Some(truth.plus(Span::from_secs(random.between(20.0, 500.0) as i64)));
            if random.between(0.0, 1.0) < 0.3 {
                night.kill();
                tally.kills += 1;
            }
        }
        if mends.is_some_and(|at| at <= truth) {
            night.town.set_wall(0);
            night.witness.silence(false);
            mends = None;
        }
        let step = Span::from_millis(random.between(3_000.0, 55_000.0) as i64);
        // The very ends of the window are stepped on, a second before and after as well.
        let second = Span::from_secs(1);
        let edges = [opens, closes].map(|edge| [edge.minus(second), edge, edge.plus(second)]);
        let edge = edges.into_iter().flatten().find(|edge| *edge > truth);
        let left = edge.map_or(step, |edge| edge.since(truth).min(step));
        night.pass(left);
    }
    tally.count(&night, (opens, closes));
    tally
}

impl Tally {
    fn count(&mut self, night: &Night, (opens, closes): (Time, Time)) {
        let sends = night.witness.sends();
        self.sent = sends.len();
        let inside = |at: Time| opens.minus(ACCURACY) <= at && at < closes.plus(ACCURACY);
        for (to, at) in sends.iter().filter(|(_, at)| !inside(*at)) {
            println!("seed {}: {to} was sent at {at}", self.seed);
            self.outside += 1;
        }
        self.doubled = night.witness.doubled();
        let attempts = night.world.look(|view| view.attempts(None, 10_000));
        let failed = attempts
            .iter()
            .filter(|one| one.state != AttemptState::Done && one.rule != "send");
        self.early = night.witness.puts() + failed.count();
        let rows = night
            .world
            .look(|view| view.rows(&drover::store::Query::all()));
        self.unfinished = rows
            .iter()
            .filter(|row| row.get("done_at").is_null())
            .count();
        self.halts = night.world.said("nothing is sent");
        self.chain = night.world.look(|view| view.verify_journal()).1.is_none();
        let shows = rows
            .iter()
            .filter_map(|row| match (row.get("sent_at"), row.get("done_at")) {
                (Value::Time(sent), Value::Time(done)) => Some(done.since(*sent)),
                _ => None,
            });
        // Recorded times are the truth's as well: what took an hour did not take a day.
        let wrong = |took: &Span| *took < SHOWS_AFTER.times(0.9) || *took > Span::from_hours(4);
        self.early += shows.filter(wrong).count();
    }
}
