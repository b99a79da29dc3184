//! What the person who opens a dossier wants first: what the row does now, what drover does next and when, what they can
//! do about it, and whether they are needed at all.

use super::dossier::hold_said;
use super::page::{Page, pad};
use super::pen::Span;
use crate::control::deed::Deed;
use crate::model::text::without_name;
use crate::store::{Attempt, AttemptState, Hold, HoldKind, Step};
use crate::tui::data::{Answer, Can, Coming, Dossier, WaitKind, When, nearest};
use crate::tui::event::Engine;
use crate::tui::keys::Action;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};

/// Columns of what stands before the lines.
const LABEL: usize = 9;
/// Acts with a line of their own; the others share one.
const ACTS: usize = 2;

pub fn add(page: &mut Page, state: &State, dossier: &Dossier, (wide, told): (usize, bool)) {
    let row = &dossier.row;
    let tone = state.facts.names.tone(row.phase.as_deref());
    let phase = text::cell(row.phase.as_deref().unwrap_or("no phase")).into_owned();
    let sign = state.facts.look.signs.tone(tone);
    let mut spans: Vec<Span> = vec![
        (format!("{sign} {phase}"), tone.into()),
        (
            format!(" for {}", ages::short(state.now.since(row.phase_since))),
            Meaning::Text,
        ),
    ];
    let Some(answer) = &dossier.answer else {
        page.line(spans);
        return;
    };
    let complete = tone == crate::pipeline::definition::Tone::Done
        && answer.waits.kind == WaitKind::Nothing
        && answer.next.is_empty();
    let (said, meaning) = if complete {
        (
            "nothing is left to do, nobody is needed".into(),
            Meaning::Quiet,
        )
    } else {
        needed(state, dossier, answer)
    };
    spans.push(("   ".into(), Meaning::Text));
    page.flow(spans, &said, meaning, wide);
    if complete {
        return;
    }
    let (said, meaning) = now(state, dossier, answer);
    let room = wide.saturating_sub(LABEL + 2).max(10);
    // The whole reason stands with its stage below.
    let said = text::fit(
        &text::cell(&said),
        room * 2 - room / 6,
        state.facts.look.signs.cut,
    )
    .into_owned();
    page.flow(label("now"), &said, meaning, wide);
    next(page, state, answer, wide);
    acts(page, state, answer, (wide, told));
}

fn label(said: &str) -> Vec<Span> {
    vec![(format!(" {}", pad(said, LABEL - 1)), Meaning::Quiet)]
}

/// Whether a person is needed.
fn needed(state: &State, dossier: &Dossier, answer: &Answer) -> (String, Meaning) {
    if answer.waits.kind == WaitKind::Person {
        return match first(dossier) {
            Some(hold) if hold.kind == HoldKind::Held => {
                (format!("held by {}", hold.by), Meaning::Unusual)
            }
            // The row has left what it was parked in, and goes on.
            Some(hold) if is_over(dossier, hold) => {
                let said = match hold.owner.as_deref() {
                    Some("ticket") => "goes on by itself, though a ticket is open",
                    Some("page") => "goes on by itself, though a page went out",
                    _ => "goes on by itself; what parked it is over",
                };
                (said.into(), Meaning::Unusual)
            }
            hold => {
                let owner = hold.and_then(|hold| hold.owner.as_deref());
                let said = match owner {
                    Some("ticket") => "a person is needed: a ticket has it".into(),
                    Some("page") => "a person is needed: a page went out".into(),
                    None | Some("operator") => "a person is needed".into(),
                    Some(name) => format!("{} has it", text::cell(name)),
                };
                (said, Meaning::Warning)
            }
        };
    }
    let never = |coming: &Coming| {
        matches!(
            coming.when,
            When::Never(_)
                | When::Window(_, None)
                | When::Check(_, true)
                | When::Wave(_, None, false)
        )
    };
    let stays = !answer.next.is_empty() && answer.next.iter().all(never);
    if halted(state).is_some() || stays && answer.waits.kind == WaitKind::Moment {
        return ("does not go on by itself".into(), Meaning::Warning);
    }
    if answer.next.first().is_some_and(|coming| coming.hands_over) {
        return ("soon a person is needed".into(), Meaning::Unusual);
    }
    ("nobody is needed".into(), Meaning::Quiet)
}

