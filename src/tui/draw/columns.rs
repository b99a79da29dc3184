//! The column chooser, at the side, so that the table behind it shows what is chosen.

use super::pen::{Pen, Span};
use crate::tui::look::Meaning;
use crate::tui::state::{Column, Columns, State};
use crate::tui::text;
use ratatui::layout::Rect;

const WIDE: u16 = 38;

pub fn draw(state: &State, columns: &Columns, pen: &mut Pen<'_>, area: Rect) {
    let width = area.width.min(WIDE);
    let height = area.height.saturating_sub(1);
    let area = Rect {
        x: area.right() - width,
        y: area.y,
        width,
        height: height.min(columns.all.len() as u16 + 3),
    };
    let shown = columns.all.iter().filter(|(_, shown)| *shown).count();
    let title = format!("columns: {shown} of {}", columns.all.len());
    pen.frame(area, &title, Meaning::Title);
    let fit = super::table::fitting(state);
    let missing = columns
        .all
        .iter()
        .filter(|(column, shown)| *shown && !fit.contains(column))
        .count();
    let inside = Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: width - 4,
        height: area.height.saturating_sub(3),
    };
    let high = usize::from(inside.height).max(1);
    let first = (columns.at + 1).saturating_sub(high);
    let rows = columns.all.iter().enumerate().skip(first);
    for ((at, (column, shown)), y) in rows.zip(inside.y..inside.bottom()) {
        let row = Rect {
            y,
            height: 1,
            ..inside
        };
        one(state, pen, row, (*column, *shown, fit.contains(column)));
        if at == columns.at {
            pen.text(row.x, y, 1, pen.look.signs.cursor, Meaning::Focus);
            pen.cursor_line(row);
        }
    }
    let said = match missing {
        0 => "all of them fit this width".to_owned(),
        _ => format!("{missing} not in sight: no room"),
    };
    let y = area.bottom().saturating_sub(2);
    pen.text(inside.x, y, inside.width, &said, Meaning::Quiet);
}

fn one(state: &State, pen: &mut Pen<'_>, row: Rect, (column, shown, fits): (Column, bool, bool)) {
    let signs = pen.look.signs;
    let (sign, meaning) = if shown {
        (signs.yes, Meaning::Text)
    } else {
        (" ", Meaning::Quiet)
    };
    let title = text::cell(column.title(&state.facts)).into_owned();
    let aside = match (column, shown && !fits) {
        (_, true) => "no room",
        (Column::Key, _) => "always",
        (Column::Waits, _) => "the rest",
        _ => "",
    };
    let room = usize::from(row.width).saturating_sub(text::width(aside) + 5);
    let title = text::fit(&title, room, signs.cut).into_owned();
    let spans: Vec<Span> = vec![(format!("{sign} "), Meaning::Done), (title, meaning)];
    pen.spans(row.x + 2, row.y, row.width.saturating_sub(2), &spans);
    pen.right(row.x, row.y, row.width, aside, Meaning::Quiet);
}
