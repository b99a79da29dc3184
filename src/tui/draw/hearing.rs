//! The intakes among the services: when each was heard last, and when a poll runs next.

use super::page::{Page, pad};
use super::pen::Span;
use super::services::NAME;
use crate::model::time::Span as Length;
use crate::store::EventState;
use crate::tui::data::{Hearing, Way};
use crate::tui::look::Meaning;
use crate::tui::outlook;
use crate::tui::state::State;
use crate::tui::{ages, text};

/// A poll that is later than this and than a tenth of its rhythm is late: a round takes its time.
const LATE: Length = Length::from_mins(5);

pub fn line(state: &State, hearing: &Hearing, wide: usize) -> Vec<Span> {
    let signs = state.facts.look.signs;
    let (sign, said, meaning) = said(state, hearing);
    let name = text::fit(&text::cell(&hearing.name), NAME - 1, signs.cut).into_owned();
    let room = wide.saturating_sub(NAME + 4);
    vec![
        (format!("{sign} "), meaning),
        (pad(&name, NAME), Meaning::Text),
        (text::fit(&said, room, signs.cut).into_owned(), meaning),
    ]
}

fn said(state: &State, hearing: &Hearing) -> (&'static str, String, Meaning) {
    let signs = state.facts.look.signs;
    let bad = count(hearing, EventState::Malformed);
    let not_understood = if bad > 0 {
        format!("; {bad} not understood")
    } else {
        String::new()
    };
    let meaning = if bad > 0 { Meaning::Bad } else { Meaning::Text };
    match &hearing.way {
        Way::Hook { last_at: None, .. } => (signs.idle, "hook: never heard".into(), Meaning::Quiet),
        Way::Hook {
            last_at: Some(at), ..
        } => {
            let age = ages::short(state.now.since(*at));
            (
                signs.down,
                format!("hook: last heard {age} ago{not_understood}"),
                meaning,
            )
        }
        Way::Poll { last_at: None, .. } => (
            signs.idle,
            "poll: no round ended yet".into(),
            Meaning::Quiet,
        ),
        Way::Poll {
            last_at: Some(at),
            next_at,
            tally,
            ..
        } => {
            let last = ages::short(state.now.since(*at));
            let round = format!(
                "{} read, {} changed",
                text::thousands(tally.read),
                text::thousands(tally.changed)
            );
            let Some(next) = next_at else {
                return (
                    signs.warning,
                    format!("poll: {last} ago ({round}), and never again"),
                    Meaning::Unusual,
                );
            };
            let grace = next.since(*at).times(0.1).max(LATE);
            if state.now.since(*next) > grace {
                let late = ages::short(state.now.since(*next));
                return (
                    signs.warning,
                    format!("poll: {last} ago ({round}); late by {late}"),
                    Meaning::Unusual,
                );
            }
            let next = if *next > state.now {
                format!(
                    "next at {} ({})",
                    ages::clock(*next, outlook::zone(state)),
                    ages::said(state.now, *next)
                )
            } else {
                "due now".into()
            };
            (
                signs.down,
                format!("poll: {last} ago, {next}; {round}{not_understood}"),
                meaning,
            )
        }
    }
}

fn count(hearing: &Hearing, state: EventState) -> u64 {
    let mut events = hearing.events.iter();
    events
        .find(|(known, _)| *known == state)
        .map_or(0, |(_, count)| *count)
}

pub fn detail(state: &State, hearing: &Hearing, wide: usize) -> Vec<Vec<Span>> {
    let mut page = Page::default();
    let mut flow = |before: &str, said: &str, meaning| {
        page.flow(vec![(pad(before, 14), Meaning::Quiet)], said, meaning, wide);
    };
    flow("intake", &text::cell(&hearing.title), Meaning::Text);
    match &hearing.way {
        Way::Hook { path, .. } => flow("listens at", &format!("/hooks/{path}"), Meaning::Text),
        Way::Poll { call, tally, .. } => {
            flow("asks", call, Meaning::Text);
            let counts = [
                (tally.read, "read"),
                (tally.changed, "changed a row"),
                (tally.made, "made a row"),
                (tally.unmatched, "without a row"),
                (tally.malformed, "not understood"),
            ];
            flow("last round", &joined(&counts), Meaning::Text);
        }
    }
    let counts = [
        (count(hearing, EventState::Applied), "applied"),
        (count(hearing, EventState::New), "not looked at yet"),
        (count(hearing, EventState::Ignored), "ignored"),
        (count(hearing, EventState::Unmatched), "without a row"),
        (count(hearing, EventState::Malformed), "not understood"),
    ];
    let kept = joined(&counts);
    flow(
        "kept events",
        if kept.is_empty() { "none" } else { &kept },
        Meaning::Text,
    );
    let pipeline = state.facts.names.pipeline();
    if let Some(intake) = pipeline.and_then(|it| it.intake(&hearing.name)) {
        flow("", &text::cell(&intake.about), Meaning::Quiet);
    }
    page.lines
}

fn joined(counts: &[(u64, &str)]) -> String {
    let counts = counts.iter().filter(|(count, _)| *count > 0);
    let said: Vec<String> = counts
        .map(|(count, what)| format!("{} {what}", text::thousands(*count)))
        .collect();
    said.join(", ")
}
