//! The live journal.

use super::pen::Pen;
use super::spot::Spot;
use crate::store::{Entry, Level};
use crate::tui::look::Meaning;
use crate::tui::state::{Pane, State};
use crate::tui::{ages, text};
use ratatui::layout::Rect;

pub fn draw(state: &State, pen: &mut Pen<'_>, title: Option<Rect>, area: Rect) {
    for shown in title.into_iter().chain([area]) {
        pen.spot(shown, Spot::Pane(Pane::Log));
    }
    let journal = &state.data.journal;
    let end = state.log.end(journal);
    if let Some(line) = title {
        let focus = if state.pane == Pane::Log {
            Meaning::Focus
        } else {
            Meaning::Title
        };
        let mut left = vec![(" log ".to_owned(), focus)];
        if state.log.level != Level::Info {
            left.push((format!("{} ", state.log.level_title()), Meaning::Unusual));
        }
        let right = match state.log.anchor {
            None => (" follows ".to_owned(), Meaning::Quiet),
            Some(_) => (
                format!(" {} {} newer ", pen.look.signs.down, journal.newer),
                Meaning::Unusual,
            ),
        };
        pen.rule(line, &left, &[right]);
    }
    let lines = usize::from(area.height);
    let first = end.saturating_sub(lines);
    if end == 0 {
        let said = if state.ready {
            "nothing happened yet"
        } else {
            ""
        };
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            said,
            Meaning::Quiet,
        );
    }
    for (entry, y) in journal.entries[first..end]
        .iter()
        .zip(area.y..area.bottom())
    {
        line(
            state,
            pen,
            entry,
            Rect {
                y,
                height: 1,
                ..area
            },
        );
    }
}

fn line(state: &State, pen: &mut Pen<'_>, entry: &Entry, area: Rect) {
    let zone = state
        .facts
        .names
        .pipeline()
        .map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
    let roomy = area.width >= 70;
    let time = if roomy {
        ages::clock_seconds(entry.at, zone)
    } else {
        ages::clock(entry.at, zone)
    };
    let meaning = match entry.level {
        Level::Debug => Meaning::Quiet,
        Level::Info => Meaning::Text,
        Level::Warning => Meaning::Waiting,
        Level::Alarm => Meaning::Danger,
    };
    let mut x = area.x + 1;
    x += pen.text(x, area.y, area.right() - x, &time, Meaning::Quiet) + 1;
    x += pen.text(
        x,
        area.y,
        area.right().saturating_sub(x),
        pen.look.signs.level(entry.level),
        meaning,
    ) + 1;
    if roomy {
        let source = text::cell(&entry.source);
        pen.text(x, area.y, 14, &source, Meaning::Quiet);
        x += 15;
    }
    let said = text::cell(&entry.text);
    let key = entry
        .key
        .as_deref()
        .filter(|key| !entry.text.contains(*key));
    if let Some(key) = key {
        x += pen.text(
            x,
            area.y,
            area.right().saturating_sub(x),
            &text::cell(key),
            Meaning::Quiet,
        ) + 1;
    }
    pen.text(x, area.y, area.right().saturating_sub(x), &said, meaning);
}
