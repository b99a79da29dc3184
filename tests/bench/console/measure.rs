//! The measurements, each on a console that runs.

use crate::night::Night;
use crate::process::Used;
use crate::sights::{Sights, any_frame, first_rows};
use crate::table::{Runs, Table};
use crate::terminal::Terminal;
use drover::model::clock::{Stopwatch, real_pause};
use drover::model::row::RowId;
use drover::model::time::Time;
use drover::model::value::Value;
use drover::store::{Query, Reader};
use std::time::Duration;

/// How much is done of each.
#[derive(Clone, Copy)]
pub struct Effort {
    pub starts: usize,
    pub keys: usize,
    pub bursts: usize,
    pub idle: Duration,
}

/// Long enough for everything under way to end: two rhythms of the thread that reads, and a tick.
const QUIET: Duration = Duration::from_millis(1_300);

pub fn paint(night: &Night, effort: Effort, table: &mut Table) {
    let (mut frames, mut rows, mut quits) = (Runs::default(), Runs::default(), Runs::default());
    for _ in 0..effort.starts {
        let (terminal, took) = Terminal::start(&night.path(), any_frame);
        frames.add(took);
        terminal.until(first_rows(night.rows));
        quits.add(terminal.quit());
        let (terminal, took) = Terminal::start(&night.path(), first_rows(night.rows));
        rows.add(took);
        quits.add(terminal.quit());
    }
    table.times("first paint, from process start", 50.0, &frames);
    table.times("  with the first rows and the count of all", 50.0, &rows);
    table.times("quit, until the process is gone", 5.0, &quits);
}

/// A key that moves the cursor, again and again, at any moment of the console's own rhythms.
fn taps(terminal: &mut Terminal, sights: Sights, from: usize, count: usize) -> (Runs, usize) {
    let (mut runs, mut at) = (Runs::default(), from);
    for n in 0..count {
        at += 1;
        runs.add(terminal.press("j", sights.at(at)));
        real_pause(Duration::from_millis(3 + (n as u64 * 7) % 23));
    }
    (runs, at)
}

pub fn keys(terminal: &mut Terminal, sights: Sights, effort: Effort, table: &mut Table) {
    let height = sights.height(terminal);
    terminal.go("g", sights.at_with_rows(1));
    let mut within = Runs::default();
    for _ in 0..=effort.keys / (height - 1) {
        terminal.go("g", sights.at(1));
        let (runs, _) = taps(terminal, sights, 1, height - 1);
        within.append(runs);
    }
    table.latencies("key → visible, within a page", (1.0, 16.0), &within);
    let (scrolled, at) = taps(terminal, sights, height, effort.keys);
    table.latencies("key → visible, scrolling", (1.0, 16.0), &scrolled);
    let mut pages = Runs::default();
    let mut at = at;
    for _ in 0..effort.keys / 10 {
        at += height;
        pages.add(terminal.press("\x06", sights.at_with_rows(at)));
        real_pause(Duration::from_millis(40));
    }
    table.latencies(
        "a page further, until its rows are there",
        (16.0, 50.0),
        &pages,
    );
    let mut bursts = Runs::default();
    for _ in 0..effort.bursts {
        at += 500;
        bursts.add(terminal.press(&"j".repeat(500), sights.at(at)));
        terminal.until(sights.at_with_rows(at));
        real_pause(Duration::from_millis(100));
    }
    table.times("500 keys at once, caught up", 5.0, &bursts);
    terminal.go("g", sights.at_with_rows(1));
}

