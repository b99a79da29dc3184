//! Every gate explained tick by cross, and how far each ladder has come.

use super::dossier::{hold_said, said};
use super::page::Page;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::store::{
    Attempt, AttemptState, Explained, Hold, HoldKind, Judged, Met, QueueState, Queued, Step,
};
use crate::tui::data::{Dossier, Stand, WaitKind, nearest};
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// How much of a rule is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Much {
    /// Where the row stands, in a line.
    Line,
    /// Only the conditions that are missing.
    Missing,
    Whole,
}

/// The gates as far as they matter now: whole where the row stands and where it gets next, short elsewhere.
pub fn add(page: &mut Page, state: &State, dossier: &Dossier, (wide, told): (usize, bool)) {
    let of = |kind| dossier.explained.iter().filter(move |one| one.kind == kind);
    page.heading("Stages");
    if let Some(line) = page.lines.last_mut().filter(|_| !told) {
        let key = state.facts.keymap.key_of(Action::Bottom);
        line.push((format!("   {key}: every condition"), Meaning::Quiet));
    }
    let at_a_condition = dossier
        .answer
        .as_ref()
        .is_none_or(|answer| answer.waits.kind == WaitKind::Condition);
    let nearest = nearest(&dossier.explained).filter(|_| at_a_condition);
    let nearest = nearest.map(|rule| rule.rule.as_str());
    for rule in of(RuleKind::Stage) {
        let much = if waits_for_time(state, rule) {
            Much::Line
        } else if stands_in(rule) && !is_skipped(rule) || nearest == Some(&rule.rule) {
            Much::Whole
        } else if is_skipped(rule) || rule.has_passed() || done(dossier, rule).is_some() {
            Much::Line
        } else {
            Much::Missing
        };
        one(page, state, dossier, (rule, much), wide);
    }
    let (stuck, others): (Vec<_>, Vec<_>) = of(RuleKind::Ladder).partition(|one| stands_in(one));
    if stuck.is_empty() && others.is_empty() {
        return;
    }
    page.heading("Ladders");
    for rule in &stuck {
        let much = if is_skipped(rule) || waits_for_time(state, rule) {
            Much::Line
        } else {
            Much::Whole
        };
        one(page, state, dossier, (rule, much), wide);
    }
    let said = match (stuck.len(), others.len()) {
        (_, 0) => return,
        (0, others) => format!("  not stuck in any of the {others}"),
        (_, others) => format!("  not stuck in the other {others}"),
    };
    page.line(vec![(said, Meaning::Quiet)]);
}

/// Every condition of every rule, whatever it says.
pub fn whole(page: &mut Page, state: &State, dossier: &Dossier, wide: usize) {
    page.heading("Every condition");
    for rule in &dossier.explained {
        one(page, state, dossier, (rule, Much::Whole), wide);
    }
}

/// It is in the rule's queue, would be, or is kept from it.
fn stands_in(rule: &Explained) -> bool {
    rule.queued.is_some()
        || own_hold(rule).is_some()
        || rule.conditions.iter().all(|one| one.met == Met::Yes)
}

/// It is in the queue from a moment on, and nothing else is in the way.
fn waits_for_time(state: &State, rule: &Explained) -> bool {
    let due = |queued: &Queued| {
        queued.state == QueueState::Ready && queued.due.is_some_and(|due| due > state.now)
    };
    own_hold(rule).is_none() && rule.queued.as_ref().is_some_and(due)
}

fn is_skipped(rule: &Explained) -> bool {
    own_hold(rule).is_some_and(|hold| hold.kind == HoldKind::Skipped)
}

/// What holds it in this rule; a hold of everything, or one that ends by itself, matters only where the row would be
/// taken.
fn own_hold(rule: &Explained) -> Option<&Hold> {
    let hold = rule.hold.as_ref()?;
    let of_this = hold.rule == rule.rule && hold.kind != HoldKind::BackingOff;
    (of_this || rule.queued.is_some()).then_some(hold)
}

/// The last attempt of a stage, when it went well.
fn done<'a>(dossier: &'a Dossier, rule: &Explained) -> Option<&'a Attempt> {
    let mut attempts = dossier.attempts.iter().map(|(attempt, _)| attempt);
    let last = attempts.find(|attempt| attempt.rule == rule.rule)?;
    (last.state == AttemptState::Done && rule.kind == RuleKind::Stage).then_some(last)
}

