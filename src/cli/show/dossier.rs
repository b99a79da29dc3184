//! Everything about one row, gathered in one look.

use super::ShowArgs;
use super::story::{self, Happening};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::waiting::waiting_for;
use crate::config::nearest;
use crate::model::row::Row;
use crate::model::rule::{RuleKind, Shape};
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Ladder, Then};
use crate::store::{Attempt, Explained, Query, Reader, View};
use serde_json::{Value as Json, json};
use std::collections::BTreeMap;

/// Changes looked through for a column's age.
const CHANGES: usize = 2_000;

pub(super) struct Dossier {
    pub now: Time,
    pub row: Row,
    /// Groups in the file's order; a store whose pipeline is not at hand has one without a name.
    pub groups: Vec<(String, Vec<Field>)>,
    pub rules: Vec<RuleView>,
    /// Newest first.
    pub story: Vec<Happening>,
}

pub(super) struct Field {
    pub name: String,
    pub title: String,
    pub value: Value,
    /// When it got this value.
    pub since: Option<Time>,
}

/// A stage or ladder, for this row.
pub(super) struct RuleView {
    pub title: String,
    pub explained: Explained,
    /// One sentence: what it waits for.
    pub waits: String,
    /// A ladder's position: what was tried, what comes next.
    pub position: Option<String>,
    pub last: Option<Attempt>,
}

pub(super) fn gather(
    context: &Context,
    reader: &Reader,
    pipeline: Option<&Pipeline>,
    args: &ShowArgs,
) -> Result<Dossier, CliError> {
    context.look(reader, |view, now| {
        let Some(row) = view.row_by_key(&args.key)? else {
            return Err(unknown(view, &args.key)?);
        };
        let changes = view.changes_of(row.id, CHANGES)?;
        let mut since: BTreeMap<&str, Time> = BTreeMap::new();
        for change in &changes {
            let at = since.entry(&change.column).or_insert(change.at);
            *at = (*at).max(change.at);
        }
        let groups = groups(&row, reader.shape(), pipeline, &since);
        let mut rules = Vec::new();
        for explained in view.explain(row.id, now)? {
            let tried = view.attempts_since_release(row.id, &explained.rule)?;
            rules.push(rule(explained, tried, pipeline, now));
        }
        let story = story::gather(view, &row, changes, args)?;
        Ok(Dossier {
            now,
            row,
            groups,
            rules,
            story,
        })
    })
}

fn unknown(view: &View<'_>, key: &str) -> Result<CliError, CliError> {
    let all = Query {
        limit: Some(5_000),
        ..Query::default()
    };
    let rows = view.rows(&all)?;
    let hint = nearest(key, rows.iter().map(|row| row.key.as_str()))
        .map_or("keys are compared exactly".to_owned(), |near| {
            format!("did you mean {near}?")
        });
    Ok(CliError::usage(format!("no row answers to {key}; {hint}")))
}

fn groups(
    row: &Row,
    shape: &Shape,
    pipeline: Option<&Pipeline>,
    since: &BTreeMap<&str, Time>,
) -> Vec<(String, Vec<Field>)> {
    let mut groups: Vec<(String, Vec<Field>)> = Vec::new();
    for column in &shape.columns {
        let told = pipeline.and_then(|pipeline| pipeline.column(&column.name));
        let group = told.map_or("", |column| column.group.as_str());
        let field = Field {
            name: column.name.clone(),
            title: told.map_or_else(|| column.name.clone(), |column| column.title.clone()),
            value: row.get(&column.name).clone(),
            since: since.get(column.name.as_str()).copied(),
        };
        match groups.iter_mut().find(|(name, _)| name == group) {
            Some((_, fields)) => fields.push(field),
            None => groups.push((group.to_owned(), vec![field])),
        }
    }
    groups
}

