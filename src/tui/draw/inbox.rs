//! The screen of the inbox: a line for each event, and what it did.

use super::cells::Cells;
use super::history::{nothing, place};
use super::listing::{Listing, searched, window};
use super::page::{Page, pad};
use super::pen::Span;
use crate::store::{EventHead, EventState};
use crate::tui::data::{EventTopic, Topic, event_word};
use crate::tui::look::{Meaning, Signs};
use crate::tui::state::{Pick, State};
use crate::tui::{ages, text};

/// Columns of a moment, of a state with its sign, of the repeats.
const TIME: usize = 8;
const STATE: usize = 11;
const TIMES: usize = 5;
/// Columns of a label of the detail.
const LABEL: usize = 9;

/// The widths of the columns; 0 leaves one out.
struct Widths {
    intake: usize,
    state: usize,
    key: usize,
    note: usize,
    times: usize,
}

impl Widths {
    fn new(wide: usize) -> Self {
        let room = wide.saturating_sub(2);
        let (intake, state, key, times) = match room {
            0..60 => (room.saturating_sub(TIME + 1 + STATE + 1 + 1), STATE, 0, 0),
            60..100 => (14, STATE, 10, TIMES),
            100..150 => (24, STATE, 12, TIMES),
            _ => (32, STATE, 14, TIMES),
        };
        let taken = TIME + intake + state + key + times + 5;
        Self {
            intake,
            state,
            key,
            note: if room < 60 {
                0
            } else {
                room.saturating_sub(taken + 1)
            },
            times,
        }
    }
}

/// An event's sign, colour and word. What nobody could use stands out.
pub fn standing(signs: &Signs, state: EventState) -> (&'static str, Meaning, &'static str) {
    let (sign, meaning) = match state {
        EventState::New => (signs.active, Meaning::Active),
        EventState::Applied => (signs.yes, Meaning::Done),
        EventState::Ignored => (signs.idle, Meaning::Quiet),
        EventState::Unmatched => (signs.unknown, Meaning::Warning),
        EventState::Malformed => (signs.no, Meaning::Bad),
    };
    (sign, meaning, event_word(state))
}

pub fn listing(state: &State, pick: &Pick, wide: usize) -> Listing {
    let Some(Topic::Inbox(topic)) = state.topic() else {
        return Listing::reading("inbox");
    };
    let widths = Widths::new(wide);
    let entries = &topic.found.entries;
    let shown = window(entries.len(), pick, state.size);
    let chosen = entries.get(pick.at);
    let counts: Vec<String> = COUNTED
        .iter()
        .map(|known| (known, topic.count(None, *known)))
        .filter(|(_, count)| *count > 0)
        .map(|(known, count)| format!("{} {}", text::thousands(count), event_word(*known)))
        .collect();
    let place = place(&topic.found, pick, "events");
    Listing {
        title: searched("inbox", &pick.search),
        aside: if counts.is_empty() {
            place
        } else {
            format!(" {}  {}", counts.join(", "), place.trim_start())
        },
        heading: heading(state, &widths),
        first: shown.start,
        lines: entries[shown]
            .iter()
            .map(|event| line(state, event, &widths))
            .collect(),
        empty: nothing(&topic.found, &pick.search, "nothing was heard yet"),
        detail: chosen.map_or_else(Vec::new, |event| {
            let read = topic.chosen.as_ref();
            let read = read.filter(|known| known.event.as_ref().is_some_and(|e| e.id == event.id));
            let of = |known: &EventState| {
                let count = topic.count(Some(&event.intake), *known);
                (count > 0).then(|| format!("{} {}", text::thousands(count), event_word(*known)))
            };
            let counts: Vec<String> = COUNTED.iter().filter_map(of).collect();
            detail(state, event, read, &counts.join(", "), wide)
        }),
        ..Listing::default()
    }
}

/// In the order in which they are counted: what is wrong first.
const COUNTED: [EventState; 5] = [
    EventState::Malformed,
    EventState::Unmatched,
    EventState::New,
    EventState::Applied,
    EventState::Ignored,
];

fn heading(state: &State, widths: &Widths) -> Vec<Span> {
    let key = state.facts.column_title(&state.facts.shape.key);
    Cells::new(&state.facts.look)
        .put("Time", TIME, Meaning::Heading)
        .put("State", widths.state, Meaning::Heading)
        .put("Intake", widths.intake, Meaning::Heading)
        .put(key, widths.key, Meaning::Heading)
        .put("What it did", widths.note, Meaning::Heading)
        .right("Again", widths.times, Meaning::Heading)
        .done()
}