/// The hold a person must lift, as [`WaitKind::Person`] is judged.
fn first(dossier: &Dossier) -> Option<&Hold> {
    let of = |kind| dossier.holds.iter().find(move |hold| hold.kind == kind);
    of(HoldKind::Held).or_else(|| of(HoldKind::Parked))
}

/// Its conditions hold no longer, so that it keeps the row from nothing.
fn is_over(dossier: &Dossier, hold: &Hold) -> bool {
    let mut rules = dossier.explained.iter();
    rules.any(|rule| rule.rule == hold.rule && rule.queued.is_none())
}

/// Why nothing at all is sent.
fn halted(state: &State) -> Option<String> {
    if state.stopped().is_some() {
        let key = state.facts.keymap.key_of(Action::Stop);
        return Some(format!("all sending is stopped; {key} goes on"));
    }
    let silent = matches!(state.engine, Engine::Silent(_));
    silent.then(|| "no engine runs".into())
}

/// What it does now.
fn now(state: &State, dossier: &Dossier, answer: &Answer) -> (String, Meaning) {
    let names = &state.facts.names;
    let waits = &answer.waits;
    match waits.kind {
        WaitKind::Person => match first(dossier) {
            Some(hold) => (held(state, &dossier.row.key, hold), Meaning::Text),
            None => (waits.text.clone(), Meaning::Text),
        },
        WaitKind::Running => {
            let open = open(dossier, AttemptState::Running);
            let since = open.map_or(String::new(), |(attempt, steps)| {
                let took = ages::short(state.now.since(attempt.started_at));
                let step = steps.last().map_or(String::new(), |step| {
                    format!(", at the step \"{}\"", text::cell(&step.name))
                });
                format!(" for {took}{step}")
            });
            (format!("{} runs{since}", waits.text), Meaning::Active)
        }
        WaitKind::Outside => {
            let open = open(dossier, AttemptState::Waiting)
                .or_else(|| open(dossier, AttemptState::Probing));
            let since = open.map_or(String::new(), |(attempt, _)| {
                format!(", for {}", ages::short(state.now.since(attempt.started_at)))
            });
            (format!("waits for {}{since}", waits.text), Meaning::Waiting)
        }
        WaitKind::Moment => {
            let backing = dossier.holds.iter().find(|hold| {
                hold.kind == HoldKind::BackingOff && hold.until.is_some_and(|at| at > state.now)
            });
            if let Some(hold) = backing.filter(|_| waits.until.is_some()) {
                let (rule, ago) = (names.rule(&hold.rule), ages::said(state.now, hold.at));
                let verb = if hold.fault.is_some() {
                    "failed"
                } else {
                    "stood back"
                };
                return (
                    format!("{rule} {verb} {ago}: {}", hold.reason),
                    Meaning::Waiting,
                );
            }
            match waits.until {
                Some(until) => (
                    format!("waits for {}, {}", waits.text, ages::said(state.now, until)),
                    Meaning::Waiting,
                ),
                None => (waits.text.clone(), Meaning::Waiting),
            }
        }
        WaitKind::Condition => {
            let rule = nearest(&dossier.explained).map_or("", |rule| names.rule(&rule.rule));
            (
                format!("waits {} ({rule} takes it then)", waits.text),
                Meaning::Waiting,
            )
        }
        WaitKind::Nothing => ("waits for nothing".into(), Meaning::Quiet),
    }
}

/// A hold as a sentence, with what it is about.
fn held(state: &State, key: &str, hold: &Hold) -> String {
    if hold.rule == "*" || hold.kind != HoldKind::Parked {
        return hold_said(state, hold).2;
    }
    // Who has it is in the line above.
    let rule = state.facts.names.rule(&hold.rule);
    format!(
        "{rule} parked it {}: {}",
        ages::said(state.now, hold.at),
        without_name(&hold.reason, key)
    )
}

fn open(dossier: &Dossier, state: AttemptState) -> Option<&(Attempt, Vec<Step>)> {
    let mut attempts = dossier.attempts.iter();
    attempts.find(|(attempt, _)| attempt.state == state)
}