/// What the list comes to, and how a key fares while it is made.
pub fn lists(terminal: &mut Terminal, night: &Night, sights: Sights, table: &mut Table) {
    let mut during = Runs::default();
    for (name, typed, condition) in [
        (
            "filter, a word that is nowhere",
            "nobody",
            "phase = 'nobody'",
        ),
        (
            "filter, a word in one row of 3",
            "mac14",
            "device_model = 'Mac14,2'",
        ),
        ("filter, of one phase", "phase:between", "phase = 'Between'"),
        (
            "filter, of one column",
            "macos_version:26.2",
            "macos_version = '26.2'",
        ),
    ] {
        let found = count(night, condition);
        let (mut runs, mut used) = (Runs::default(), Runs::default());
        for _ in 0..5 {
            terminal.press(&format!("/{typed}"), typed_is(typed));
            let before = terminal.process().all();
            runs.add(terminal.press("\r", sights.matches(found)));
            used.add(terminal.process().all().since(before).cpu);
            // All rows again, and keys meanwhile.
            terminal.send("\x7f");
            terminal.until(sights.at(1));
            real_pause(Duration::from_millis(100));
        }
        table.times(name, 60.0, &runs);
        Table::note(
            "  processor, which a busy machine does not change",
            &format!("{:.1} ms", used.at(50)),
        );
        terminal.press(&format!("/{typed}"), typed_is(typed));
        terminal.send("\r");
        during.append(blind_taps(terminal));
        terminal.until(sights.matches(found));
        terminal.send("\x7f");
        terminal.until(sights.at_with_rows(1));
    }
    table.latencies(
        "key → visible while a filter is at work",
        (1.0, 16.0),
        &during,
    );
}

/// All rows in another order, on a console whose cursor was never moved: it stays on the first line, whatever row that is.
pub fn sorts(terminal: &mut Terminal, night: &Night, sights: Sights, table: &mut Table) {
    for (name, keys, order) in [
        ("sort, by the key, descending", "i", vec![("serial", false)]),
        (
            "sort, by phase",
            ">",
            vec![("phase", true), ("phase_since", true)],
        ),
        ("sort, by age", ">", vec![("phase_since", true)]),
        (
            "sort, by a text column",
            ">",
            vec![("macos_version", true), ("phase_since", true)],
        ),
        (
            "sort, by a text column, descending",
            "i",
            vec![("macos_version", false), ("phase_since", true)],
        ),
    ] {
        let first = first_of(night, &order);
        let before = terminal.process().all();
        let watch = Stopwatch::start();
        terminal.go(keys, sights.first_are(first));
        table.time(name, 60.0, watch.elapsed());
        let used = terminal.process().all().since(before).cpu;
        Table::note(
            "  processor",
            &format!("{:.1} ms", used.as_secs_f64() * 1e3),
        );
        real_pause(Duration::from_millis(600));
    }
}

fn typed_is(typed: &str) -> impl Fn(&vt100::Screen) -> bool + Send {
    let typed = typed.to_owned();
    move |screen| screen.contents().contains(&typed)
}

/// Keys whose effect does not depend on what the list is just now: the help is opened and left again.
fn blind_taps(terminal: &mut Terminal) -> Runs {
    const HELP: &str = "Show what every key";
    let mut runs = Runs::default();
    for _ in 0..6 {
        runs.add(terminal.press("?", |screen| screen.contents().contains(HELP)));
        runs.add(terminal.press("\x7f", |screen| !screen.contents().contains(HELP)));
    }
    runs
}

fn query(condition: Option<&str>, order: &[(&str, bool)]) -> Query {
    Query {
        parts: Vec::new(),
        condition: condition.map(str::to_owned),
        order: order
            .iter()
            .map(|(name, up)| ((*name).to_owned(), *up))
            .collect(),
        offset: 0,
        limit: Some(1),
    }
}

fn count(night: &Night, condition: &str) -> usize {
    let reader = Reader::open(&night.path()).expect("a reader");
    let found = reader.look(|view| view.count(&query(Some(condition), &[])));
    found.expect("counted") as usize
}

/// The keys of the first lines in this order.
fn first_of(night: &Night, order: &[(&str, bool)]) -> Vec<String> {
    let reader = Reader::open(&night.path()).expect("a reader");
    let five = Query {
        limit: Some(5),
        ..query(None, order)
    };
    let found = reader.look(|view| view.rows(&five)).expect("rows");
    found.into_iter().map(|row| row.key).collect()
}

