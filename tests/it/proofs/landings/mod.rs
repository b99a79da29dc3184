//! Every call that changes something, in every way an answer can be lost, with the engine killed around it.
//!
//! The test is the witness: it holds the simulated services, with a ledger on disk, and stops each call at the exact
//! place where the engine, a process of its own, is killed. What must hold: nothing lands twice that must not, nothing
//! is called done that did not land, nothing rests for ever, and only what nobody can look up is left to a person, with
//! the evidence.

mod batch;
mod deeds;
mod office;
mod outage;
mod ways;

use super::{alone, figure};
use crate::support::{Program, SOON};
use batch::{Batch, OPEN_AT_A_KILL, PROBING_AT_A_KILL};
use deeds::Deed;
use drover::model::time::Span;
use office::Chat;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::Mutex;
use std::sync::atomic::Ordering;
use ways::{Cell, End, KILLS, Kill, MODES, Mode};

/// Batches under way at once: they wait more than they work.
const TOGETHER: usize = 8;

type Plan = Vec<(Mode, Kill, Chat)>;

fn run(program: &Program, plan: Plan) -> Vec<Cell> {
    let left = Mutex::new(plan.into_iter());
    let cells = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..TOGETHER {
            scope.spawn(|| {
                loop {
                    let next = left.lock().unwrap().next();
                    let Some((mode, kill, chat)) = next else {
                        return;
                    };
                    let found = Batch::run(program, mode, kill, chat);
                    cells
                        .lock()
                        .unwrap()
                        .extend(found.into_iter().map(|cell| (chat, cell)));
                }
            });
        }
    });
    let cells = cells.into_inner().unwrap();
    // Messages by webhook stand apart: they have a line of their own.
    cells
        .into_iter()
        .filter_map(|(chat, cell)| match chat {
            Chat::Bot => Some(cell),
            Chat::Webhook => {
                is_at_most_once(&cell);
                HOOKED.lock().unwrap().push(cell);
                None
            }
        })
        .collect()
}

static HOOKED: Mutex<Vec<Cell>> = Mutex::new(Vec::new());

/// A message by webhook lands at most once, and is called delivered only when it landed.
fn is_at_most_once(cell: &Cell) {
    assert!(cell.landed <= 1, "{cell:?}");
    match cell.end {
        End::Done => assert_eq!(cell.landed, 1, "{cell:?}"),
        End::Dropped => assert!(!cell.why.is_empty(), "{cell:?}"),
        End::Parked => panic!("{cell:?}"),
    }
}

#[derive(Default)]
struct Sum {
    cells: usize,
    sent: usize,
    landed: usize,
    again: usize,
    doubled: usize,
    lost: usize,
    parked: usize,
}