fn next(page: &mut Page, state: &State, answer: &Answer, wide: usize) {
    if let Some(why) = halted(state) {
        page.flow(
            label("next"),
            &format!("nothing: {why}"),
            Meaning::Warning,
            wide,
        );
        return;
    }
    if answer.next.is_empty() {
        let said = match answer.waits.kind {
            WaitKind::Running => "when this has ended, whatever its conditions then say",
            WaitKind::Condition => "nothing by itself until then",
            _ => "nothing by itself",
        };
        page.flow(label("next"), said, Meaning::Text, wide);
        return;
    }
    // After what comes first, a remedy says more than a routine look.
    let remedy = |coming: &&Coming| coming.then.is_some() || coming.hands_over;
    let others = || answer.next.iter().skip(1);
    let second = others().find(remedy).or_else(|| others().next());
    for (at, coming) in answer.next.iter().take(1).chain(second).enumerate() {
        let before = label(if at == 0 { "next" } else { "" });
        let mut said = coming_said(state, coming);
        let more = answer.next.len().saturating_sub(2);
        if at == 1 && more > 0 {
            said = format!("{said}; {more} more");
        }
        page.flow(before, &text::cell(&said), Meaning::Text, wide);
    }
}

/// `remove Jamf's profile on the Mac in 4m, then a ticket`.
fn coming_said(state: &State, coming: &Coming) -> String {
    let what = &coming.what;
    let note = match coming.note.as_str() {
        "" => String::new(),
        note => format!(" ({note})"),
    };
    let then = coming.then.as_ref();
    let then = then.map_or(String::new(), |then| format!(", then {then}"));
    match &coming.when {
        When::Now => format!("{what} now, as soon as there is room{note}{then}"),
        When::At(at) => format!("{what} {}{note}{then}", ages::said(state.now, *at)),
        When::Window(window, Some(opens)) => {
            let opens = ages::said(state.now, *opens);
            format!("{what} when the window {window} opens, {opens}{note}{then}")
        }
        When::Window(window, None) => {
            format!("{what} not by itself: the window {window} stays shut")
        }
        When::Wave(wave, at, _) => {
            let when = at.map_or(String::new(), |at| {
                format!(", {}", ages::said(state.now, at))
            });
            format!("{what} once the wave {wave} is open{when}")
        }
        When::Check(check, _) => format!("{what} once the check \"{check}\" is ok"),
        When::Never(why) => format!("{what} not by itself: {why}"),
    }
}

fn acts(page: &mut Page, state: &State, answer: &Answer, (wide, told): (usize, bool)) {
    if state.facts.read_only {
        page.flow(
            label("you can"),
            "only look: this console is read-only",
            Meaning::Quiet,
            wide,
        );
        return;
    }
    let named = |can: &Can| {
        if let (true, Deed::Act { act }) = (told, &can.deed) {
            format!("act {act}:")
        } else if told {
            format!("{}:", can.deed.verb())
        } else {
            state.facts.keymap.key_of(key(&can.deed))
        }
    };
    let helps = |can: &&Can| matches!(can.deed, Deed::Retry { .. } | Deed::Remedy { .. });
    let (mut alone, shared): (Vec<&Can>, Vec<&Can>) = answer.can.iter().partition(helps);
    alone.truncate(ACTS);
    let mut before = label("you can");
    for can in alone {
        before.push((named(can), Meaning::Key));
        page.flow(
            before,
            &format!(" {}", text::cell(&can.note)),
            Meaning::Text,
            wide,
        );
        before = label("");
    }
    // Each act whole on a line, as many as fit.
    let mut used = LABEL;
    let mut begun = false;
    for can in shared {
        let (name, note) = (named(can), text::cell(&can.note).into_owned());
        let takes = text::width(&name) + text::width(&note) + 4;
        if begun && used + takes > wide {
            page.line(std::mem::replace(&mut before, label("")));
            (used, begun) = (LABEL, false);
        }
        if begun {
            before.push(("   ".into(), Meaning::Text));
        }
        before.push((name, Meaning::Key));
        before.push((format!(" {note}"), Meaning::Text));
        (used, begun) = (used + takes, true);
    }
    if begun {
        page.line(before);
    }
}

/// The action that asks for it.
fn key(deed: &Deed) -> Action {
    match deed {
        Deed::Retry {
            from_start: true, ..
        } => Action::RetryAnew,
        Deed::Retry { .. } => Action::Retry,
        Deed::Trigger { .. } => Action::Trigger,
        Deed::Hold { stage: None } => Action::Hold,
        Deed::Hold { .. } => Action::HoldIn,
        Deed::Release { .. } => Action::Release,
        Deed::Skip { .. } => Action::Skip,
        Deed::Remedy { .. } => Action::Remedy,
        Deed::Refresh => Action::Refresh,
        Deed::Set { .. } => Action::Set,
        Deed::Act { .. } => Action::Act,
    }
}
