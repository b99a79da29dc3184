//! A row's past: attempts with their steps, events, changes; the newest first.

use super::dossier::{cause_said, said};
use super::page::{Page, pad};
use super::pen::Span;
use crate::model::outcome::Outcome;
use crate::model::time::Time;
use crate::store::{Attempt, AttemptState, Change, Event, EventState, Step};
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
    let signs = state.facts.look.signs;
    let (sign, meaning, word) = match attempt.state {
        AttemptState::Running => (signs.active, Meaning::Active, "runs"),
        AttemptState::Waiting => (signs.waiting, Meaning::Waiting, "waits"),
        AttemptState::Probing => (signs.waiting, Meaning::Unusual, "looks whether it landed"),
        AttemptState::Done => (signs.yes, Meaning::Done, "done"),
        AttemptState::Failed => (signs.no, Meaning::Bad, "failed"),
        AttemptState::Cancelled => (signs.none, Meaning::Quiet, "cancelled"),
        AttemptState::Unknown => (signs.unknown, Meaning::Bad, "outcome unknown"),
    };
    let title = text::cell(state.facts.names.rule(&attempt.rule)).into_owned();
    before.push((format!("{sign} {title} {word}"), meaning));
    let mut said = format!(
        "  attempt {}, {}",
        attempt.number,
        cause_said(&attempt.cause)
    );
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
        add_step(page, state, step, wide);
    }
}

fn add_step(page: &mut Page, state: &State, step: &Step, wide: usize) {
    let signs = state.facts.look.signs;
    let (sign, meaning) = match (step.fault.is_some(), step.outcome) {
        (_, Some(Outcome::Unknown)) => (signs.unknown, Meaning::Bad),
        (true, _) => (signs.no, Meaning::Bad),
        (false, Some(Outcome::Done | Outcome::Confirmed)) => (signs.yes, Meaning::Done),
        (false, Some(Outcome::Accepted)) => (signs.waiting, Meaning::Waiting),
        (false, Some(Outcome::Sent) | None) => (signs.active, Meaning::Active),
    };
    let item = step
        .item
        .map_or(String::new(), |item| format!(" {}", item + 1));
    let outcome = match (step.outcome, step.fault.is_some()) {
        (Some(outcome), _) => outcome.word(),
        (None, true) => "failed",
        (None, false) => "",
    };
    let before = vec![
        (" ".repeat(17), Meaning::Text),
        (format!("{sign} "), meaning),
    ];
    let name = text::cell(&step.name);
    page.flow(
        before,
        &format!("{name}{item}  {}  {outcome}", step.action),
        Meaning::Quiet,
        wide,
    );
}

fn add_event(page: &mut Page, state: &State, event: &Event, mut before: Vec<Span>, wide: usize) {
    let signs = state.facts.look.signs;
    let meaning = match event.state {
        EventState::Malformed | EventState::Unmatched => Meaning::Bad,
        EventState::Ignored => Meaning::Quiet,
        EventState::New | EventState::Applied => Meaning::Text,
    };
    before.push((
        format!("{} heard by {}", signs.down, text::cell(&event.intake)),
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
    let value = |value: &crate::model::value::Value| said(state, &value.to_json());
    let told = if change.old.is_null() {
        format!("is {}", value(&change.new))
    } else {
        format!("was {}, is {}", value(&change.old), value(&change.new))
    };
    page.flow(
        before,
        &format!("{told}  {}", cause_said(&change.cause)),
        Meaning::Quiet,
        wide,
    );
}
