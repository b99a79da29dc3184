//! The screen of one event: what was heard, and what it did.

use super::inbox::{body, summary};
use super::page::{Page, pad};
use super::timeline::change_said;
use crate::store::EventHead;
use crate::tui::data::{EventTopic, Topic};
use crate::tui::look::Meaning;
use crate::tui::state::{Screen, State};
use crate::tui::text;

/// Columns of a label.
const LABEL: usize = 9;

pub fn page(state: &State, wide: usize) -> Page {
    let Screen::Event { id, .. } = state.screen() else {
        return Page::new("event");
    };
    let mut page = Page::new(format!("event {}", id.0));
    let Some(Topic::Event(topic)) = state.topic() else {
        page.line(vec![("reading…".into(), Meaning::Quiet)]);
        return page;
    };
    let Some(event) = topic.event.as_ref().filter(|known| known.id == *id) else {
        let said = format!("there is no event {}", id.0);
        page.line(vec![(said, Meaning::Quiet)]);
        return page;
    };
    let head = EventHead {
        id: event.id,
        intake: event.intake.clone(),
        state: event.state,
        row: event.row,
        key: topic.key.clone(),
        note: event.note.clone(),
        repeats: event.repeats,
        sent_at: event.sent_at,
        received_at: event.received_at,
    };
    page.title = format!(
        "event {}: {}",
        id.0,
        text::cell(state.facts.names.intake(&event.intake))
    );
    summary(&mut page, state, &head, wide);
    let label = |said: &str| vec![(pad(said, LABEL), Meaning::Quiet)];
    page.flow(
        label("mark"),
        &text::cell(&event.dedupe),
        Meaning::Quiet,
        wide,
    );
    changes(&mut page, state, topic, wide);
    page.heading("What was heard");
    body(&mut page, topic, wide);
    page
}

fn changes(page: &mut Page, state: &State, topic: &EventTopic, wide: usize) {
    page.heading("What it changed");
    if topic.changes.is_empty() {
        page.line(vec![("  nothing".into(), Meaning::Quiet)]);
    }
    for change in &topic.changes {
        let title = text::cell(state.facts.column_title(&change.column)).into_owned();
        let before = vec![(
            format!("  {} {title} ", state.facts.look.signs.dot),
            Meaning::Text,
        )];
        page.flow(before, &change_said(state, change), Meaning::Quiet, wide);
    }
}