fn line(state: &State, event: &EventHead, widths: &Widths) -> Vec<Span> {
    let (sign, meaning, word) = standing(state.facts.look.signs, event.state);
    let time = ages::moment(state.now, event.received_at, state.zone());
    let said = match event.state {
        EventState::Ignored => Meaning::Quiet,
        EventState::Unmatched | EventState::Malformed => meaning,
        _ => Meaning::Text,
    };
    let again = if event.repeats > 0 {
        format!("+{}", event.repeats)
    } else {
        String::new()
    };
    Cells::new(&state.facts.look)
        .put(&time, TIME, Meaning::Quiet)
        .put(&format!("{sign} {word}"), widths.state, meaning)
        .put(state.facts.names.intake(&event.intake), widths.intake, said)
        .put(event.key.as_deref().unwrap_or_default(), widths.key, said)
        .put(&did(state, event), widths.note, said)
        .right(&again, widths.times, Meaning::Quiet)
        .done()
}

fn detail(
    state: &State,
    event: &EventHead,
    read: Option<&EventTopic>,
    counts: &str,
    wide: usize,
) -> Vec<Vec<Span>> {
    let mut page = Page::new("");
    summary(&mut page, state, event, wide);
    page.flow(
        vec![(pad("intake", LABEL), Meaning::Quiet)],
        counts,
        Meaning::Quiet,
        wide,
    );
    if let Some(read) = read {
        body(&mut page, read, wide);
    }
    page.lines
}

/// What became of it, and when it was sent: the first lines of an event wherever it is shown.
pub fn summary(page: &mut Page, state: &State, event: &EventHead, wide: usize) {
    let (sign, meaning, word) = standing(state.facts.look.signs, event.state);
    let intake = text::cell(state.facts.names.intake(&event.intake)).into_owned();
    let key = event.key.as_deref().unwrap_or("no row");
    let before = vec![
        (format!("{sign} {word}"), meaning),
        (format!("   {}  {intake}", text::cell(key)), Meaning::Text),
    ];
    let again = match event.repeats {
        0 => String::new(),
        1 => ", once more since".into(),
        more => format!(", {more} times more since"),
    };
    let heard = ages::ago(state.now, event.received_at);
    page.flow(
        before,
        &format!("   heard {heard}{again}"),
        Meaning::Quiet,
        wide,
    );
    let label = |said: &str| vec![(pad(said, LABEL), Meaning::Quiet)];
    let said = did(state, event);
    if !said.is_empty() {
        page.flow(label("did"), &text::cell(&said), meaning, wide);
    }
    let zone = state.zone();
    let sent = match event.sent_at {
        None => format!(
            "heard {}; the sender gave no time",
            ages::full(event.received_at, zone)
        ),
        Some(at) if at > event.received_at => format!(
            "sent {}, which is {} after it was heard: the sender's clock is ahead",
            ages::full(at, zone),
            ages::took(at.since(event.received_at))
        ),
        Some(at) => format!(
            "sent {}, heard {} later",
            ages::full(at, zone),
            ages::took(event.received_at.since(at))
        ),
    };
    page.flow(label("when"), &sent, Meaning::Text, wide);
}

/// What it did: where its note names columns, their titles.
fn did(state: &State, event: &EventHead) -> String {
    let column = |name| state.facts.column(name).map(|known| known.title.as_str());
    let titles: Option<Vec<&str>> = event.note.split(", ").map(column).collect();
    match titles {
        _ if event.state != EventState::Applied => event.note.clone(),
        _ if event.note.is_empty() => "changed nothing".into(),
        Some(titles) => format!("wrote {}", titles.join(", ")),
        None => event.note.clone(),
    }
}

/// What was heard, word for word.
pub fn body(page: &mut Page, event: &EventTopic, wide: usize) {
    if event.body.is_empty() {
        page.line(vec![("  the body is empty".into(), Meaning::Quiet)]);
    }
    for line in &event.body {
        let inner: String = line.chars().take_while(|c| *c == ' ').collect();
        let before = vec![(format!("  {inner}"), Meaning::Text)];
        page.flow(before, &text::cell(line.trim_start()), Meaning::Text, wide);
    }
    if event.is_cut() {
        let said = format!(
            "  only the beginning is shown of {} bytes",
            text::thousands(event.bytes as u64)
        );
        page.line(vec![(said, Meaning::Quiet)]);
    }
}