impl Sum {
    fn figures(&self) -> [(&'static str, &dyn Display); 7] {
        [
            ("cells", &self.cells),
            ("sent", &self.sent),
            ("landed", &self.landed),
            ("repeated_harmlessly", &self.again),
            ("doubled", &self.doubled),
            ("lost", &self.lost),
            ("parked", &self.parked),
        ]
    }

    fn add(&mut self, cell: &Cell) {
        self.cells += 1;
        self.sent += cell.sent;
        self.landed += cell.landed;
        let more = cell.landed.saturating_sub(1);
        if cell.deed.is_repeatable() {
            self.again += more;
        } else {
            self.doubled += more;
        }
        self.lost += usize::from(is_lost(cell));
        self.parked += usize::from(cell.end != End::Done);
    }
}

/// Called done, and nothing landed. A run that has left the queue by itself cannot be cancelled, and need not be.
fn is_lost(cell: &Cell) -> bool {
    let ended = cell.deed == Deed::Cancel && cell.mode == Mode::AnswerCut;
    cell.end == End::Done && cell.landed == 0 && !ended
}

/// Only what cannot be looked up afterwards may be left to a person, and only with what is known of it.
fn may_be_parked(cell: &Cell) -> bool {
    let evidence = [
        "127.0.0.1",
        "Http answered",
        "the engine ended while this call was under way",
    ];
    cell.deed == Deed::Request && evidence.iter().any(|said| cell.why.contains(said))
}

fn is_as_it_should_be(proof: &str, cells: &[Cell]) {
    let mut sums: BTreeMap<Deed, Sum> = BTreeMap::new();
    let mut all = Sum::default();
    for cell in cells {
        sums.entry(cell.deed).or_default().add(cell);
        all.add(cell);
    }
    for (deed, sum) in &sums {
        let name = format!("{proof}:{}:{}", deed.action(), deed.name());
        figure(&name, &sum.figures());
    }
    for kill in KILLS {
        let mut sum = Sum::default();
        let of_it = cells.iter().filter(|cell| cell.kill == kill);
        of_it.for_each(|cell| sum.add(cell));
        if sum.cells > 0 {
            let name = format!("{proof}:killed_{kill:?}").to_lowercase();
            figure(&name, &sum.figures());
        }
    }
    let (open, probing) = (
        OPEN_AT_A_KILL.swap(0, Ordering::Relaxed),
        PROBING_AT_A_KILL.swap(0, Ordering::Relaxed),
    );
    figure(
        &format!("{proof}:at_the_kills"),
        &[
            ("calls_without_an_end", &open),
            ("attempts_being_probed", &probing),
        ],
    );
    assert!(open > 0, "no kill met a call");
    let probed = cells.iter().any(|cell| cell.kill == Kill::Probing);
    assert!(!probed || probing > 0, "no kill met a look");
    figure(proof, &all.figures());
    for cell in cells {
        assert!(!is_lost(cell), "lost: {cell:?}");
        assert!(
            cell.landed <= 1 || cell.deed.is_repeatable(),
            "doubled: {cell:?}"
        );
        assert!(
            cell.end == End::Done || may_be_parked(cell),
            "parked: {cell:?}"
        );
    }
    // A matrix in which nothing is ever parked or repeated would not have met what it is about.
    let repeats = cells.iter().any(|cell| cell.sent > 1);
    assert!(repeats, "nothing was sent again");
}

fn hooked(proof: &str) {
    let cells = std::mem::take(&mut *HOOKED.lock().unwrap());
    let dropped = cells.iter().filter(|cell| cell.end == End::Dropped).count();
    let landed: usize = cells.iter().map(|cell| cell.landed).sum();
    let sent: usize = cells.iter().map(|cell| cell.sent).sum();
    let doubled = cells.iter().map(|cell| cell.landed.saturating_sub(1));
    let doubled: usize = doubled.sum();
    figure(
        &format!("{proof}:webhook_message"),
        &[
            ("cells", &cells.len()),
            ("sent", &sent),
            ("landed", &landed),
            ("doubled", &doubled),
            ("dropped_and_counted", &dropped),
        ],
    );
}

/// How many calls this build makes twice where their answers are lost.
pub(super) fn doubled(program: &Program) -> usize {
    let modes = [Mode::AnswerCut, Mode::AppliedPage];
    let plan = modes.map(|mode| (mode, Kill::Never, Chat::Bot)).into();
    let mut all = Sum::default();
    for cell in &run(program, plan) {
        all.add(cell);
    }
    all.doubled
}

/// A few corners of the matrix.
#[test]
fn calls_lost_around_a_kill_land_once() {
    let plan = vec![
        (Mode::AnswerCut, Kill::Never, Chat::Bot),
        (Mode::NeverArrived, Kill::Landed, Chat::Bot),
        (Mode::AppliedLate, Kill::Pending, Chat::Bot),
        (Mode::Answered, Kill::Answered, Chat::Bot),
        (Mode::AnswerCut, Kill::Never, Chat::Webhook),
    ];
    let cells = run(&Program::own(), plan);
    is_as_it_should_be("landings_short", &cells);
    hooked("landings_short");
}

/// `cargo test --release --test it landings -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn every_call_in_every_landing_mode_around_every_kill_lands_once() {
    let _alone = alone();
    let mut plan = Plan::new();
    for mode in MODES {
        for kill in KILLS {
            plan.push((mode, kill, Chat::Bot));
            if !matches!(kill, Kill::Intended | Kill::Probing) {
                plan.push((mode, kill, Chat::Webhook));
            }
        }
    }
    // What waits for real time-outs first.
    plan.sort_by_key(|(mode, ..)| !matches!(mode, Mode::Hang | Mode::AppliedHang));
    let cells = run(&Program::own(), plan);
    is_as_it_should_be("landings", &cells);
    hooked("landings");
}

#[test]
fn a_service_that_comes_back_is_not_stormed() {
    let (lasts, limit) = (Span::from_mins(10), SOON * 2);
    outage::comes_back("outage_short", (300, 0.25), lasts, limit);
}

/// `cargo test --release --test it landings -- --ignored --nocapture`
#[test]
#[ignore = "takes minutes"]
fn a_service_that_comes_back_after_two_hours_is_not_stormed() {
    let _alone = alone();
    let (lasts, limit) = (Span::from_hours(2), SOON * 10);
    outage::comes_back("outage", (5_000, 0.1), lasts, limit);
}
