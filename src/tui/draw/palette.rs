//! The command palette: a line, and below it what matches.

use super::page::pad;
use super::pen::{Pen, Span};
use crate::tui::look::Meaning;
use crate::tui::state::{Entry, Palette, State};
use crate::tui::text;
use ratatui::layout::Rect;

/// It is no wider and no higher than this, so that it stays one look.
const WIDEST: u16 = 104;
const HIGHEST: u16 = 26;
/// Columns that a name gets when there is something to say of it.
const NAME: usize = 36;

/// A line of the list.
enum Line<'a> {
    Heading(&'static str),
    Entry(usize, &'a Entry),
}

pub fn draw(state: &State, palette: &Palette, pen: &mut Pen<'_>, area: Rect) {
    let shown = palette.shown();
    let typed = !palette.line.value().trim().is_empty();
    let area = place(area);
    let title = if typed {
        format!(
            "palette: {}",
            text::count(shown.len(), "match").replace("matchs", "matches")
        )
    } else {
        "palette".to_owned()
    };
    pen.band(area);
    pen.frame(area, &title, Meaning::Title);
    let inside = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width - 4,
        height: area.height - 2,
    };
    pen.text(inside.x, inside.y, 1, ":", Meaning::Focus);
    super::footer::typed(
        pen,
        inside.x + 2,
        inside.y,
        inside.width - 2,
        &palette.line,
        true,
    );
    if !typed {
        let hint = "type a few letters of what you want, or a key of a row";
        pen.text(
            inside.x + 4,
            inside.y,
            inside.width.saturating_sub(4),
            hint,
            Meaning::Quiet,
        );
    }
    let list = Rect {
        y: inside.y + 1,
        height: inside.height - 1,
        ..inside
    };
    if shown.is_empty() {
        let subject = &state.facts.shape.subject;
        let none = format!("no {subject} and nothing here is called so");
        let room = list.width.saturating_sub(2);
        pen.text(list.x + 2, list.y, room, &none, Meaning::Quiet);
    }
    listed(pen, list, &lines(&shown, typed), palette.at);
}

/// The part of the list that has the cursor in it.
fn listed(pen: &mut Pen<'_>, list: Rect, lines: &[Line<'_>], chosen: usize) {
    let is_chosen = |line: &Line<'_>| matches!(line, Line::Entry(at, _) if *at == chosen);
    let at = lines.iter().position(is_chosen).unwrap_or(0);
    let first = first(at, lines.len(), usize::from(list.height));
    for (line, y) in lines.iter().skip(first).zip(list.y..list.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..list
        };
        match line {
            Line::Heading(title) => {
                pen.text(row.x, y, row.width, title, Meaning::Heading);
            }
            Line::Entry(at, entry) => {
                one(pen, row, entry);
                if *at == chosen {
                    pen.text(row.x, y, 1, pen.look.signs.cursor, Meaning::Focus);
                    pen.cursor_line(row);
                }
            }
        }
    }
}

fn place(area: Rect) -> Rect {
    let width = area.width.min(WIDEST);
    // The header stays in sight.
    let height = area.height.saturating_sub(3).min(HIGHEST);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + 2,
        width,
        height,
    }
}

/// The first line shown, so that the chosen one is in sight with its heading.
fn first(at: usize, count: usize, high: usize) -> usize {
    let high = high.max(1);
    (at + 2)
        .saturating_sub(high)
        .min(count.saturating_sub(high))
}

fn lines<'a>(shown: &[&'a Entry], typed: bool) -> Vec<Line<'a>> {
    let mut lines = Vec::new();
    let mut group = None;
    for (at, entry) in shown.iter().enumerate() {
        if !typed && group != Some(entry.group) {
            group = Some(entry.group);
            lines.push(Line::Heading(entry.group.title()));
        }
        lines.push(Line::Entry(at, entry));
    }
    lines
}

fn one(pen: &mut Pen<'_>, row: Rect, entry: &Entry) {
    let cut = pen.look.signs.cut;
    let meaning = if entry.off.is_some() {
        Meaning::Quiet
    } else {
        Meaning::Text
    };
    let (aside, aside_meaning) = match entry.off {
        Some(why) => (format!("{} {why}", pen.look.signs.no), Meaning::Quiet),
        None => (entry.key.clone(), Meaning::Key),
    };
    let wide = usize::from(row.width);
    let used = text::width(&aside);
    let room = wide.saturating_sub(used + 4);
    let name_room = if room > NAME + 12 {
        NAME.max(text::width(&entry.name)).min(room)
    } else {
        room
    };
    let name = text::fit(&entry.name, name_room, cut).into_owned();
    let mut spans: Vec<Span> = vec![(pad(&name, name_room), meaning)];
    let left = room.saturating_sub(name_room + 2);
    if left > 8 {
        let about = text::fit(&entry.about, left, cut).into_owned();
        spans.push((format!("  {about}"), Meaning::Quiet));
    }
    pen.spans(row.x + 2, row.y, row.width.saturating_sub(2), &spans);
    pen.right(row.x, row.y, row.width, &aside, aside_meaning);
}
