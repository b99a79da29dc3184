//! The console's figures, taken from outside: the real program in a pseudo-terminal of 200×60, on a store of 100,000 rows.
//!
//! `cargo bench --bench console [-- --quick]`. The bench plays the engine: it holds the store and commits to it. A key is
//! visible when its byte has arrived and was understood by a terminal. Processor time is the kernel's own count for the
//! thread that draws. On a busy machine only the medians mean anything.

mod measure;
mod night;
mod process;
mod sights;
mod table;
mod terminal;

use drover::model::clock::real_now;
use measure::Effort;
use night::Night;
use sights::{Sights, first_rows};
use std::sync::atomic::Ordering;
use std::time::Duration;
use table::Table;
use terminal::Terminal;

const MANY: usize = 100_000;
const FEW: usize = 1_000;

fn main() {
    let quick = std::env::args().any(|arg| arg == "--quick");
    let effort = if quick {
        Effort {
            starts: 3,
            keys: 100,
            bursts: 3,
            idle: Duration::from_secs(3),
        }
    } else {
        Effort {
            starts: 10,
            keys: 500,
            bursts: 10,
            idle: Duration::from_secs(10),
        }
    };
    let mut table = Table::default();
    let (few, many) = (Night::of(FEW), Night::of(MANY));
    Table::heading();
    at_work(&many, effort, &mut table);
    silent(&many, effort, &mut table);
    frames(&few, &many, effort, &mut table);
    table.end();
}

/// With somebody committing all the time.
fn at_work(night: &Night, effort: Effort, table: &mut Table) {
    let work = night.at_work();
    measure::paint(night, effort, table);
    let (mut terminal, _) = Terminal::start(&night.path(), first_rows(night.rows));
    let sights = Sights::find(&terminal, night.rows);
    measure::lists(&mut terminal, night, sights, table);
    measure::sorts(&mut terminal, night, sights, table);
    let before = work.commits.load(Ordering::Relaxed);
    let (watch, used) = (drover::model::clock::Stopwatch::start(), terminal.process());
    measure::keys(&mut terminal, sights, effort, table);
    let commits = work.commits.load(Ordering::Relaxed) - before;
    let pace = commits as f64 / watch.elapsed().as_secs_f64();
    Table::note("  commits a second meanwhile", &format!("{pace:.0}"));
    let (cpu, bytes, _) = measure::idle(&terminal, effort);
    Table::note(
        "  nobody presses a key: processor, bytes",
        &format!("{cpu:.2} %, {bytes:.0} B/s"),
    );
    table.number("resident memory", 40_000.0, " kB", used.resident() as f64);
    Table::note("  the most it was", &format!("{} kB", used.most_resident()));
    for (name, used) in used.threads() {
        Table::note(
            &format!("  processor of {name}"),
            &format!("{:.0} ms", used.cpu.as_secs_f64() * 1e3),
        );
    }
    terminal.quit();
}

/// Nothing is committed but by the measurement.
fn silent(night: &Night, effort: Effort, table: &mut Table) {
    let (mut terminal, _) = Terminal::start(&night.path(), first_rows(night.rows));
    let sights = Sights::find(&terminal, night.rows);
    let (cpu, bytes, writes) = measure::idle(&terminal, effort);
    table.number("idle: bytes a second", 0.0, " B/s", bytes);
    table.number("idle: frames", 0.0, "", writes as f64);
    table.number("idle: processor", 0.2, " %", cpu);
    measure::bytes(&mut terminal, night, sights, table);
    measure::make_tick(night, real_now());
    let (cpu, bytes, writes) = measure::idle(&terminal, effort);
    table.number("ages tick: processor", 0.2, " %", cpu);
    let frames = writes as f64 / effort.idle.as_secs_f64();
    Table::note(
        "  bytes, frames a second",
        &format!("{bytes:.0} B/s, {frames:.1}"),
    );
    terminal.quit();
}

/// What a frame costs, with few rows and with many.
fn frames(few: &Night, many: &Night, effort: Effort, table: &mut Table) {
    let of = |night: &Night| {
        let (mut terminal, _) = Terminal::start(&night.path(), first_rows(night.rows));
        let sights = Sights::find(&terminal, night.rows);
        let cost = measure::frames(&mut terminal, sights, effort);
        terminal.quit();
        cost
    };
    // Twice, the better of each: the ratio of two small times is at the mercy of whoever else is on the machine.
    let best = |night| {
        let (one, other) = (of(night), of(night));
        (one.0.min(other.0), one.1.min(other.1))
    };
    let ((few_moved, few_scrolled), (moved, scrolled)) = (best(few), best(many));
    table.time("processor of a frame, the cursor moves", 2.0, moved);
    table.time("processor of a frame, all lines scroll", 2.0, scrolled);
    let ratio = |many: Duration, few: Duration| many.as_secs_f64() / few.as_secs_f64();
    table.number(
        "  many rows against few, the cursor moves",
        1.1,
        "×",
        ratio(moved, few_moved),
    );
    table.number(
        "  many rows against few, scrolling",
        1.1,
        "×",
        ratio(scrolled, few_scrolled),
    );
}
