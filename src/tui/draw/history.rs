//! The screen of the history: a line for each attempt.

use super::cells::Cells;
use super::listing::{Listing, searched, window};
use super::page::{Page, pad};
use super::pen::Span;
use super::steps;
use crate::store::Attempt;
use crate::tui::data::{Found, Topic};
use crate::tui::look::Meaning;
use crate::tui::state::{Pick, State};
use crate::tui::{advice, ages, text};

/// Columns of a moment, of a state with its sign, and of a length of time.
const TIME: usize = 8;
const STATE: usize = 11;
const TOOK: usize = 7;
/// Columns of a label of the detail.
const LABEL: usize = 9;

/// The widths of the columns; 0 leaves one out.
struct Widths {
    key: usize,
    stage: usize,
    state: usize,
    took: usize,
    by: usize,
    rest: usize,
}

impl Widths {
    fn new(wide: usize) -> Self {
        let room = wide.saturating_sub(2);
        let (key, stage, state, took, by) = match room {
            0..60 => (10, room.saturating_sub(TIME + 1 + 11 + 3), 1, 0, 0),
            60..100 => (10, 19, STATE, TOOK, 0),
            100..150 => (12, 28, STATE, TOOK, 14),
            _ => (14, 40, STATE, TOOK, 16),
        };
        let some = |wide: usize| if wide > 0 { wide + 1 } else { 0 };
        let taken = TIME + 1 + some(key) + some(stage) + some(state) + some(took) + some(by);
        Self {
            key,
            stage,
            state,
            took,
            by,
            rest: if room < 60 {
                0
            } else {
                room.saturating_sub(taken + 1)
            },
        }
    }
}

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let Some(Topic::History(topic)) = state.topic() else {
        return Listing::reading("history");
    };
    let widths = Widths::new(wide);
    let entries = &topic.found.entries;
    let shown = window(entries.len(), pick, state.size);
    let chosen = entries.get(pick.at);
    let steps = topic.chosen.as_ref();
    Listing {
        title: searched("history", &pick.search),
        aside: place(&topic.found, pick, "attempts"),
        heading: heading(state, &widths),
        first: shown.start,
        lines: entries[shown]
            .iter()
            .map(|attempt| line(state, attempt, &widths))
            .collect(),
        empty: nothing(&topic.found, &pick.search, "nothing was tried yet"),
        detail: chosen.map_or_else(Vec::new, |attempt| {
            let steps = steps.filter(|(id, _)| *id == attempt.id);
            let steps = steps.map_or(&[][..], |(_, steps)| steps);
            detail(state, attempt, steps, wide)
        }),
        ..Listing::default()
    }
}

/// Where the cursor is among how many, and how far back that goes.
pub fn place<T>(found: &Found<T>, pick: &Pick, things: &str) -> String {
    let at = if found.entries.is_empty() {
        0
    } else {
        pick.at + 1
    };
    let of = text::thousands(found.entries.len() as u64);
    let looked = text::thousands(found.looked as u64);
    let at = text::thousands(at as u64);
    match (found.whole, found.ended, pick.search.is_empty()) {
        (true, ..) => format!(" {at}/{of} "),
        (false, true, true) => format!(" {at}/{of}, the newest {things} "),
        (false, true, false) => format!(" {at}/{of}, searched the newest {looked} "),
        (false, false, true) => format!(" {at}/{of}+ "),
        (false, false, false) => format!(" {at}/{of}, searched {looked} so far "),
    }
}

/// What is said where no line is.
pub fn nothing<T>(found: &Found<T>, search: &str, none: &str) -> String {
    if search.is_empty() {
        none.to_owned()
    } else if found.whole || found.ended {
        "nothing has these words; / and enter shows all".into()
    } else {
        "searching…".into()
    }
}

