//! The timeline: events heard, attempts made, columns changed, messages sent.

use super::ShowArgs;
use crate::cli::error::CliError;
use crate::cli::output::Paint;
use crate::model::row::Row;
use crate::model::time::Time;
use crate::store::{
    Attempt, AttemptState, Cause, Change, Event, EventState, Message, MessageState, Step, View,
};
use serde_json::{Value as Json, json};
use std::fmt::Write;

pub(super) enum Happening {
    Event(Event),
    Attempt(Box<Attempt>, Vec<Step>),
    Change(Change),
    Message(Message),
}

/// The newest `args.history` happenings of a row, newest first.
pub(super) fn gather(
    view: &View<'_>,
    row: &Row,
    changes: Vec<Change>,
    args: &ShowArgs,
) -> Result<Vec<Happening>, CliError> {
    let most = args.history;
    let mut story: Vec<Happening> = changes
        .into_iter()
        .take(most)
        .map(Happening::Change)
        .collect();
    for attempt in view.attempts_of(row.id, most)? {
        let steps = view.steps(attempt.id)?;
        story.push(Happening::Attempt(Box::new(attempt), steps));
    }
    story.extend(
        view.events_of(row.id, most)?
            .into_iter()
            .map(Happening::Event),
    );
    let messages = view.messages_of(row.id, most)?;
    story.extend(messages.into_iter().map(Happening::Message));
    story.sort_by_key(|happening| std::cmp::Reverse(happening.at()));
    story.truncate(most);
    Ok(story)
}

impl Happening {
    pub(super) fn at(&self) -> Time {
        match self {
            Self::Event(event) => event.received_at,
            Self::Attempt(attempt, _) => attempt.started_at,
            Self::Change(change) => change.at,
            Self::Message(message) => message.at,
        }
    }

    /// What kind it is, how it looks, and one line about it.
    pub(super) fn line(&self) -> (&'static str, Paint, String) {
        match self {
            Self::Event(event) => {
                let paint = match event.state {
                    EventState::Malformed => Paint::Bad,
                    EventState::Unmatched => Paint::Warn,
                    _ => Paint::Plain,
                };
                let again = match event.repeats {
                    0 => String::new(),
                    times => format!(" (and {times} times again)"),
                };
                (
                    "event",
                    paint,
                    format!("{}: {}{again}", event.intake, event.note),
                )
            }
            Self::Attempt(attempt, _) => {
                let (paint, text) = attempt_line(attempt);
                ("attempt", paint, text)
            }
            Self::Change(change) => (
                "change",
                Paint::Dim,
                format!(
                    "{}: {} → {}{}",
                    change.column,
                    change.old,
                    change.new,
                    caused(&change.cause)
                ),
            ),
            Self::Message(message) => {
                let (state, paint) = match message.state {
                    MessageState::Pending => ("not sent yet", Paint::Plain),
                    MessageState::Sending => ("being sent", Paint::Plain),
                    MessageState::Delivered => ("delivered", Paint::Plain),
                    MessageState::Coalesced => ("went out with another", Paint::Plain),
                    MessageState::Dropped => ("dropped", Paint::Warn),
                    MessageState::Failed => ("failed", Paint::Bad),
                };
                ("message", paint, format!("{} ({state})", message.text))
            }
        }
    }

    pub(super) fn to_json(&self) -> Json {
        match self {
            Self::Event(event) => json!({"event": event}),
            Self::Attempt(attempt, steps) => json!({"attempt": attempt, "steps": steps}),
            Self::Change(change) => json!({"change": {
                "column": change.column,
                "old": change.old.to_json(),
                "new": change.new.to_json(),
                "cause": change.cause,
                "at": change.at,
            }}),
            Self::Message(message) => json!({"message": message}),
        }
    }
}

fn attempt_line(attempt: &Attempt) -> (Paint, String) {
    let (sign, word, paint) = match attempt.state {
        AttemptState::Running => ("…", "running", Paint::Plain),
        AttemptState::Waiting => ("…", "waiting", Paint::Plain),
        AttemptState::Probing => ("…", "outcome unknown, probing", Paint::Warn),
        AttemptState::Done => ("✓", "done", Paint::Good),
        AttemptState::Failed => ("✗", "failed", Paint::Bad),
        AttemptState::Cancelled => ("–", "cancelled", Paint::Dim),
        AttemptState::Unknown => ("?", "outcome unknown", Paint::Bad),
    };
    let mut text = format!("{sign} {} {word}", attempt.rule);
    if attempt.number > 1 {
        let _ = write!(text, ", attempt {}", attempt.number);
    }
    if let Some(step) = &attempt.at_step {
        let _ = write!(text, ", at step {step}");
    }
    if let Some(fault) = &attempt.fault {
        let _ = write!(text, ": {fault}");
    } else if let Some(why) = &attempt.waiting_for {
        let _ = write!(text, ": {why}");
    }
    if let Some(end) = attempt.finished_at {
        let _ = write!(text, " ({})", end.since(attempt.started_at));
    }
    let _ = write!(text, ", asked by {}", attempt.actor);
    (paint, text)
}

fn caused(cause: &Cause) -> String {
    match cause {
        Cause::Schedule | Cause::Retry => String::new(),
        Cause::Event(id) => format!(" (event {})", id.0),
        Cause::Attempt(id) => format!(" (attempt {})", id.0),
        Cause::Command(id) => format!(" (command {})", id.0),
    }
}
