//! Attempts and their steps as every screen says them: the signs, the words, the lines.

use super::page::Page;
use super::pen::Span;
use crate::model::actor::Actor;
use crate::model::outcome::Outcome;
use crate::model::rule::RuleKind;
use crate::store::{Attempt, AttemptState, Step};
use crate::tui::data::attempt_word;
use crate::tui::look::{Meaning, Signs};
use crate::tui::state::State;
use crate::tui::{ages, text};

/// An attempt's sign, colour and word.
pub fn standing(signs: &Signs, state: AttemptState) -> (&'static str, Meaning, &'static str) {
    let (sign, meaning) = match state {
        AttemptState::Running => (signs.active, Meaning::Active),
        AttemptState::Waiting => (signs.waiting, Meaning::Waiting),
        AttemptState::Probing => (signs.waiting, Meaning::Unusual),
        AttemptState::Done => (signs.yes, Meaning::Done),
        AttemptState::Failed => (signs.no, Meaning::Bad),
        AttemptState::Cancelled => (signs.none, Meaning::Quiet),
        AttemptState::Unknown => (signs.unknown, Meaning::Bad),
    };
    (sign, meaning, attempt_word(state))
}

/// A step's sign, colour and word: what is known of its call, never mixed up.
pub fn outcome(signs: &Signs, step: &Step) -> (&'static str, Meaning, &'static str) {
    match (step.outcome, step.fault.is_some()) {
        (Some(Outcome::Unknown), _) => (signs.unknown, Meaning::Bad, Outcome::Unknown.word()),
        (Some(outcome), true) => (signs.no, Meaning::Bad, outcome.word()),
        (None, true) => (signs.no, Meaning::Bad, "failed"),
        (Some(outcome @ (Outcome::Done | Outcome::Confirmed)), false) => {
            (signs.yes, Meaning::Done, outcome.word())
        }
        (Some(Outcome::Accepted), false) => {
            (signs.waiting, Meaning::Waiting, Outcome::Accepted.word())
        }
        (Some(Outcome::Sent), false) => (signs.active, Meaning::Active, Outcome::Sent.word()),
        (None, false) => (signs.active, Meaning::Active, "not sent"),
    }
}

/// The stage's or ladder's title, with the number of the try or the rung.
pub fn title(state: &State, attempt: &Attempt) -> String {
    let title = text::cell(state.facts.names.rule(&attempt.rule)).into_owned();
    match (attempt.kind, attempt.rung) {
        (RuleKind::Ladder, Some(rung)) => format!("{title}, rung {}", rung + 1),
        _ if attempt.number > 1 => format!("{title}, try {}", attempt.number),
        _ => title,
    }
}

/// Who or what brought it about: a person by name, else the cause.
pub fn by(attempt: &Attempt) -> String {
    match &attempt.actor {
        Actor::Person(name) => format!("by {}", text::cell(name)),
        _ => super::dossier::cause_said(&attempt.cause),
    }
}

/// How long it took; how long so far while it is open.
pub fn took(state: &State, attempt: &Attempt) -> String {
    let end = attempt.finished_at.unwrap_or(state.now);
    ages::took(end.since(attempt.started_at))
}

/// A step on one line: its sign, name and action, and its outcome.
pub fn short(page: &mut Page, state: &State, step: &Step, indent: usize, wide: usize) {
    let (sign, meaning, word) = outcome(state.facts.look.signs, step);
    let before: Vec<Span> = vec![
        (" ".repeat(indent), Meaning::Text),
        (format!("{sign} "), meaning),
    ];
    let said = format!("{}  {}  {word}", name(step), text::cell(&step.action));
    page.flow(before, &said, Meaning::Quiet, wide);
}

/// Its name, with the number of the item where it is done for each of several.
pub fn name(step: &Step) -> String {
    let item = step
        .item
        .map_or(String::new(), |item| format!(" {}", item + 1));
    format!("{}{item}", text::cell(&step.name))
}
