//! E1–E3, E5: a machine whose clock jumps, was wrong from the start, or that slept. The engine is the real one over a
//! real store; time passes as a test says, and the service knows the truth.

use super::town::{SHOWS_AFTER, Town, Witness};
use crate::engine::world::World;
use crate::proofs::{alone, figure};
use drover::control::protocol::Request;
use drover::model::clock::Clock;
use drover::model::random::Random;
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::store::{AttemptState, HaltKind};
use std::sync::Arc;

/// Sends once in the window, waits until it shows, and presses when that takes far too long.
const NIGHT: &str = r#"
sent_at = "time"
[windows.nightly]
days = "daily"
from = "22:00"
to   = "TO"
[[stage]]
name     = "send"
window   = "nightly"
parallel = 2
[stage.gate]
"wanted"   = "wanted"
"not sent" = "sent_at IS NULL"
[[stage.step]]
name = "send"
call = "svc.send"
with = { to = "{{ row.serial }}" }
[stage.set]
sent_at = "{{ now }}"
[[stage]]
name     = "confirm"
parallel = 50
then     = "ticket"
retry    = { attempts = 1, wait = "1m" }
[stage.gate]
"sent"     = "sent_at IS NOT NULL"
"not done" = "done_at IS NULL"
[[stage.step]]
name    = "confirm"
call    = "svc.confirm"
with    = { to = "{{ row.serial }}" }
wait_if = "not result.there"
wait    = { every = "5m", most = "4h" }
[stage.set]
done_at = "{{ now }}"
[[ladder]]
name  = "overdue"
title = "Sent, and nothing shows"
after = "ticket"
text  = "{{ row.serial }} does not show"
[ladder.stuck]
"sent long ago" = "sent_at < ago('5h')"
"not done"      = "done_at IS NULL"
[[ladder.rung]]
title = "press"
call  = "svc.put"
with  = { to = "{{ row.serial }}" }
limit = 9
wait  = "10m"
"#;

/// E6: what a deadline may be off by, as a header tells the time to the second.
const ACCURACY: Span = Span::from_secs(2);

fn at(text: &str) -> Time {
    Time::parse(&format!("2026-03-{text}Z")).unwrap()
}

struct Night {
    world: World,
    town: Arc<Town>,
    witness: Arc<Witness>,
}

impl Night {
    /// An engine started at this moment on a machine whose wall is so far ahead.
    fn begin(start: Time, to: &str, ahead: i64) -> Self {
        let mut night = Self::asleep(start, to);
        night.town.set_wall(ahead);
        night.start();
        night
    }

    fn asleep(start: Time, to: &str) -> Self {
        let town = Town::new(start);
        let clock = Clock::watching(town.clone());
        let witness = Witness::new(town.clone(), clock);
        let mut world = World::asleep(&NIGHT.replace("TO", to));
        world.others.push(witness.clone());
        Self {
            world,
            town,
            witness,
        }
    }

    /// A new process: its clock knows nothing of the one before.
    fn start(&mut self) {
        let clock = Clock::watching(self.town.clone());
        self.witness.answers(clock.clone());
        self.world.clock = clock;
        self.world.start();
        self.settle();
    }

    fn kill(&mut self) {
        self.world.kill();
        self.start();
    }

    /// Waits until the machine was looked at and the engine has nothing more to do.
    fn settle(&self) {
        for _ in 0..2 {
            self.world.clock.look_again();
            let before = self.town.looks();
            self.world.until("the watch looks", |_| {
                (self.town.looks() >= before + 3).then_some(())
            });
            self.world.settle();
        }
    }

    fn pass(&self, span: Span) {
        self.town.pass(span);
        self.settle();
    }

    /// In steps no longer than a watch expects of a machine that runs.
    fn pass_until(&self, to: Time) {
        while self.town.truth() < to {
            let left = to.since(self.town.truth());
            self.pass(left.min(Span::from_secs(50)));
        }
    }

    fn until_sent(&self, count: usize) {
        self.world.until("the sends", |_| {
            (self.witness.sends().len() == count).then_some(())
        });
    }

    fn until_believed(&self) {
        self.world.until("the clock is believed", |_| {
            self.why().is_none().then_some(())
        });
    }

    fn why(&self) -> Option<String> {
        let halts = self.world.look(|view| view.halts());
        let clock = halts.into_iter().find(|halt| halt.kind == HaltKind::Clock);
        clock.map(|halt| halt.why)
    }
}

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