fn rule(
    explained: Explained,
    tried: Vec<Attempt>,
    pipeline: Option<&Pipeline>,
    now: Time,
) -> RuleView {
    let name = explained.rule.as_str();
    let stage = pipeline.and_then(|pipeline| pipeline.stage(name));
    let ladder = pipeline.and_then(|pipeline| pipeline.ladder(name));
    let title = stage
        .map(|stage| stage.title.clone())
        .or_else(|| ladder.map(|ladder| ladder.title.clone()))
        .unwrap_or_else(|| name.to_owned());
    let stuck = explained.queued.is_some() || explained.hold.is_some();
    let position = ladder
        .filter(|_| stuck || !tried.is_empty())
        .map(|ladder| position(ladder, &explained, &tried, now));
    let open = tried.iter().find(|attempt| attempt.state.is_open());
    let waits = match open.and_then(|attempt| attempt.waiting_for.clone().zip(Some(attempt))) {
        Some((why, attempt)) => match attempt.wake_at.filter(|at| *at > now) {
            Some(at) => format!("waits: {why}; looks again in {}", at.since(now)),
            None => format!("waits: {why}"),
        },
        None => waiting_for(&explained, now),
    };
    RuleView {
        title,
        waits,
        position,
        last: tried.into_iter().next(),
        explained,
    }
}

/// "tried ask for details 1/1, next: remove the profile in 4m, then ticket".
fn position(ladder: &Ladder, explained: &Explained, tried: &[Attempt], now: Time) -> String {
    let count = |rung: usize| {
        let of_rung = tried.iter().filter(|attempt| attempt.rung == Some(rung));
        u32::try_from(of_rung.count()).unwrap_or(u32::MAX)
    };
    let mut parts: Vec<String> = ladder
        .rungs
        .iter()
        .enumerate()
        .filter(|(index, _)| count(*index) > 0)
        .map(|(index, rung)| format!("tried \"{}\" {}/{}", rung.title, count(index), rung.limit))
        .collect();
    let next = ladder
        .rungs
        .iter()
        .enumerate()
        .find(|(index, rung)| count(*index) < rung.limit);
    let held = explained.hold.as_ref().and_then(|hold| hold.until);
    let due = held.or_else(|| explained.queued.as_ref().and_then(|queued| queued.due));
    let last = match &ladder.after {
        Then::Hold => "an operator must look".to_owned(),
        Then::Helper(name) => format!("the helper {name}"),
        Then::Ticket => "ticket".into(),
        Then::Page => "page".into(),
    };
    match next {
        Some((_, rung)) => {
            let when = due
                .filter(|due| *due > now)
                .map_or(String::new(), |due| format!(" in {}", due.since(now)));
            parts.push(format!("next: \"{}\"{when}", rung.title));
            parts.push(format!("then {last}"));
        }
        None if ladder.rungs.is_empty() => parts.push(format!("it has no rungs: {last}")),
        None => parts.push(format!("no rung is left: {last}")),
    }
    parts.join(", ")
}

impl Dossier {
    pub(super) fn to_json(&self) -> Json {
        let groups: Vec<Json> = self
            .groups
            .iter()
            .map(|(name, fields)| {
                let fields: Vec<Json> = fields
                    .iter()
                    .map(|f| json!({"column": f.name, "title": f.title, "value": f.value.to_json(), "since": f.since}))
                    .collect();
                json!({"group": name, "columns": fields})
            })
            .collect();
        let rules: Vec<Json> = self
            .rules
            .iter()
            .map(|rule| {
                json!({
                    "rule": rule.explained.rule,
                    "kind": rule.explained.kind,
                    "title": rule.title,
                    "waiting": rule.waits,
                    "position": rule.position,
                    "conditions": rule.explained.conditions,
                    "queued": rule.explained.queued,
                    "hold": rule.explained.hold,
                    "kept_back": rule.explained.kept_back,
                    "last_attempt": rule.last,
                })
            })
            .collect();
        let row = &self.row;
        json!({
            "key": row.key,
            "phase": row.phase,
            "phase_since": row.phase_since,
            "wave": row.wave,
            "pipeline_version": row.version,
            "created_at": row.created_at,
            "updated_at": row.updated_at,
            "now": self.now,
            "columns": groups,
            "rules": rules,
            "history": self.story.iter().map(Happening::to_json).collect::<Vec<_>>(),
        })
    }

    pub(super) fn of_kind(&self, kind: RuleKind) -> impl Iterator<Item = &RuleView> {
        self.rules
            .iter()
            .filter(move |rule| rule.explained.kind == kind)
    }
}
