//! A row's past: attempts with their steps, events, changes; the newest first.

use super::dossier::{cause_said, said};
use super::page::{Page, pad};
use super::pen::Span;
use super::steps;
use crate::model::time::Time;
use crate::store::{Attempt, Change, Event, Step};
use crate::tui::data::Dossier;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};

enum Moment<'a> {
    Attempt(&'a Attempt, &'a [Step]),
    Event(&'a Event),
    Change(&'a Change),
}

pub fn add(page: &mut Page, state: &State, dossier: &Dossier, wide: usize) {
    let mut moments: Vec<(Time, Moment<'_>)> = Vec::new();
    moments.extend(
        dossier
            .attempts
            .iter()
            .map(|(attempt, steps)| (attempt.started_at, Moment::Attempt(attempt, steps))),
    );
    moments.extend(
        dossier
            .events
            .iter()
            .map(|event| (event.received_at, Moment::Event(event))),
    );
    moments.extend(
        dossier
            .changes
            .iter()
            .map(|change| (change.at, Moment::Change(change))),
    );
    moments.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    page.heading("What happened");
    if moments.is_empty() {
        page.line(vec![("  nothing yet".into(), Meaning::Quiet)]);
    }
    for (at, moment) in moments {
        let ago = vec![(
            format!(
                "  {} ",
                pad(&format!("{} ago", ages::short(state.now.since(at))), 12)
            ),
            Meaning::Quiet,
        )];
        match moment {
            Moment::Attempt(attempt, steps) => add_attempt(page, state, attempt, steps, ago, wide),
            Moment::Event(event) => add_event(page, state, event, ago, wide),
            Moment::Change(change) => add_change(page, state, change, ago, wide),
        }
    }
}

fn add_attempt(
    page: &mut Page,
    state: &State,
    attempt: &Attempt,
    steps: &[Step],
    mut before: Vec<Span>,
    wide: usize,
) {
    let (sign, meaning, word) = steps::standing(state.facts.look.signs, attempt.state);
    let title = steps::title(state, attempt);
    before.push((format!("{sign} {title} {word}"), meaning));
    let mut said = format!("  {}", steps::by(attempt));
    if let Some(what) = attempt
        .waiting_for
        .as_ref()
        .filter(|_| attempt.state.is_open())
    {
        said = format!("  for {what}{said}");
    }
    page.flow(before, &said, Meaning::Quiet, wide);
    if let Some(fault) = &attempt.fault {
        page.flow(
            vec![(" ".repeat(17), Meaning::Text)],
            &text::cell(&fault.to_string()),
            Meaning::Bad,
            wide,
        );
    }
    for step in steps {
        steps::short(page, state, step, 17, wide);
    }
}

fn add_event(page: &mut Page, state: &State, event: &Event, mut before: Vec<Span>, wide: usize) {
    let signs = state.facts.look.signs;
    let (_, meaning, word) = super::inbox::standing(signs, event.state);
    before.push((
        format!(
            "{} {word}: heard by {}",
            signs.down,
            text::cell(state.facts.names.intake(&event.intake))
        ),
        meaning,
    ));
    let again = if event.repeats > 0 {
        format!(", {} times more", event.repeats)
    } else {
        String::new()
    };
    page.flow(
        before,
        &format!("  {}{again}", text::cell(&event.note)),
        Meaning::Quiet,
        wide,
    );
}

fn add_change(page: &mut Page, state: &State, change: &Change, mut before: Vec<Span>, wide: usize) {
    let title = text::cell(state.facts.column_title(&change.column)).into_owned();
    before.push((
        format!("{} {title} ", state.facts.look.signs.dot),
        Meaning::Text,
    ));
    let told = change_said(state, change);
    page.flow(
        before,
        &format!("{told}  {}", cause_said(&change.cause)),
        Meaning::Quiet,
        wide,
    );
}

/// What a column was and is.
pub fn change_said(state: &State, change: &Change) -> String {
    let value = |value: &crate::model::value::Value| said(state, &value.to_json());
    if change.old.is_null() {
        format!("is {}", value(&change.new))
    } else {
        format!("was {}, is {}", value(&change.old), value(&change.new))
    }
}
