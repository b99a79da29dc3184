//! The shape and rules in force, compiled once: every condition checked, and the statements that judge a row.

use super::handle::StoreError;
use super::judge::{Author, Judge};
use super::sql::{Result, quoted};
use super::subject;
use crate::model::judge::Reads;
use crate::model::row::{RowId, Values};
use crate::model::rule::{Rules, Shape};
use crate::model::time::Span;
use crate::model::value::ValueType;
use rusqlite::Statement;
use std::collections::{BTreeMap, BTreeSet};

/// Shared by all connections of a store.
pub(super) struct Brain {
    pub(super) shape: Shape,
    pub(super) rules: Rules,
    pub(super) judge: Judge,
    /// Every column the table ever had.
    pub(super) kinds: BTreeMap<String, ValueType>,
    /// The subject table and key column, quoted.
    pub(super) subject: String,
    pub(super) key: String,
    /// What is selected to make a row.
    pub(super) columns: String,
    /// What is evaluated when a row is decided: wave, the wave it joins, phase, then each condition of each rule, then each phase.
    /// `COLUMN < ago(SPAN)` is there as the column itself, so a decision does not depend on when it is made.
    pub(super) decide: Asked,
    /// Each rule's conditions as they are, for judging one rule now.
    pub(super) whole: Vec<Asked>,
    /// What each rule's conditions read.
    pub(super) reads: Vec<Vec<Reads>>,
    /// Each condition's span, for those that are `COLUMN < ago(SPAN)`.
    pub(super) spans: Vec<Vec<Option<Span>>>,
    /// Whether any condition reads `phase`, so that a changed phase asks for a second look.
    pub(super) reads_phase: bool,
}

/// Expressions over one row, and the statement that evaluates them all.
pub(super) struct Asked {
    pub(super) list: Vec<String>,
    pub(super) sql: String,
    /// The same over every row, its id first, in order of id.
    pub(super) all: String,
}

impl Asked {
    fn new(subject: &str, list: Vec<String>) -> Self {
        let joined = if list.is_empty() {
            "1".to_owned()
        } else {
            list.join(", ")
        };
        Self {
            sql: format!("SELECT {joined} FROM {subject} WHERE id = :_row"),
            all: format!("SELECT id, {joined} FROM {subject} ORDER BY id"),
            list,
        }
    }

    /// The statement for one expression alone.
    pub(super) fn one(&self, subject: &str, index: usize) -> String {
        format!(
            "SELECT {} FROM {subject} WHERE id = :_row",
            self.list[index]
        )
    }
}

impl Brain {
    /// Checks every condition; the error names the first that is not sound.
    pub(super) fn new(
        shape: Shape,
        rules: Rules,
        mut kinds: BTreeMap<String, ValueType>,
    ) -> Result<Self> {
        subject::check(&shape)?;
        let judge = Judge::new()?;
        let (reads, spans) = read_conditions(&judge, &shape, &rules)?;
        check_phases(&judge, &shape, &rules)?;
        let subject = quoted(&shape.subject);
        let joins = rules.wave.clone().unwrap_or_else(|| "NULL".to_owned());
        let mut decide = vec!["wave".to_owned(), joins, "phase".to_owned()];
        let mut whole = Vec::new();
        for rule in &rules.rules {
            decide.extend(rule.conditions.iter().map(|c| match &c.ago {
                Some(ago) => quoted(&ago.column),
                None => not(&c.sql),
            }));
            let list = rule.conditions.iter().map(|c| not(&c.sql)).collect();
            whole.push(Asked::new(&subject, list));
        }
        decide.extend(rules.phases.iter().map(|phase| not(&phase.when)));
        let names: Vec<_> = shape.columns.iter().map(|c| quoted(&c.name)).collect();
        for column in &shape.columns {
            kinds.insert(column.name.clone(), column.kind);
        }
        Ok(Self {
            key: quoted(&shape.key),
            columns: format!(
                "id, {}, wave, phase, phase_since, version, created_at, updated_at",
                names.join(", ")
            ),
            decide: Asked::new(&subject, decide),
            whole,
            reads_phase: reads
                .iter()
                .flatten()
                .any(|reads| reads.columns.contains("phase")),
            reads,
            spans,
            kinds,
            subject,
            judge,
            shape,
            rules,
        })
    }