/// On a store where nothing happens: bytes and writes of single things.
pub fn bytes(terminal: &mut Terminal, night: &Night, sights: Sights, table: &mut Table) {
    let height = sights.height(terminal);
    terminal.go("gj", sights.at(2));
    let moved = spent(terminal, 20, |terminal, n| {
        terminal.press("j", sights.at(3 + n));
    });
    table.number(
        "bytes of a key within a page",
        500.0,
        " B",
        moved.written as f64 / 20.0,
    );
    table.number(
        "writes of a key within a page",
        1.0,
        "",
        moved.writes as f64 / 20.0,
    );
    let top = format!("g{}", "j".repeat(height - 1));
    terminal.go(&top, sights.at(height));
    let scrolled = spent(terminal, 20, |terminal, n| {
        terminal.press("j", sights.at(height + 1 + n));
    });
    table.number(
        "bytes of a scrolled line (stretch)",
        300.0,
        " B",
        scrolled.written as f64 / 20.0,
    );
    table.number(
        "writes of a scrolled line",
        1.0,
        "",
        scrolled.writes as f64 / 20.0,
    );
    terminal.go("g", sights.at_with_rows(1));
    let changed = spent(terminal, 5, |terminal, n| {
        let said = format!("27.{n}");
        let row = first_row(night);
        night.change(row, "macos_version", Value::Text(said.clone()));
        terminal
            .until(move |screen| crate::terminal::line_of(screen, &said) == Some(sights.title + 2));
    });
    table.number(
        "bytes of a changed row",
        250.0,
        " B",
        changed.written as f64 / 5.0,
    );
}

fn first_row(night: &Night) -> RowId {
    let reader = Reader::open(&night.path()).expect("a reader");
    let found = reader.look(|view| view.rows(&query(None, &[])));
    found.expect("a row").remove(0).id
}

/// What the thread that draws used for something done so many times.
fn spent(
    terminal: &mut Terminal,
    times: usize,
    mut work: impl FnMut(&mut Terminal, usize),
) -> Used {
    real_pause(QUIET);
    let before = terminal.process().drawing();
    for n in 0..times {
        work(terminal, n);
    }
    terminal.process().drawing().since(before)
}

/// Processor time of a frame: the cursor moves, then the whole page scrolls.
pub fn frames(terminal: &mut Terminal, sights: Sights, effort: Effort) -> (Duration, Duration) {
    let height = sights.height(terminal);
    terminal.go("g", sights.at_with_rows(1));
    let mut moved = Duration::ZERO;
    let rounds = effort.keys / height + 1;
    for _ in 0..rounds {
        terminal.go("g", sights.at(1));
        let used = spent_now(terminal, |terminal| {
            for at in 2..=height {
                terminal.press("j", sights.at(at));
            }
        });
        moved += used.cpu;
    }
    terminal.go(&format!("g{}", "j".repeat(height - 1)), sights.at(height));
    let used = spent_now(terminal, |terminal| {
        for n in 0..effort.keys {
            terminal.press("j", sights.at(height + 1 + n));
        }
    });
    terminal.go("g", sights.at_with_rows(1));
    (
        moved / (rounds * (height - 1)) as u32,
        used.cpu / effort.keys as u32,
    )
}

fn spent_now(terminal: &mut Terminal, work: impl FnOnce(&mut Terminal)) -> Used {
    let before = terminal.process().drawing();
    work(terminal);
    terminal.process().drawing().since(before)
}

/// Nothing happens for a while: processor in hundredths of one, bytes a second, writes.
pub fn idle(terminal: &Terminal, effort: Effort) -> (f64, f64, u64) {
    real_pause(QUIET);
    let (bytes, before, watch) = (
        terminal.bytes(),
        terminal.process().all(),
        Stopwatch::start(),
    );
    real_pause(effort.idle);
    let used = terminal.process().all().since(before);
    let took = watch.elapsed().as_secs_f64();
    (
        used.cpu.as_secs_f64() / took * 100.0,
        (terminal.bytes() - bytes) as f64 / took,
        used.writes,
    )
}

/// Every row in sight has just reached its phase, so that its age ticks.
pub fn make_tick(night: &Night, now: Time) {
    let reader = Reader::open(&night.path()).expect("a reader");
    let all = Query {
        limit: Some(50),
        ..query(None, &[])
    };
    let rows = reader.look(|view| view.rows(&all)).expect("rows");
    night.write(move |tx| {
        for row in rows {
            let column = if row.get("completed_at").is_null() {
                "completed_at"
            } else {
                "enrolled_at"
            };
            let value = if column == "completed_at" {
                Value::Time(now)
            } else {
                Value::Null
            };
            tx.set(
                row.id,
                &[(column.to_owned(), value)].into(),
                &drover::store::Cause::Schedule,
            )?;
        }
        Ok(())
    });
}
