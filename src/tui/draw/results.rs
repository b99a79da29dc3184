//! What an act came to, row by row; what was not done first.

use super::page::{Page, pad};
use crate::control::protocol::RowResult;
use crate::tui::look::{Look, Meaning};
use crate::tui::text;

pub fn page(title: &str, rows: &[RowResult], look: &Look) -> Page {
    let mut page = Page::new(title);
    let widest = rows
        .iter()
        .map(|row| text::width(&text::cell(&row.key)))
        .max()
        .unwrap_or(0)
        .min(24);
    let mut sorted: Vec<&RowResult> = rows.iter().collect();
    sorted.sort_by_key(|row| row.done);
    for row in sorted {
        let (sign, meaning) = if row.done {
            (look.signs.yes, Meaning::Done)
        } else {
            (look.signs.no, Meaning::Bad)
        };
        page.line(vec![
            (format!("{sign} "), meaning),
            (
                format!("{}  ", pad(&text::cell(&row.key), widest)),
                Meaning::Text,
            ),
            (
                text::cell(&row.note).into_owned(),
                if row.done {
                    Meaning::Quiet
                } else {
                    Meaning::Text
                },
            ),
        ]);
    }
    page
}