#[test]
fn a_jump_stops_sending_until_services_bear_out_one_time() {
    let night = Night::begin(at("02T21:00:00"), "05:00", 0);
    assert_eq!(night.why(), None);
    night.witness.silence(true);
    night.pass(Span::from_secs(1));
    // By the wall the window is open.
    night.town.set_wall(2 * 3_600_000);
    night.world.wants("r1");
    night.pass(Span::from_secs(10));
    let why = night.why().unwrap();
    assert!(
        why.contains("jumped by +2h") && why.contains("drover resume"),
        "{why}"
    );
    night.pass_until(at("02T22:10:00"));
    assert!(
        night.witness.sends().is_empty(),
        "no service has said who is right"
    );
    night.witness.silence(false);
    night.pass(Span::from_secs(10));
    night.until_sent(1);
    assert_eq!(night.why(), None, "the count was right");
    assert_eq!(night.world.said("2h ahead: set it"), 1);
    night.town.set_wall(0);
    night.pass(Span::from_secs(10));
    night.world.until("the word that it is right", |world| {
        (world.said("is right again") == 1).then_some(())
    });
}

#[test]
fn a_clock_that_was_wrong_from_the_start_sends_nothing_and_spoils_no_record() {
    // By the wall it is eleven at night of the day after.
    let night = Night::begin(at("02T21:00:00"), "05:00", 26 * 3_600_000);
    let why = night.why().unwrap();
    assert!(why.contains("1d 2h ahead by that of Svc"), "{why}");
    let row = night.world.wants("r1");
    night.pass_until(at("02T22:30:00"));
    assert!(night.witness.sends().is_empty());
    let made = night
        .world
        .look(move |view| view.row(row))
        .unwrap()
        .created_at;
    assert!(made < at("02T21:01:00"), "{made}");
    night.town.set_wall(0);
    night.pass(Span::from_secs(10));
    night.until_sent(1);
    assert_eq!(night.why(), None);
}

#[test]
fn with_nobody_to_ask_an_operators_word_ends_the_doubt() {
    let mut night = Night::asleep(at("02T22:10:00"), "05:00");
    night.witness.silence(true);
    night.start();
    night.world.wants("r1");
    night.pass_until(at("02T22:30:00"));
    let why = night.why().unwrap();
    assert!(why.contains("no service has told its time"), "{why}");
    assert!(night.witness.sends().is_empty());
    night.world.obeys(Request::Resume {
        reason: "my watch says so too".into(),
    });
    night.until_sent(1);
    assert_eq!(night.why(), None);
}

#[test]
fn a_clock_behind_the_stores_own_records_is_told_so() {
    let mut night = Night::begin(at("02T22:10:00"), "05:00", 0);
    night.world.stop();
    night.witness.silence(true);
    night.town.set_wall(-5 * 3_600_000);
    night.start();
    night.pass(Span::from_secs(20));
    let why = night.why().unwrap();
    assert!(
        why.contains("the store has records of 2026-03-02T22:1"),
        "{why}"
    );
    night.town.set_wall(0);
    night.witness.silence(false);
    night.pass(Span::from_secs(20));
    night.until_believed();
}

#[test]
fn a_machine_that_slept_through_the_window_sends_nothing_when_it_wakes() {
    let night = Night::begin(at("02T21:30:00"), "05:00", 0);
    for row in 0..8 {
        night.world.wants(&format!("r{row}"));
    }
    night.town.sleep(Span::from_hours(8));
    night.settle();
    assert_eq!(night.world.said("this machine slept for 8h"), 1);
    night.pass(Span::from_secs(10));
    night.until_believed();
    assert!(night.witness.sends().is_empty());
    night.pass_until(at("03T22:00:10"));
    night.until_sent(8);
}

#[test]
fn a_machine_that_wakes_within_the_window_asks_for_the_time_before_it_sends() {
    let night = Night::begin(at("02T21:30:00"), "05:00", 0);
    night.world.wants("r1");
    night.witness.silence(true);
    night.town.sleep(Span::from_hours(1));
    night.settle();
    let why = night.why().unwrap();
    assert!(why.contains("this machine slept for 1h"), "{why}");
    assert!(night.witness.sends().is_empty());
    night.witness.silence(false);
    night.pass(Span::from_secs(10));
    night.until_sent(1);
    assert_eq!(night.why(), None);
}
