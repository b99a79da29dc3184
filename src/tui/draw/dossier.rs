//! Everything about one row, on one long page.

use super::page::{Page, pad};
use super::pen::Span;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::store::{AttemptState, Cause, Explained, Hold, HoldKind, Judged, Met, QueueState};
use crate::tui::data::Dossier;
use crate::tui::look::Meaning;
use crate::tui::state::State;
use crate::tui::{ages, text};
use serde_json::Value as Json;

/// Columns of a column's title.
const TITLE: usize = 18;

pub fn page(state: &State, row: RowId, wide: usize) -> Page {
    let Some(dossier) = state
        .data
        .dossier
        .as_ref()
        .filter(|dossier| dossier.row.id == row)
    else {
        let mut page = Page::new(&state.facts.shape.subject);
        let said = if state
            .wanted
            .as_ref()
            .is_some_and(|want| want.dossier == Some(row))
            && state.data.dossier.is_some()
        {
            "this row is no longer there"
        } else {
            "reading…"
        };
        page.line(vec![(said.into(), Meaning::Quiet)]);
        return page;
    };
    let mut page = Page::new(format!(
        "{} {}",
        state.facts.shape.subject,
        text::cell(&dossier.row.key)
    ));
    summary(&mut page, state, dossier);
    holds(&mut page, state, &dossier.holds, wide);
    rules(&mut page, state, dossier, RuleKind::Stage, "Stages", wide);
    rules(&mut page, state, dossier, RuleKind::Ladder, "Ladders", wide);
    columns(&mut page, state, dossier, wide);
    super::timeline::add(&mut page, state, dossier, wide);
    page
}

fn summary(page: &mut Page, state: &State, dossier: &Dossier) {
    let row = &dossier.row;
    let tone = state.facts.names.tone(row.phase.as_deref());
    let phase = row.phase.as_deref().unwrap_or("no phase");
    let sign = state.facts.look.signs.tone(tone);
    let mut spans: Vec<Span> = vec![
        (format!("{sign} {phase}"), tone.into()),
        (
            format!(" for {}", ages::short(state.now.since(row.phase_since))),
            Meaning::Text,
        ),
    ];
    let wave = row.wave.as_ref().map_or("no wave".into(), |wave| {
        format!("wave {}", text::cell(wave))
    });
    let known = ages::said(state.now, row.created_at);
    let changed = ages::said(state.now, row.updated_at);
    spans.push((
        format!("   {wave}, known {known}, changed {changed}"),
        Meaning::Quiet,
    ));
    page.line(spans);
}

fn holds(page: &mut Page, state: &State, holds: &[Hold], wide: usize) {
    if holds.is_empty() {
        return;
    }
    page.heading("Holds");
    for hold in holds {
        let (sign, meaning, said) = hold_said(state, hold);
        let rule = if hold.rule == "*" {
            "everything"
        } else {
            state.facts.names.rule(&hold.rule)
        };
        let before = vec![
            (format!("  {sign} "), meaning),
            (format!("{}: ", text::cell(rule)), Meaning::Text),
        ];
        page.flow(before, &said, meaning, wide);
    }
}

fn hold_said(state: &State, hold: &Hold) -> (&'static str, Meaning, String) {
    let signs = state.facts.look.signs;
    let ago = ages::said(state.now, hold.at);
    let owner = hold
        .owner
        .as_ref()
        .map_or(String::new(), |owner| format!("; {owner} has it"));
    let reason = text::cell(&hold.reason);
    match hold.kind {
        HoldKind::BackingOff => {
            let when = hold
                .until
                .map_or("later".into(), |until| ages::said(state.now, until));
            (
                signs.waiting,
                Meaning::Unusual,
                format!("tried again {when}: {reason}"),
            )
        }
        HoldKind::Parked => (
            signs.no,
            Meaning::Bad,
            format!("parked {ago}: {reason}{owner}"),
        ),
        HoldKind::Held => (
            signs.no,
            Meaning::Bad,
            format!("held by {} {ago}: {reason}", hold.by),
        ),
        HoldKind::Skipped => (
            signs.none,
            Meaning::Quiet,
            format!("skipped by {} {ago}: {reason}", hold.by),
        ),
    }
}