fn one(
    page: &mut Page,
    state: &State,
    dossier: &Dossier,
    (rule, much): (&Explained, Much),
    wide: usize,
) {
    let signs = state.facts.look.signs;
    let title = text::cell(state.facts.names.rule(&rule.rule)).into_owned();
    let (word, meaning) = stands(state, dossier, rule);
    let calm = much == Much::Line;
    page.line(vec![
        (
            format!("  {title}"),
            if calm { Meaning::Quiet } else { Meaning::Text },
        ),
        (format!("  {word}"), meaning),
    ]);
    if let Some(hold) = own_hold(rule) {
        let (sign, meaning, said) = hold_said(state, hold);
        page.flow(
            vec![(format!("    {sign} "), meaning)],
            &said,
            meaning,
            wide,
        );
    }
    if calm {
        return;
    }
    let ladder = rule.kind == RuleKind::Ladder;
    for judged in &rule.conditions {
        let (said, meaning) = match judged.met {
            Met::Yes if much == Much::Missing => continue,
            Met::Yes => (String::new(), Meaning::Done),
            // Not to be met yet is nothing that went wrong.
            Met::No | Met::Unknown => (detail(state, judged), Meaning::Quiet),
        };
        let before = vec![
            (format!("    {} ", signs.met(judged.met)), meaning),
            (text::cell(&judged.title).into_owned(), Meaning::Text),
        ];
        if said.is_empty() {
            page.line(before);
        } else {
            page.flow(before, &format!(" — {said}"), Meaning::Quiet, wide);
        }
    }
    checks(page, state, rule, much, wide);
    if ladder && stands_in(rule) {
        rungs(page, state, dossier, &rule.rule);
    }
}

/// What must be ok of the whole before the stage takes any row. Of a moment that has been it is not kept.
fn checks(page: &mut Page, state: &State, rule: &Explained, much: Much, wide: usize) {
    if state.past.is_some() {
        return;
    }
    for check in state.facts.names.checks_of(&rule.rule) {
        let stand = state.data.standing.stand(check, state.now);
        if stand == Stand::Ok && much == Much::Missing {
            continue;
        }
        let (sign, meaning) = super::checks::sign(state.facts.look.signs, stand);
        let before = vec![
            (format!("    {sign} "), meaning),
            (
                format!("check: {}", text::cell(&check.title)),
                Meaning::Text,
            ),
        ];
        let record = state.data.standing.check(&check.name);
        let found = record.map_or("", |record| &record.text);
        let mut parts = Vec::new();
        if stand != Stand::Ok {
            parts.push(stand.word());
        }
        if !found.is_empty() {
            parts.push(found);
        }
        let mut said = parts.join(": ");
        if let Some(record) = record.filter(|known| stand != Stand::Ok && !known.advice.is_empty())
        {
            said = format!("{said}; to change: {}", record.advice);
        }
        if said.is_empty() {
            page.line(before);
        } else {
            let said = format!(" — {}", text::cell(&said));
            page.flow(before, &said, Meaning::Quiet, wide);
        }
    }
}

/// Where the row stands in one rule, in a few words.
fn stands(state: &State, dossier: &Dossier, rule: &Explained) -> (String, Meaning) {
    if let Some(hold) = own_hold(rule) {
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
        let names = &state.facts.names;
        let wave = dossier.row.wave.as_deref().filter(|_| state.past.is_none());
        if let Some(wave) = names.shut_wave(wave, &rule.rule, &state.data.switches) {
            let said = format!("waits for wave {}", text::cell(&names.wave_label(wave)));
            return (said, Meaning::Waiting);
        }
        return in_queue(state, queued);
    }
    let yes = state.facts.look.signs.yes;
    if let Some(done) = done(dossier, rule) {
        let at = done.finished_at.unwrap_or(done.started_at);
        let said = format!("{yes} done {}", ages::said(state.now, at));
        return (said, Meaning::Done);
    }
    let met = |one: &&Judged| one.met == Met::Yes;
    let (of, met) = (
        rule.conditions.len(),
        rule.conditions.iter().filter(met).count(),
    );
    match rule.kind {
        _ if met == of && state.past.is_some() => ("its gate held".into(), Meaning::Active),
        _ if met == of => ("about to be queued".into(), Meaning::Active),
        RuleKind::Ladder => ("not stuck".into(), Meaning::Quiet),
        RuleKind::Stage if rule.has_passed() => (format!("{yes} behind it"), Meaning::Done),
        RuleKind::Stage => (format!("{met} of {of} met"), Meaning::Quiet),
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
            let standing = &state.data.standing;
            let unmet = standing.unmet(&state.facts.names, &queued.rule, state.now);
            if let Some((_, stand)) = unmet.filter(|_| state.past.is_none()) {
                let meaning = super::checks::sign(state.facts.look.signs, stand).1;
                return ("waits for a check".into(), meaning);
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
