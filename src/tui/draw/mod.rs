//! Frames, from the state and its snapshot alone.

mod answer;
mod attempt;
mod cells;
mod chart;
mod checks;
mod choose;
mod columns;
mod doing;
mod dossier;
mod event;
mod faults;
mod footer;
mod funnel;
mod gates;
mod header;
mod hearing;
mod help;
mod history;
mod inbox;
pub mod layout;
pub mod listing;
mod log;
mod mirrors;
mod page;
mod palette;
mod pen;
pub mod plain;
mod preview;
mod progress;
mod proofs;
mod results;
mod said;
mod services;
mod spark;
pub mod spot;
mod stage_columns;
mod stages;
mod steps;
mod table;
mod timeline;
mod values;
mod waves;

pub use preview::list_size as preview_list;
pub use table::fitting;

use super::look::Meaning;
use super::state::{Mode, Pick, Screen, State};
use listing::Listing;
use page::Page;
use pen::Pen;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
pub use said::notes as act_notes;
use spot::Spot;
pub use stages::word as stage_word;

/// Draws everything.
pub fn draw(state: &State, buffer: &mut Buffer) {
    paint(state, buffer);
}

/// Draws everything, and answers what lies where.
fn paint(state: &State, buffer: &mut Buffer) -> Vec<(Rect, Spot)> {
    let area = buffer.area;
    let mut pen = Pen::new(buffer, &state.facts.look);
    if layout::too_small((area.width, area.height)) {
        too_small(&mut pen, area);
        return Vec::new();
    }
    if let Some(page) = page(state, state.size.0) {
        scrolled(state, &page, &mut pen, area);
    } else if let Some((listing, pick)) = listing(state, state.size.0) {
        listing::draw(&mut pen, area, &listing, pick);
    } else {
        main(state, &mut pen);
    }
    footer::draw(
        state,
        &mut pen,
        Rect::new(0, area.height - 1, area.width, 1),
    );
    match &state.mode {
        Mode::Preview(preview) => preview::draw(state, preview, &mut pen, area),
        Mode::Palette(palette) => palette::draw(state, palette, &mut pen, area),
        Mode::Choose(choose) => choose::draw(choose, &mut pen, area),
        Mode::Columns(columns) => columns::draw(state, columns, &mut pen, area),
        Mode::Browse | Mode::Filter(_) | Mode::Line(..) => {}
    }
    pen.spots
}

/// Lines of the screen on top, when it scrolls as a whole.
pub fn lines(state: &State) -> usize {
    page(state, state.size.0).map_or(0, |page| page.lines.len())
}

/// The screen on top as plain lines under a title; `None` for the main one, which is drawn and not told.
pub fn words(state: &State) -> Option<(String, Vec<String>)> {
    let said = |line: &Vec<pen::Span>| line.iter().map(|(said, _)| said.as_str()).collect();
    let told = match state.screen() {
        Screen::Dossier { row, .. } => {
            let wide = usize::from(state.size.0);
            Some(dossier::page(state, *row, wide, true))
        }
        _ => page(state, state.size.0),
    };
    if let Some(page) = told {
        return Some((page.title, page.lines.iter().map(said).collect()));
    }
    let (listing, _) = listing(state, state.size.0)?;
    let in_sentences = match state.screen() {
        Screen::Checks(_) => checks::told(state),
        Screen::Waves(_) => proofs::told(state),
        _ => None,
    };
    if let Some(lines) = in_sentences {
        return Some((listing.title, lines));
    }
    let lines = if listing.lines.is_empty() {
        vec![listing.empty]
    } else {
        let heading = std::iter::once(&listing.heading);
        let all = heading.chain(&listing.lines).chain(&listing.below);
        all.map(said).collect()
    };
    Some((listing.title, lines))
}

fn page(state: &State, columns: u16) -> Option<Page> {
    let wide = usize::from(columns);
    match state.screen() {
        Screen::Main
        | Screen::Faults(_)
        | Screen::History(_)
        | Screen::Inbox(_)
        | Screen::Waves(_)
        | Screen::Services(_)
        | Screen::Checks(_) => None,
        Screen::Check { .. } => Some(checks::page(state, wide)),
        Screen::Attempt { .. } => Some(attempt::page(state, wide)),
        Screen::Event { .. } => Some(event::page(state, wide)),
        Screen::Progress { .. } => Some(progress::page(state, state.size)),
        Screen::Dossier { row, .. } => Some(dossier::page(state, *row, wide, false)),
        Screen::Help { .. } => Some(help::page(state, wide)),
        Screen::Results { title, rows, .. } => Some(results::page(title, rows, &state.facts.look)),
    }
}

fn listing(state: &State, columns: u16) -> Option<(Listing, &Pick)> {
    let wide = usize::from(columns);
    Some(match state.screen() {
        Screen::Faults(pick) => (faults::listing(state, pick, wide), pick),
        Screen::History(pick) => (history::listing(state, pick, wide), pick),
        Screen::Inbox(pick) => (inbox::listing(state, pick, wide), pick),
        Screen::Waves(pick) => (waves::listing(state, pick, wide), pick),
        Screen::Services(pick) => (services::listing(state, pick, wide), pick),
        Screen::Checks(pick) => (checks::listing(state, pick, wide), pick),
        _ => return None,
    })
}

fn scrolled(state: &State, page: &Page, pen: &mut Pen<'_>, area: Rect) {
    let scroll = state.screen().scroll();
    let body = Rect::new(0, 1, area.width, area.height - 2);
    let shown = usize::from(body.height);
    let first = scroll.min(page.lines.len().saturating_sub(shown));
    let place = if page.lines.len() > shown {
        format!(
            " {}–{} of {} ",
            first + 1,
            (first + shown).min(page.lines.len()),
            page.lines.len()
        )
    } else {
        String::new()
    };
    pen.rule(
        Rect { height: 1, ..area },
        &[(format!(" {} ", page.title), Meaning::Focus)],
        &[(place, Meaning::Quiet)],
    );
    for (line, y) in page.lines.iter().skip(first).zip(body.y..body.bottom()) {
        pen.spans(1, y, area.width.saturating_sub(1), line);
    }
}

fn main(state: &State, pen: &mut Pen<'_>) {
    let areas = state.areas();
    header::draw(state, pen, areas.header);
    if areas.heading.height > 0 {
        table::draw(state, pen, &areas);
    }
    if let Some(area) = areas.strip {
        stages::strip(state, pen, area);
    }
    if let Some(area) = areas.stages {
        stages::draw(state, pen, area);
        if area.width < state.size.0 {
            pen.wall(area.width, area.y, area.height);
        }
    }
    if let Some(area) = areas.log {
        log::draw(state, pen, areas.log_title, area);
    }
}

fn too_small(pen: &mut Pen<'_>, area: Rect) {
    let (wide, high) = layout::SMALLEST;
    let text = format!(
        "drover needs {wide}×{high}; this is {}×{}",
        area.width, area.height
    );
    let lines = super::text::wrap(&text, usize::from(area.width));
    for (line, y) in lines.iter().zip(0..area.height) {
        pen.text(0, y, area.width, line, Meaning::Text);
    }
}