fn rules(
    page: &mut Page,
    state: &State,
    dossier: &Dossier,
    kind: RuleKind,
    heading: &str,
    wide: usize,
) {
    let signs = state.facts.look.signs;
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
        let due = queued.due.filter(|due| *due > state.now);
        return match (queued.state, due) {
            (QueueState::Running, _) => ("runs".into(), Meaning::Active),
            (QueueState::Waiting, _) => ("waits for the outside".into(), Meaning::Waiting),
            (_, Some(due)) => (
                format!("due {}", ages::said(state.now, due)),
                Meaning::Waiting,
            ),
            _ => match state.facts.names.shut_until(&rule.rule, state.now) {
                Some((window, Some(opens))) => (
                    format!(
                        "waits for the window {}, {}",
                        window.name,
                        ages::said(state.now, opens)
                    ),
                    Meaning::Waiting,
                ),
                _ => (
                    format!(
                        "its turn, for {}",
                        ages::short(state.now.since(queued.since))
                    ),
                    Meaning::Active,
                ),
            },
        };
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
        (_, []) => ("about to be queued".into(), Meaning::Active),
        (RuleKind::Ladder, _) => ("not stuck".into(), Meaning::Quiet),
        (RuleKind::Stage, [only]) => (format!("waiting for: {only}"), Meaning::Waiting),
        (RuleKind::Stage, [first, rest @ ..]) => (
            format!("waiting for: {first}, and {} more", rest.len()),
            Meaning::Quiet,
        ),
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
    let moment = |value: &Json| {
        value
            .as_str()
            .is_some_and(|text| crate::model::time::Time::parse(text).is_ok())
    };
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

/// A value as a sentence has it.
pub fn said(state: &State, value: &Json) -> String {
    match value {
        Json::Null => "not known".into(),
        Json::Bool(yes) => if *yes { "yes" } else { "no" }.into(),
        Json::String(text) => match crate::model::time::Time::parse(text) {
            Ok(at) => ages::said(state.now, at),
            Err(_) => format!("\"{}\"", text::cell(text)),
        },
        other => text::cell(&other.to_string()).into_owned(),
    }
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
        let of = |(attempt, _): &&(crate::store::Attempt, Vec<crate::store::Step>)| {
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

fn columns(page: &mut Page, state: &State, dossier: &Dossier, wide: usize) {
    let shape = &state.facts.shape;
    let group = |name: &str| {
        state
            .facts
            .column(name)
            .map_or("", |column| column.group.as_str())
    };
    let mut groups: Vec<&str> = Vec::new();
    for column in &shape.columns {
        if !groups.contains(&group(&column.name)) {
            groups.push(group(&column.name));
        }
    }
    for name in groups {
        page.heading(if name.is_empty() { "Columns" } else { name });
        for column in shape
            .columns
            .iter()
            .filter(|column| group(&column.name) == name)
        {
            let value = dossier.row.get(&column.name);
            let title = text::fit(
                state.facts.column_title(&column.name),
                TITLE,
                state.facts.look.signs.cut,
            )
            .into_owned();
            let before = vec![(format!("  {} ", pad(&title, TITLE)), Meaning::Quiet)];
            let changed = dossier
                .changes
                .iter()
                .find(|change| change.column == column.name);
            let age = changed.map_or(String::new(), |change| {
                format!("   since {}", ages::short(state.now.since(change.at)))
            });
            match value.as_time() {
                Some(at) => {
                    let zone = state
                        .facts
                        .names
                        .pipeline()
                        .map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
                    let local = at
                        .to_chrono()
                        .with_timezone(&zone)
                        .format("%Y-%m-%d %H:%M:%S");
                    page.line(
                        [
                            before,
                            vec![(
                                format!("{local}   {}", ages::said(state.now, at)),
                                Meaning::Text,
                            )],
                        ]
                        .concat(),
                    );
                }
                None if value.is_null() => {
                    page.line([before, vec![("–".into(), Meaning::Quiet)]].concat())
                }
                None => {
                    page.flow(before, &text::cell(&value.to_string()), Meaning::Text, wide);
                    if let Some(line) = page.lines.last_mut() {
                        line.push((age, Meaning::Quiet));
                    }
                }
            }
        }
    }
}

/// Who or what brought it about.
pub fn cause_said(cause: &Cause) -> String {
    match cause {
        Cause::Schedule => "by schedule".into(),
        Cause::Retry => "tried again".into(),
        Cause::Event(id) => format!("event {}", id.0),
        Cause::Attempt(id) => format!("attempt {}", id.0),
        Cause::Command(id) => format!("command {}", id.0),
    }
}
