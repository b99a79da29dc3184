//! Everything `drover status` says, read in one look.

use super::checks::CheckShown;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::output::counted;
use crate::control::protocol::{Reply, Request};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Tone;
use crate::pipeline::forecast::{self, Forecast};
use crate::store::{
    EventState, FaultGroup, Halt, HoldKind, MessageState, Query, Reader, RuleCount, Switch,
    SwitchKind, View,
};
use serde::Serialize;
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Holds looked through for their reasons.
const HOLDS: usize = 20_000;
/// Groups of failures named.
const FAULTS: usize = 20;

#[derive(Debug, Serialize)]
pub struct Survey {
    pub at: Time,
    pub store: PathBuf,
    pub pipeline: Option<String>,
    pub engine: Engine,
    pub rows: u64,
    /// Rows in a phase whose tone is "done"; not known when the pipeline is not at hand.
    pub done: Option<u64>,
    pub phases: Vec<PhaseCount>,
    pub queues: Vec<Queue>,
    pub checks: Vec<CheckShown>,
    #[serde(flatten)]
    pub standing: super::waves::Standing,
    /// Rows an operator must look at, by rule and reason; the most first.
    pub parked: Vec<Parked>,
    pub faults: Vec<FaultGroup>,
    /// Stop, brakes and waves; stages only when they are off.
    pub switches: Vec<Switch>,
    /// What keeps the engine from sending, beside a stop.
    pub halts: Vec<Halt>,
    /// Each connector's health, as the engine noted it last.
    pub budget: Option<Json>,
    pub forecast: Option<Forecast>,
    pub events: BTreeMap<String, u64>,
    pub messages: BTreeMap<String, u64>,
    /// What needs an operator; empty = you may sleep.
    pub attention: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Engine {
    pub alive: bool,
    pub note: String,
}

#[derive(Debug, Serialize)]
pub struct PhaseCount {
    /// `None`: no phase holds.
    pub phase: Option<String>,
    pub rows: u64,
}

#[derive(Debug, Serialize)]
pub struct Queue {
    pub title: String,
    pub on: bool,
    #[serde(flatten)]
    pub count: RuleCount,
    /// A sentence for each check that keeps new rows from it.
    pub kept_back: Vec<String>,
}

#[derive(Debug, Serialize)]
pub struct Parked {
    pub rule: String,
    pub reason: String,
    pub owner: Option<String>,
    pub rows: u64,
    /// One of them.
    pub example: String,
}

impl Survey {
    /// Parked rows that somebody has already: a ticket, a page, a person.
    pub fn with_others(&self) -> u64 {
        let others = self.parked.iter().filter(|parked| !parked.is_mine());
        others.map(|parked| parked.rows).sum()
    }
}

impl Parked {
    /// An operator's to look at.
    fn is_mine(&self) -> bool {
        self.owner
            .as_deref()
            .is_none_or(|owner| owner == "operator")
    }
}

pub fn survey(
    context: &Context,
    reader: &Reader,
    pipeline: Option<&Pipeline>,
) -> Result<Survey, CliError> {
    let store = context.store_path()?;
    let engine = engine(context);
    let mut survey = context.look(reader, |view, now| read(view, now, pipeline))?;
    survey.store = store;
    if !engine.alive && survey.done != Some(survey.rows) {
        survey.attention.push(engine.note.clone());
    }
    let kept_back = super::checks::attention(&survey.checks, engine.alive);
    survey.attention.extend(kept_back);
    survey.engine = engine;
    Ok(survey)
}

fn engine(context: &Context) -> Engine {
    match context.ask(&Request::Hello) {
        Ok(Reply::Done { note, .. } | Reply::Waiting { note, .. } | Reply::Refused(note)) => {
            Engine { alive: true, note }
        }
        Err(error) => Engine {
            alive: false,
            note: error.text,
        },
    }
}

fn read(view: &View<'_>, now: Time, pipeline: Option<&Pipeline>) -> Result<Survey, CliError> {
    let rows = view.count(&Query::all())?;
    let phases: Vec<PhaseCount> = view
        .phases()?
        .into_iter()
        .map(|(phase, rows)| PhaseCount { phase, rows })
        .collect();
    let done = pipeline.map(|pipeline| done_rows(pipeline, &phases));
    let switches = view.switches()?;
    let queues = queues(view, now, pipeline, &switches)?;
    let parked = parked(view)?;
    let mut faults = view.faults()?;
    faults.sort_by_key(|fault| std::cmp::Reverse(fault.rows));
    faults.truncate(FAULTS);
    let mut events = BTreeMap::new();
    for (_, state, count) in view.event_counts()? {
        *events.entry(word(&state)).or_insert(0) += count;
    }
    let mut messages = BTreeMap::new();
    for (_, state, count) in view.message_counts()? {
        *messages.entry(word(&state)).or_insert(0) += count;
    }
    let forecast = match (pipeline, done) {
        (Some(pipeline), Some(done)) => {
            Some(forecasted(view, pipeline, rows.saturating_sub(done), now)?)
        }
        _ => None,
    };
    let mut survey = Survey {
        at: now,
        store: PathBuf::new(),
        pipeline: pipeline.map(|pipeline| pipeline.title.clone()),
        engine: Engine {
            alive: false,
            note: String::new(),
        },
        rows,
        done,
        phases,
        queues,
        checks: super::checks::read(view, now, pipeline)?,
        standing: super::waves::read(view, now, pipeline)?,
        parked,
        faults,
        switches: switches.into_iter().filter(worth_saying).collect(),
        halts: view.halts()?,
        budget: view.note("services")?,
        forecast,
        events,
        messages,
        attention: Vec::new(),
    };
    survey.attention = attention(&survey);
    Ok(survey)
}

fn forecasted(
    view: &View<'_>,
    pipeline: &Pipeline,
    left: u64,
    now: Time,
) -> Result<Forecast, CliError> {
    let since = now.minus(forecast::WINDOW);
    let mut counts: Vec<u64> = Vec::new();
    for phase in pipeline.done_phases() {
        let found = view.throughput(phase, since, forecast::BUCKET)?;
        counts.resize(counts.len().max(found.len()), 0);
        for (count, more) in counts.iter_mut().zip(found) {
            *count += more;
        }
    }
    Ok(forecast::forecast(
        left,
        &counts,
        forecast::BUCKET,
        since,
        now,
    ))
}

/// The word a state has in JSON.
fn word(state: &impl Serialize) -> String {
    serde_json::to_value(state)
        .ok()
        .and_then(|json| json.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn done_rows(pipeline: &Pipeline, phases: &[PhaseCount]) -> u64 {
    let is_done = |name: &str| {
        let phase = pipeline.phases.iter().find(|phase| phase.name == name);
        phase.is_some_and(|phase| phase.tone == Tone::Done)
    };
    phases
        .iter()
        .filter(|count| count.phase.as_deref().is_some_and(is_done))
        .map(|count| count.rows)
        .sum()
}

fn queues(
    view: &View<'_>,
    now: Time,
    pipeline: Option<&Pipeline>,
    switches: &[Switch],
) -> Result<Vec<Queue>, CliError> {
    let title = |name: &str| {
        let stage = pipeline
            .and_then(|p| p.stage(name))
            .map(|s| s.title.clone());
        let ladder = || {
            pipeline
                .and_then(|p| p.ladder(name))
                .map(|l| l.title.clone())
        };
        stage.or_else(ladder).unwrap_or_else(|| name.to_owned())
    };
    let off = |name: &str| {
        let of_rule = |s: &&Switch| s.kind == SwitchKind::Stage && s.name == name;
        switches
            .iter()
            .find(of_rule)
            .is_some_and(|switch| !switch.on)
    };
    let counts = view.counts(now)?.into_iter();
    let kept_back = |rule: &str| -> Result<Vec<String>, CliError> {
        let unmet = view.unmet_checks(rule, now)?;
        Ok(unmet.iter().map(|check| check.keeps_back(now)).collect())
    };
    counts
        .map(|count| {
            Ok(Queue {
                title: title(&count.rule),
                on: !off(&count.rule),
                kept_back: kept_back(&count.rule)?,
                count,
            })
        })
        .collect()
}

fn parked(view: &View<'_>) -> Result<Vec<Parked>, CliError> {
    let mut groups: BTreeMap<(String, String), Parked> = BTreeMap::new();
    for hold in view.holds(Some(HoldKind::Parked), HOLDS)? {
        let group = (hold.rule.clone(), hold.reason.clone());
        if let Some(parked) = groups.get_mut(&group) {
            parked.rows += 1;
            continue;
        }
        let example = view.row(hold.row)?.map_or(String::new(), |row| row.key);
        groups.insert(
            group,
            Parked {
                rule: hold.rule,
                reason: hold.reason,
                owner: hold.owner,
                rows: 1,
                example,
            },
        );
    }
    let mut list: Vec<Parked> = groups.into_values().collect();
    list.sort_by_key(|parked| std::cmp::Reverse(parked.rows));
    Ok(list)
}

fn worth_saying(switch: &Switch) -> bool {
    match switch.kind {
        SwitchKind::Stage => !switch.on,
        SwitchKind::Wave => true,
        SwitchKind::Proven => false,
        SwitchKind::Brake | SwitchKind::Stop => switch.on,
    }
}

/// A name as a shell takes it.
fn typed(name: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/=._-".contains(letter);
    if name.chars().all(plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', "'\\''"))
}

/// What needs an operator, each as a sentence that says what to do.
fn attention(survey: &Survey) -> Vec<String> {
    let mut list = Vec::new();
    for halt in &survey.halts {
        list.push(format!("{}: {}", halt.kind.said(), halt.why));
    }
    for switch in &survey.switches {
        match switch.kind {
            SwitchKind::Stop => list.push(format!(
                "all sending was stopped by {}: {}; `drover resume` goes on",
                switch.by, switch.reason
            )),
            SwitchKind::Brake => list.push(format!(
                "the brake {} is on: {}; `drover brake release {} --reason …` goes on",
                switch.name,
                switch.reason,
                typed(&switch.name)
            )),
            SwitchKind::Stage | SwitchKind::Wave | SwitchKind::Proven => {}
        }
    }
    list.extend(survey.standing.attention());
    let unowned: u64 = survey
        .parked
        .iter()
        .filter(|it| it.is_mine())
        .map(|it| it.rows)
        .sum();
    if unowned > 0 {
        list.push(format!(
            "{} parked; an operator must `drover retry`, `release` or `skip`",
            counted(unowned, "row")
        ));
    }
    let count = |map: &BTreeMap<String, u64>, name: String| map.get(&name).copied().unwrap_or(0);
    let malformed = count(&survey.events, word(&EventState::Malformed));
    if malformed > 0 {
        list.push(format!(
            "{} could not be read; the console's inbox shows which",
            counted(malformed, "event")
        ));
    }
    let failed = count(&survey.messages, word(&MessageState::Failed));
    if failed > 0 {
        list.push(format!(
            "{} could not be delivered",
            counted(failed, "message")
        ));
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::actor::Actor;

    fn calm() -> Survey {
        Survey {
            at: Time::from_millis(0),
            store: PathBuf::new(),
            pipeline: None,
            engine: Engine {
                alive: true,
                note: String::new(),
            },
            rows: 0,
            done: None,
            phases: Vec::new(),
            queues: Vec::new(),
            checks: Vec::new(),
            standing: super::super::waves::Standing::default(),
            parked: Vec::new(),
            faults: Vec::new(),
            switches: Vec::new(),
            halts: Vec::new(),
            budget: None,
            forecast: None,
            events: BTreeMap::from([("applied".into(), 3)]),
            messages: BTreeMap::new(),
            attention: Vec::new(),
        }
    }

    fn parked(owner: Option<&str>) -> Parked {
        Parked {
            rule: "transfer".into(),
            reason: "refused".into(),
            owner: owner.map(str::to_owned),
            rows: 2,
            example: "C02A".into(),
        }
    }

    #[test]
    fn what_somebody_owns_lets_the_operator_sleep() {
        let mut survey = calm();
        assert!(attention(&survey).is_empty());
        survey.parked.push(parked(Some("ticket")));
        assert!(attention(&survey).is_empty());
        assert_eq!(survey.with_others(), 2);
        survey.parked.push(parked(None));
        assert!(attention(&survey)[0].starts_with("2 rows parked"));
    }

    #[test]
    fn brakes_stops_and_lost_messages_need_somebody() {
        let mut survey = calm();
        let switch = |kind, name: &str| Switch {
            kind,
            name: name.into(),
            on: true,
            reason: "5 failures in 10m".into(),
            by: Actor::Engine,
            at: Time::from_millis(0),
        };
        survey.switches = vec![
            switch(SwitchKind::Brake, "transfers"),
            switch(SwitchKind::Stop, "*"),
            switch(SwitchKind::Wave, "pilot"),
        ];
        survey.messages.insert(word(&MessageState::Failed), 1);
        survey.events.insert(word(&EventState::Malformed), 1);
        let list = attention(&survey);
        assert_eq!(list.len(), 4, "{list:?}");
        assert!(list[0].contains("drover brake release transfers"));
    }
}