fn heading(state: &State, widths: &Widths) -> Vec<Span> {
    let key = state.facts.column_title(&state.facts.shape.key);
    let mut cells = Cells::new(&state.facts.look);
    cells
        .put("Time", TIME, Meaning::Heading)
        .put(key, widths.key, Meaning::Heading);
    if widths.state == 1 {
        cells.put("", 1, Meaning::Heading);
    }
    cells.put("Stage", widths.stage, Meaning::Heading);
    if widths.state > 1 {
        cells.put("State", widths.state, Meaning::Heading);
    }
    cells
        .right("Took", widths.took, Meaning::Heading)
        .put("Why", widths.by, Meaning::Heading)
        .put("What", widths.rest, Meaning::Heading)
        .done()
}

fn line(state: &State, attempt: &Attempt, widths: &Widths) -> Vec<Span> {
    let (sign, meaning, word) = steps::standing(state.facts.look.signs, attempt.state);
    let time = ages::moment(state.now, attempt.started_at, state.zone());
    let mut cells = Cells::new(&state.facts.look);
    cells
        .put(&time, TIME, Meaning::Quiet)
        .put(&attempt.key, widths.key, Meaning::Text);
    let title = steps::title(state, attempt);
    if widths.state == 1 {
        cells.put(sign, 1, meaning);
    }
    cells.put(&title, widths.stage, Meaning::Text);
    if widths.state > 1 {
        cells.put(&format!("{sign} {word}"), widths.state, meaning);
    }
    let (said, rest) = told(attempt);
    cells
        .right(&steps::took(state, attempt), widths.took, Meaning::Quiet)
        .put(&steps::by(attempt), widths.by, Meaning::Quiet)
        .put(&said, widths.rest, rest)
        .done()
}

/// What went wrong, or what it waits for, in few words.
fn told(attempt: &Attempt) -> (String, Meaning) {
    match (&attempt.fault, &attempt.waiting_for) {
        (Some(fault), _) => (
            format!("{}: {}", advice::kind(fault.kind), fault.message),
            Meaning::Bad,
        ),
        (None, Some(what)) if attempt.state.is_open() => (format!("for {what}"), Meaning::Waiting),
        _ => (String::new(), Meaning::Text),
    }
}

fn detail(
    state: &State,
    attempt: &Attempt,
    steps: &[crate::store::Step],
    wide: usize,
) -> Vec<Vec<Span>> {
    let mut page = Page::new("");
    let title = steps::title(state, attempt);
    let named = format!("   {}  {title}", text::cell(&attempt.key));
    summary(&mut page, state, attempt, &named, wide);
    for step in steps {
        steps::short(&mut page, state, step, 2, wide);
    }
    page.lines
}

/// What became of it, and why it was made: the first lines of an attempt wherever it is shown.
pub fn summary(page: &mut Page, state: &State, attempt: &Attempt, named: &str, wide: usize) {
    let (sign, meaning, word) = steps::standing(state.facts.look.signs, attempt.state);
    let begun = ages::ago(state.now, attempt.started_at);
    let said = format!(
        "   {}, began {begun}, took {}{}",
        steps::by(attempt),
        steps::took(state, attempt),
        if attempt.state.is_open() {
            " so far"
        } else {
            ""
        }
    );
    let before = vec![
        (format!("{sign} {word}"), meaning),
        (named.to_owned(), Meaning::Text),
    ];
    page.flow(before, &said, Meaning::Quiet, wide);
    let label = |said: &str| vec![(pad(said, LABEL), Meaning::Quiet)];
    if let Some(what) = attempt
        .waiting_for
        .as_ref()
        .filter(|_| attempt.state.is_open())
    {
        let when = attempt.wake_at.map_or(String::new(), |at| {
            format!("; looked at again {}", ages::said(state.now, at))
        });
        let said = format!("{}{when}", text::cell(what));
        page.flow(label("for"), &said, Meaning::Waiting, wide);
    }
    if let Some(fault) = &attempt.fault {
        let said = format!(
            "{}: {}",
            advice::kind(fault.kind),
            text::cell(&fault.message)
        );
        page.flow(label("fault"), &said, Meaning::Bad, wide);
        page.flow(label("do"), advice::advice(fault.kind), Meaning::Text, wide);
    }
}
