//! What a screen says, without the screen: for the clipboard and for files.

use super::pen::Span;
use crate::tui::data::Sheet;
use crate::tui::look::Signs;
use crate::tui::state::{Screen, State};

/// Nothing is cut in text that is not shown.
const WIDE: u16 = 1_000;
/// Text for people is broken here.
const READABLE: u16 = 100;

/// The page on top as text; `None` when the screen is no page.
pub fn text(state: &State) -> Option<String> {
    let page = super::page(state, READABLE)?;
    let mut text = format!("{}\n", page.title);
    for line in &page.lines {
        text.push_str(join(line).trim_end());
        text.push('\n');
    }
    Some(text)
}

/// The list on top as a sheet; `None` on the main screen, whose list is longer than what is known here.
pub fn sheet(state: &State) -> Option<Sheet> {
    if let Some((listing, _)) = super::listing(state, WIDE) {
        let heading: Vec<String> = listing.heading.iter().map(cell).collect();
        let lines: Vec<Vec<String>> = listing
            .lines
            .iter()
            .map(|line| line.iter().map(cell).collect())
            .collect();
        let even = lines.iter().all(|line| line.len() == heading.len());
        return Some(if even && !heading.is_empty() {
            Sheet::Lines { heading, lines }
        } else {
            single(&listing.lines)
        });
    }
    if let Screen::Results { rows, .. } = state.screen() {
        let heading = ["key", "done", "note"].map(str::to_owned).into();
        let lines = rows.iter().map(|row| {
            let done = if row.done { "true" } else { "false" };
            vec![row.key.clone(), done.to_owned(), row.note.clone()]
        });
        return Some(Sheet::Lines {
            heading,
            lines: lines.collect(),
        });
    }
    super::page(state, WIDE).map(|page| single(&page.lines))
}

fn single(lines: &[Vec<Span>]) -> Sheet {
    Sheet::Lines {
        heading: vec!["line".into()],
        lines: lines
            .iter()
            .map(|line| vec![join(line).trim_end().to_owned()])
            .collect(),
    }
}

fn join(line: &[Span]) -> String {
    line.iter().map(|(said, _)| said.as_str()).collect()
}

/// Without the spaces that make columns, and without the sign that says nothing is there.
fn cell((said, _): &Span) -> String {
    let said = said.trim();
    if said == Signs::UNICODE.none || said == "–" {
        String::new()
    } else {
        said.to_owned()
    }
}
