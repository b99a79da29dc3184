//! The live journal.

use super::pen::{Pen, Span};
use super::spot::Spot;
use crate::store::{Entry, Level};
use crate::tui::data::seek_words;
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
    let focused = state.pane == Pane::Log;
    if let Some(line) = title {
        let focus = if focused {
            Meaning::Focus
        } else {
            Meaning::Title
        };
        let mut left = vec![(" log ".to_owned(), focus)];
        if state.log.level != Level::Info {
            left.push((format!("{} ", state.log.level_title()), Meaning::Unusual));
        }
        if let Some(row) = state.log_row() {
            let key = state.key_of(row).unwrap_or("the row under the cursor");
            left.push((format!("of {} ", text::cell(key)), Meaning::Unusual));
        }
        if !state.log.search.is_empty() {
            left.push((
                format!("/{} ", text::cell(&state.log.search)),
                Meaning::Unusual,
            ));
        }
        let right = match state.log.anchor {
            None => (" follows ".to_owned(), Meaning::Quiet),
            Some(_) if state.log.seek.is_some() => (" searching ".into(), Meaning::Unusual),
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
        let said = match (state.ready, state.log.of_row) {
            (false, _) => "",
            (true, true) => "nothing is said of this row",
            (true, false) => "nothing happened yet",
        };
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            said,
            Meaning::Quiet,
        );
    }
    // Near the beginning of the log there are entries below the cursor's.
    let last = (first + lines).min(journal.entries.len());
    let words = seek_words(&state.log.search);
    for (at, y) in (first..last).zip(area.y..area.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..area
        };
        line(state, pen, &journal.entries[at], &words, row);
        if focused && at + 1 == end {
            pen.text(row.x, y, 1, pen.look.signs.cursor, Meaning::Focus);
            pen.cursor_line(row);
        }
    }
}

/// A text in pieces, those that are searched for apart.
fn marked(said: &str, words: &[String], meaning: Meaning) -> Vec<Span> {
    let small = said.to_ascii_lowercase();
    let mut spans: Vec<Span> = Vec::new();
    let mut at = 0;
    while at < said.len() {
        let rest = &small[at..];
        let hits = words.iter().filter(|word| !word.is_empty());
        let next = hits
            .filter_map(|word| Some((rest.find(word.as_str())?, word.len())))
            .min();
        let (before, long) = next.unwrap_or((rest.len(), 0));
        if before > 0 {
            spans.push((said[at..at + before].to_owned(), meaning));
        }
        if long > 0 {
            spans.push((
                said[at + before..at + before + long].to_owned(),
                Meaning::Mark,
            ));
        }
        at += before + long;
    }
    spans
}

fn line(state: &State, pen: &mut Pen<'_>, entry: &Entry, words: &[String], area: Rect) {
    let zone = state.zone();
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
    let room = area.right().saturating_sub(x);
    if words.is_empty() {
        pen.text(x, area.y, room, &said, meaning);
    } else {
        pen.spans(x, area.y, room, &marked(&said, words, meaning));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_stands_apart_and_nothing_is_lost() {
        let words = ["jamf".to_owned(), "é".to_owned()];
        let spans = marked("Left Jamf, é JAMF", &words, Meaning::Text);
        let hits: Vec<&str> = spans
            .iter()
            .filter(|(_, m)| *m == Meaning::Mark)
            .map(|(s, _)| s.as_str())
            .collect();
        assert_eq!(hits, ["Jamf", "é", "JAMF"]);
        let whole: String = spans.iter().map(|(said, _)| said.as_str()).collect();
        assert_eq!(whole, "Left Jamf, é JAMF");
    }
}
