//! The last line: a sentence, or the line being typed, or the keys that work here.

use super::pen::{Pen, Span};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::{LineFor, Mode, State};
use crate::tui::text;
use ratatui::layout::Rect;

pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    if let Mode::Filter(line) = &state.mode {
        filter(state, pen, area, line);
    } else if let Mode::Line(what, line) = &state.mode {
        asked(state, pen, area, what, line);
    } else if let Some(flash) = &state.flash {
        let (sign, meaning) = if flash.bad {
            (pen.look.signs.no, Meaning::Bad)
        } else {
            (pen.look.signs.active, Meaning::Text)
        };
        pen.text(
            area.x + 1,
            area.y,
            area.width.saturating_sub(1),
            &format!("{sign} {}", text::cell(&flash.text)),
            meaning,
        );
    } else {
        keys(state, pen, area);
    }
}

/// A line with what it is for before it, and what may be typed, or why it was refused, behind it.
fn asked(state: &State, pen: &mut Pen<'_>, area: Rect, what: &LineFor, line: &tui_input::Input) {
    let used = pen.text(area.x + 1, area.y, area.width, prompt(what), Meaning::Focus);
    let (x, room) = (area.x + 1 + used, area.width.saturating_sub(used + 2));
    let used = typed(pen, x, area.y, room, line, true) as u16;
    let left = room.saturating_sub(used + 3);
    let refused = state.flash.as_ref().filter(|flash| flash.bad);
    let (said, meaning) = match (refused, what) {
        (Some(flash), _) => (flash.text.as_str(), Meaning::Bad),
        (None, LineFor::Export) => (
            ".json makes JSON; ! at the end replaces a file",
            Meaning::Quiet,
        ),
        (None, _) => return,
    };
    if left >= 12 {
        pen.text(x + used + 3, area.y, left, &text::cell(said), meaning);
    }
}

fn prompt(what: &LineFor) -> &'static str {
    match what {
        LineFor::LogSearch | LineFor::PickSearch => "/",
        LineFor::Export => "write to: ",
        LineFor::SaveView => "keep this view as: ",
    }
}

fn filter(state: &State, pen: &mut Pen<'_>, area: Rect, line: &tui_input::Input) {
    let refused = state.flash.as_ref().filter(|flash| flash.bad);
    let hint = refused.map_or(
        "words, !not, column:value, phase:…, idle:>2h, or = SQL",
        |flash| flash.text.as_str(),
    );
    let meaning = if refused.is_some() {
        Meaning::Bad
    } else {
        Meaning::Quiet
    };
    pen.text(area.x + 1, area.y, 1, "/", Meaning::Focus);
    let room = usize::from(area.width).saturating_sub(4);
    let used = typed(pen, area.x + 2, area.y, room as u16, line, true);
    let left = room.saturating_sub(used + 3);
    if left >= 12 {
        pen.text(area.x + 5 + used as u16, area.y, left as u16, hint, meaning);
    }
}

/// A line being typed, scrolled so that the caret is in sight. Answers the columns it takes.
pub fn typed(
    pen: &mut Pen<'_>,
    x: u16,
    y: u16,
    room: u16,
    line: &tui_input::Input,
    caret: bool,
) -> usize {
    let room = usize::from(room.max(2)) - 1;
    let value = text::cell(line.value());
    let before: String = line.value().chars().take(line.cursor()).collect();
    let at = text::width(&text::cell(&before));
    // Whole characters are left out at the front until the caret fits.
    let (mut skipped, mut start) = (0, 0);
    for (byte, c) in value.char_indices() {
        if at - skipped <= room {
            break;
        }
        skipped += text::width(c.encode_utf8(&mut [0; 4]));
        start = byte + c.len_utf8();
    }
    let shown = text::fit(&value[start..], room, "").into_owned();
    let used = pen.text(x, y, room as u16, &shown, Meaning::Text);
    if caret {
        pen.caret(x + at.saturating_sub(skipped) as u16, y);
    }
    usize::from(used)
}

fn keys(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let mut rows: Vec<_> = state
        .facts
        .keymap
        .rows_at(state.place())
        .filter(|row| row.foot.is_some())
        .collect();
    // The ways out and help are always in sight, at the end.
    rows.sort_by_key(|row| (row.action == Action::Help, row.action == Action::Leave));
    if state.facts.read_only {
        rows.retain(|row| {
            !matches!(
                row.action,
                Action::Retry | Action::Hold | Action::Release | Action::Refresh | Action::Stop
            )
        });
    }
    let mut parts: Vec<Vec<Span>> = rows
        .iter()
        .filter_map(|row| {
            let key = row.keys.first()?.to_string();
            Some(vec![
                (key, Meaning::Key),
                (format!(" {}", row.foot.as_deref()?), Meaning::Quiet),
            ])
        })
        .collect();
    let wide = |part: &[Span]| {
        part.iter()
            .map(|(said, _)| text::width(said))
            .sum::<usize>()
            + 2
    };
    while parts.len() > 2
        && parts.iter().map(|part| wide(part)).sum::<usize>() > usize::from(area.width)
    {
        parts.remove(parts.len() - 3);
    }
    let mut x = area.x + 1;
    for part in parts {
        let room = area.right().saturating_sub(x);
        x += pen.spans(x, area.y, room, &part) + 2;
    }
}
