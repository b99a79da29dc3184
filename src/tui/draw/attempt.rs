//! The screen of one attempt: all that was sent and all that came back.

use super::history::summary;
use super::page::{Page, pad};
use super::steps;
use crate::model::actor::Actor;
use crate::store::{Attempt, AttemptId};
use crate::tui::data::{Call, Exchange, Topic};
use crate::tui::look::Meaning;
use crate::tui::state::{Screen, State};
use crate::tui::{advice, ages, text};

/// Columns of a label.
const LABEL: usize = 9;

pub fn page(state: &State, wide: usize) -> Page {
    let Screen::Attempt { id, .. } = state.screen() else {
        return Page::new("attempt");
    };
    let mut page = Page::new(format!("attempt {}", id.0));
    let Some(Topic::Attempt(topic)) = state.topic() else {
        page.line(vec![("reading…".into(), Meaning::Quiet)]);
        return page;
    };
    match topic.attempt.as_ref().filter(|known| known.id == *id) {
        Some(attempt) => {
            page.title = format!(
                "attempt {}: {}, {}",
                id.0,
                text::cell(&attempt.key),
                steps::title(state, attempt)
            );
            whole(&mut page, state, attempt, &topic.steps, wide);
        }
        None => page.line(vec![(
            missing(topic.attempt.is_some(), *id),
            Meaning::Quiet,
        )]),
    }
    page
}

fn missing(other: bool, id: AttemptId) -> String {
    if other {
        "reading…".into()
    } else {
        format!("there is no attempt {}", id.0)
    }
}

fn whole(page: &mut Page, state: &State, attempt: &Attempt, calls: &[Call], wide: usize) {
    summary(page, state, attempt, "", wide);
    let zone = state.zone();
    let label = |said: &str| vec![(pad(said, LABEL), Meaning::Quiet)];
    let ended = attempt.finished_at.map_or(String::new(), |at| {
        format!(", ended {}", ages::full(at, zone))
    });
    let said = format!("began {}{ended}", ages::full(attempt.started_at, zone));
    page.flow(label("when"), &said, Meaning::Text, wide);
    if attempt.actor != Actor::Engine {
        let said = format!(
            "{}, asked by {}",
            super::dossier::cause_said(&attempt.cause),
            text::cell(&attempt.actor.to_string())
        );
        page.flow(label("why"), &said, Meaning::Text, wide);
    }
    if let Some(earlier) = attempt.resumes {
        let from = attempt.start_at.as_deref().map_or(String::new(), |step| {
            format!(", from its step {}", text::cell(step))
        });
        let said = format!("goes on from attempt {}{from}", earlier.0);
        page.flow(label("resumes"), &said, Meaning::Text, wide);
    } else if let Some(step) = &attempt.start_at {
        let said = format!("starts at step {}", text::cell(step));
        page.flow(label("resumes"), &said, Meaning::Text, wide);
    }
    if calls.is_empty() {
        page.heading("Steps");
        page.line(vec![("  nothing was called".into(), Meaning::Quiet)]);
    }
    if calls.len() > 1 {
        page.heading("Steps");
        for call in calls {
            steps::short(page, state, &call.step, 2, wide);
        }
    }
    for (at, call) in calls.iter().enumerate() {
        if at == 0 {
            page.heading("What was sent and what came back");
        } else {
            page.line(Vec::new());
        }
        add_call(page, state, call, wide);
    }
}

fn add_call(page: &mut Page, state: &State, call: &Call, wide: usize) {
    let step = &call.step;
    let (sign, meaning, word) = steps::outcome(state.facts.look.signs, step);
    let nature = if step.mutates { "changes" } else { "reads" };
    let took = step.finished_at.map_or("no end yet".to_owned(), |end| {
        ages::took(end.since(step.started_at))
    });
    page.flow(
        vec![
            (format!("{sign} {word}"), meaning),
            (
                format!("   {}  {}", steps::name(step), text::cell(&step.action)),
                Meaning::Text,
            ),
        ],
        &format!("   {nature}, {took}, operation {}", text::cell(&step.op)),
        Meaning::Quiet,
        wide,
    );
    if let Some(fault) = &step.fault {
        let said = format!(
            "{}: {}",
            advice::kind(fault.kind),
            text::cell(&fault.message)
        );
        let before = vec![("    ".into(), Meaning::Text)];
        page.flow(before, &said, Meaning::Bad, wide);
    }
    body(page, "with", &call.input, wide);
    for exchange in &call.exchanges {
        add_exchange(page, exchange, wide);
    }
}

fn add_exchange(page: &mut Page, exchange: &Exchange, wide: usize) {
    let took = exchange
        .took_ms
        .map_or(String::new(), |took| format!(" in {took} ms"));
    let (status, meaning) = match exchange.status {
        Some(status @ 200..400) => (status.to_string(), Meaning::Done),
        Some(status) => (status.to_string(), Meaning::Bad),
        None => ("no answer".into(), Meaning::Bad),
    };
    let line = text::cell(&exchange.line);
    let (method, path) = line.split_once(' ').unwrap_or(("", &line));
    let before = vec![
        ("    ".into(), Meaning::Text),
        (format!("{status}{took}  "), meaning),
        (format!("{method} "), Meaning::Key),
    ];
    page.flow(before, path, Meaning::Text, wide);
    body(page, "sent", &exchange.request, wide);
    body(page, "came", &exchange.reply, wide);
}

/// A body under its name; the later lines stand where the first does.
fn body(page: &mut Page, name: &str, lines: &[String], wide: usize) {
    for (at, line) in lines.iter().enumerate() {
        let label = if at == 0 { name } else { "" };
        let inner: String = line.chars().take_while(|c| *c == ' ').collect();
        let before = vec![
            (format!("    {}", pad(label, 6)), Meaning::Quiet),
            (inner, Meaning::Text),
        ];
        page.flow(before, &text::cell(line.trim_start()), Meaning::Text, wide);
    }
}
