//! Every gate explained tick by cross, and how far each ladder has come.

use super::dossier::{hold_said, said};
use super::page::Page;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::store::{
    Attempt, AttemptState, Explained, HoldKind, Judged, Met, QueueState, Queued, Step,
};
use crate::tui::data::Dossier;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// The stages, or the ladders, in the pipeline's order.
pub fn add(page: &mut Page, state: &State, dossier: &Dossier, kind: RuleKind, wide: usize) {
    let signs = state.facts.look.signs;
    let heading = match kind {
        RuleKind::Stage => "Stages",
        RuleKind::Ladder => "Ladders",
    };
    let mut any = false;
    for rule in dossier.explained.iter().filter(|rule| rule.kind == kind) {
        if !any {
            page.heading(heading);
            any = true;
        }
        let title = text::cell(state.facts.names.rule(&rule.rule)).into_owned();
        let (word, meaning) = stands(state, dossier, rule);
        page.line(vec![
            (format!("  {title}"), Meaning::Text),
            (format!("  {word}"), meaning),
        ]);
        // A ladder that nothing is stuck on says so in one line.
        if kind == RuleKind::Ladder && rule.queued.is_none() {
            continue;
        }
        // Only the last thing missing stands out: a row waits for that, not for stages far off or long past.
        let missing = rule
            .conditions
            .iter()
            .filter(|judged| judged.met != Met::Yes)
            .count();
        for judged in &rule.conditions {
            let meaning = match judged.met {
                Met::Yes => Meaning::Done,
                Met::No if missing > 1 => Meaning::Quiet,
                Met::No => Meaning::Waiting,
                Met::Unknown => Meaning::Unusual,
            };
            let before = vec![
                (format!("    {} ", signs.met(judged.met)), meaning),
                (text::cell(&judged.title).into_owned(), Meaning::Text),
            ];
            let said = detail(state, judged);
            if said.is_empty() || judged.met == Met::Yes {
                page.line(before);
            } else {
                page.flow(before, &format!(" — {said}"), Meaning::Quiet, wide);
            }
        }
        if kind == RuleKind::Ladder {
            rungs(page, state, dossier, &rule.rule);
        }
    }
}

/// Where the row stands in one rule, in a few words.
fn stands(state: &State, dossier: &Dossier, rule: &Explained) -> (String, Meaning) {
    if let Some(hold) = &rule.hold {
        let (_, meaning, _) = hold_said(state, hold);
        let word = match hold.kind {
            HoldKind::BackingOff => "tried again later",
            HoldKind::Parked => "parked",
            HoldKind::Held => "held",
            HoldKind::Skipped => "skipped",
        };
        return (word.into(), meaning);
    }
    if let Some(queued) = &rule.queued {
        return in_queue(state, queued);
    }
    let last = dossier
        .attempts
        .iter()
        .map(|(attempt, _)| attempt)
        .find(|attempt| attempt.rule == rule.rule);
    if let Some(done) =
        last.filter(|last| last.state == AttemptState::Done && rule.kind == RuleKind::Stage)
    {
        let at = done.finished_at.unwrap_or(done.started_at);
        return (
            format!(
                "{} done {}",
                state.facts.look.signs.yes,
                ages::said(state.now, at)
            ),
            Meaning::Done,
        );
    }
    let unmet: Vec<&str> = rule
        .conditions
        .iter()
        .filter(|c| c.met != Met::Yes)
        .map(|c| c.title.as_str())
        .collect();
    match (rule.kind, unmet.as_slice()) {
        (_, []) if state.past.is_some() => ("its gate held".into(), Meaning::Active),
        (_, []) => ("about to be queued".into(), Meaning::Active),
        (RuleKind::Ladder, _) => ("not stuck".into(), Meaning::Quiet),
        (RuleKind::Stage, [only]) => (format!("waiting for: {only}"), Meaning::Waiting),
        (RuleKind::Stage, [first, rest @ ..]) => (
            format!("waiting for: {first}, and {} more", rest.len()),
            Meaning::Quiet,
        ),
    }
}

fn in_queue(state: &State, queued: &Queued) -> (String, Meaning) {
    let due = queued.due.filter(|due| *due > state.now);
    match (queued.state, due) {
        (QueueState::Running, _) => ("runs".into(), Meaning::Active),
        (QueueState::Waiting, _) => ("waits for the outside".into(), Meaning::Waiting),
        (_, Some(due)) => (
            format!("due {}", ages::said(state.now, due)),
            Meaning::Waiting,
        ),
        (_, None) => {
            if let Some((window, Some(opens))) =
                state.facts.names.shut_until(&queued.rule, state.now)
            {
                let opens = ages::said(state.now, opens);
                return (
                    format!("waits for the window {}, {opens}", window.name),
                    Meaning::Waiting,
                );
            }
            let since = ages::short(state.now.since(queued.since));
            (format!("its turn, for {since}"), Meaning::Active)
        }
    }
}

/// What a condition reads: `Team is "No team", for 14m`.
fn detail(state: &State, judged: &Judged) -> String {
    let title = |name: &str| state.facts.column_title(name).to_owned();
    let never: Vec<String> = judged
        .reads
        .iter()
        .filter(|(_, value)| value.is_null())
        .map(|(name, _)| title(name))
        .collect();
    if judged.met == Met::Unknown && !never.is_empty() {
        return format!("unknown: {} was never read", never.join(", "));
    }
    let moment = |value: &Json| value.as_str().is_some_and(|text| Time::parse(text).is_ok());
    let mut parts: Vec<String> = judged
        .reads
        .iter()
        .map(|(name, value)| {
            format!(
                "{}{}{}",
                title(name),
                if moment(value) { " " } else { " is " },
                said(state, value)
            )
        })
        .collect();
    let moments = judged.reads.iter().all(|(_, value)| moment(value));
    if let Some(due) = judged.due.filter(|due| *due > state.now) {
        parts.push(format!("due {}", ages::said(state.now, due)));
    } else if let Some(since) = judged.since.filter(|_| !moments) {
        parts.push(format!("for {}", ages::short(state.now.since(since))));
    }
    parts.join(", ")
}

/// Which remedies were tried, and what comes next.
fn rungs(page: &mut Page, state: &State, dossier: &Dossier, ladder: &str) {
    let pipeline = state.facts.names.pipeline();
    let Some(ladder) = pipeline.and_then(|pipeline| pipeline.ladder(ladder)) else {
        return;
    };
    let signs = state.facts.look.signs;
    let mut next = true;
    for (at, rung) in ladder.rungs.iter().enumerate() {
        let of = |(attempt, _): &&(Attempt, Vec<Step>)| {
            attempt.rule == ladder.name
                && attempt.rung == Some(at)
                && attempt.state != AttemptState::Cancelled
        };
        let tried = dossier.attempts.iter().filter(of).count() as u32;
        let used_up = tried >= rung.limit;
        let (sign, meaning) = match (used_up, next) {
            (true, _) => (signs.yes, Meaning::Quiet),
            (false, true) => (signs.active, Meaning::Active),
            (false, false) => (signs.none, Meaning::Quiet),
        };
        next &= used_up;
        let title = if rung.title.is_empty() {
            rung.step.name.as_str()
        } else {
            rung.title.as_str()
        };
        page.line(vec![
            (format!("      {sign} "), meaning),
            (format!("{title}, tried {tried} of {}", rung.limit), meaning),
        ]);
    }
}