    pub(super) fn rule_index(&self, rule: &str) -> Option<usize> {
        self.rules.rules.iter().position(|known| known.name == rule)
    }

    /// The declared type of a column, of the store's own as well.
    pub(super) fn kind(&self, column: &str) -> Option<ValueType> {
        match column {
            "wave" | "phase" => Some(ValueType::Text),
            _ => self.kinds.get(column).copied(),
        }
    }
}

/// 1, 0 or NULL the wrong way round: SQL's own notion of truth, whatever type the condition has.
fn not(sql: &str) -> String {
    format!("NOT (\n{sql}\n)")
}

type Read = (Vec<Vec<Reads>>, Vec<Vec<Option<Span>>>);

fn read_conditions(judge: &Judge, shape: &Shape, rules: &Rules) -> Result<Read> {
    let mut all_reads = Vec::new();
    let mut all_spans = Vec::new();
    let mut names = BTreeSet::new();
    for rule in &rules.rules {
        if !names.insert(&rule.name) {
            return Err(StoreError::Bad(format!(
                "two rules are called \"{}\"",
                rule.name
            )));
        }
        let mut reads = Vec::new();
        let mut spans = Vec::new();
        for condition in &rule.conditions {
            let place = || format!("the condition \"{}\" of {}", condition.title, rule.name);
            reads.push(check(judge, shape, rules, &condition.sql, &place)?);
            spans.push(match &condition.ago {
                None if condition.misuses_ago() => {
                    return Err(StoreError::Bad(format!(
                        "{}: ago is only known as COLUMN < ago(SPAN)",
                        place()
                    )));
                }
                None => None,
                Some(ago) => Some(ago.span(&rules.params).ok_or_else(|| {
                    StoreError::Bad(format!("{}: its setting is no span", place()))
                })?),
            });
        }
        all_reads.push(reads);
        all_spans.push(spans);
    }
    Ok((all_reads, all_spans))
}

fn check_phases(judge: &Judge, shape: &Shape, rules: &Rules) -> Result<()> {
    for phase in &rules.phases {
        let place = || format!("the phase \"{}\"", phase.name);
        let reads = check(judge, shape, rules, &phase.when, &place)?;
        if reads.columns.contains("phase") {
            return Err(StoreError::Bad(format!(
                "{}: a phase cannot depend on the phase",
                place()
            )));
        }
        if crate::model::rule::mentions_ago(&phase.when) {
            return Err(StoreError::Bad(format!(
                "{}: a phase cannot depend on the time; write a column when it is reached",
                place()
            )));
        }
    }
    Ok(())
}

fn check(
    judge: &Judge,
    shape: &Shape,
    rules: &Rules,
    sql: &str,
    place: &dyn Fn() -> String,
) -> Result<Reads> {
    let reads = judge
        .check(shape, sql, Author::Pipeline)
        .map_err(|why| StoreError::Bad(format!("{}: {why}", place())))?;
    match reads
        .settings
        .iter()
        .find(|s| !rules.params.contains_key(*s))
    {
        Some(setting) => Err(StoreError::Bad(format!(
            "{}: there is no setting \"{setting}\"",
            place()
        ))),
        None => Ok(reads),
    }
}

/// Binds settings by name, and `:_row` to the row.
pub(super) fn bind(
    statement: &mut Statement<'_>,
    params: &Values,
    row: Option<RowId>,
) -> rusqlite::Result<()> {
    for index in 1..=statement.parameter_count() {
        let name = statement
            .parameter_name(index)
            .unwrap_or_default()
            .trim_start_matches(':')
            .to_owned();
        if name == "_row" {
            statement.raw_bind_parameter(index, row)?;
        } else if let Some(value) = params.get(&name) {
            statement.raw_bind_parameter(index, value)?;
        }
    }
    Ok(())
}
