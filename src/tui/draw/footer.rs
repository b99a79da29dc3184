//! The last line: a sentence, or the line being typed, or the keys that work here.

use super::pen::{Pen, Span};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::{Filtering, LineFor, Mode, State};
use crate::tui::text;
use crate::tui::update::is_step;
use ratatui::layout::Rect;

pub fn draw(state: &State, pen: &mut Pen<'_>, area: Rect) {
    if let Mode::Filter(filtering) = &state.mode {
        filter(state, pen, area, filtering);
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
    } else if state.greeting {
        greeting(state, pen, area);
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

fn filter(state: &State, pen: &mut Pen<'_>, area: Rect, filtering: &Filtering) {
    let refused = state.flash.as_ref().filter(|flash| flash.bad);
    let next = filtering.next(state).words;
    let (hint, meaning) = match (refused, next.as_slice()) {
        (Some(flash), _) => (flash.text.clone(), Meaning::Bad),
        (None, []) => (
            "words  !not  column:value  stage:  phase:  fault:  wave:  is:  idle:>2h  = SQL".into(),
            Meaning::Quiet,
        ),
        (None, words) => (format!("tab: {}", words.join("  ")), Meaning::Quiet),
    };
    pen.text(area.x + 1, area.y, 1, "/", Meaning::Focus);
    let room = usize::from(area.width).saturating_sub(4);
    let used = typed(pen, area.x + 2, area.y, room as u16, &filtering.line, true);
    let left = room.saturating_sub(used + 3);
    if left >= 12 {
        let hint = whole_words(&text::cell(&hint), left);
        pen.text(
            area.x + 5 + used as u16,
            area.y,
            left as u16,
            &hint,
            meaning,
        );
    }
}

/// As many of the words as fit, none of them cut.
fn whole_words(said: &str, room: usize) -> String {
    if text::width(said) <= room {
        return said.to_owned();
    }
    let mut lines = text::wrap(said, room).into_iter();
    lines.next().unwrap_or_default()
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

/// Keys that are in sight wherever they work, at the end.
const ALWAYS: [Action; 3] = [Action::Palette, Action::Help, Action::Leave];

fn keys(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let keymap = &state.facts.keymap;
    let mut rows: Vec<_> = keymap
        .rows_at(state.place())
        .filter(|row| row.foot.is_some())
        .collect();
    if state.facts.read_only || state.past.is_some() {
        rows.retain(|row| !row.action.acts());
    }
    if state.facts.names.acts().is_empty() {
        rows.retain(|row| row.action != Action::Act);
    }
    // Steps in time come first where there is any, and nowhere else.
    if state.past.is_some() {
        rows.sort_by_key(|row| !is_step(row.action));
    } else {
        rows.retain(|row| !is_step(row.action));
    }
    let doing = super::doing::said(state, pen);
    let always = |action| ALWAYS.iter().position(|known| *known == action);
    rows.sort_by_key(|row| always(row.action).map_or(0, |at| at + 1));
    let parts = rows.iter().filter_map(|row| {
        let key = row.keys.first()?.to_string();
        let foot = row.foot.as_deref()?;
        let part: Vec<Span> = vec![(key, Meaning::Key), (format!(" {foot}"), Meaning::Quiet)];
        Some((always(row.action).is_some(), part))
    });
    let mut parts: Vec<(bool, Vec<Span>)> = parts.collect();
    let wide = |part: &[Span]| {
        part.iter()
            .map(|(said, _)| text::width(said))
            .sum::<usize>()
            + 2
    };
    let taken = doing.as_deref().map_or(0, wide);
    let room = usize::from(area.width).saturating_sub(taken);
    while parts.iter().map(|(_, part)| wide(part)).sum::<usize>() > room {
        // The rows come with the most useful first.
        let least = parts.iter().rposition(|(always, _)| !always);
        match least.or_else(|| parts.len().checked_sub(1)) {
            Some(at) => parts.remove(at),
            None => break,
        };
    }
    let mut x = area.x + 1;
    let parts = parts.into_iter().map(|(_, part)| part);
    for part in doing.into_iter().chain(parts) {
        let room = area.right().saturating_sub(x);
        x += pen.spans(x, area.y, room, &part) + 2;
    }
}

/// The first line of all.
fn greeting(state: &State, pen: &mut Pen<'_>, area: Rect) {
    let key = |action| state.facts.keymap.key_of(action);
    let subject = &state.facts.shape.subject;
    let said = [
        (key(Action::Open), format!("opens a {subject}")),
        (key(Action::Mark), "marks".into()),
        (key(Action::Retry), "retries".into()),
        (key(Action::Palette), "everything by name".into()),
        (key(Action::Help), "help".into()),
    ];
    let mut x = area.x + 1;
    for (key, said) in said {
        let room = area.right().saturating_sub(x);
        let part = [(key, Meaning::Key), (format!(" {said}"), Meaning::Text)];
        let wide: usize = part.iter().map(|(said, _)| text::width(said)).sum();
        if wide <= usize::from(room) {
            x += pen.spans(x, area.y, room, &part) + 3;
        }
    }
}
