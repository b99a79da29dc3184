//! What the store must know of a pipeline to keep its derived queue: the shape of the table, and named SQL conditions.
//!
//! A pipeline's gates, ladders' `stuck` and phases become these; the store judges them and knows nothing else of it.

use super::time::Span;
use super::value::{Value, ValueType};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The subject table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// Its name, singular: `device`.
    pub subject: String,
    /// The column that names a row to people and to the outside: `serial`. Text, unique, compared exactly.
    pub key: String,
    /// In the order of the file; the key column is among them.
    pub columns: Vec<ColumnShape>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnShape {
    pub name: String,
    pub kind: ValueType,
}

/// Everything the store derives the queue and the phases from.
#[derive(Clone, Debug, PartialEq)]
pub struct Rules {
    /// Hash of the pipeline and of the settings bound in `params`: when it changes the queue is rebuilt.
    pub version: String,
    /// Settings, bound as `:name`. A setting that reads as a span is bound as its milliseconds only inside `ago(…)`.
    pub params: BTreeMap<String, Value>,
    /// Stages first, then ladders, in file order. Names are unique across both.
    pub rules: Vec<Rule>,
    /// The first that holds is the row's phase.
    pub phases: Vec<PhaseRule>,
    /// SQL over the row for the wave it joins: a name, NULL for none, '' while that cannot be told yet.
    pub wave: Option<String>,
    /// When a row of a wave is settled: it meets one of these. A wave of settled rows is proven.
    pub proof: Vec<Condition>,
    /// What operators may do to a row beside what every pipeline has.
    pub acts: Vec<ActRule>,
    /// In file order.
    pub checks: Vec<CheckRule>,
}

/// A check of the file, as far as it keeps stages back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRule {
    pub name: String,
    pub title: String,
    /// How often it is asked: an answer older than three times this no longer counts.
    pub every: Span,
}

/// An act of the file: it is done to rows that meet every condition.
#[derive(Clone, Debug, PartialEq)]
pub struct ActRule {
    pub name: String,
    pub title: String,
    pub conditions: Vec<Condition>,
}

/// A stage's gate or a ladder's `stuck`.
#[derive(Clone, Debug, PartialEq)]
pub struct Rule {
    pub name: String,
    pub kind: RuleKind,
    /// All true = the row is in the queue of this rule.
    pub conditions: Vec<Condition>,
    /// Takes rows of open waves only; rows without a wave are taken.
    pub waves: bool,
    /// Takes rows only while every one of these checks is ok.
    pub checks: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    Stage,
    Ladder,
}

#[derive(Clone, Debug, PartialEq)]
pub struct PhaseRule {
    pub name: String,
    pub when: String,
}

/// One named SQL condition over the row.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// What the dossier shows beside the tick or cross.
    pub title: String,
    /// As the file has it.
    pub sql: String,
    /// Set when the whole condition is `COLUMN < ago(SPAN)`: then the moment it falls due is known.
    pub ago: Option<Ago>,
}

/// `COLUMN < ago(SPAN)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ago {
    pub column: String,
    pub span: AgoSpan,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgoSpan {
    /// `ago('10m')`
    Fixed(Span),
    /// `ago(:stuck_after)`
    Setting(String),
}

impl Ago {
    /// The span, with a setting looked up; `None` when the setting is missing or is no span.
    pub fn span(&self, params: &BTreeMap<String, Value>) -> Option<Span> {
        match &self.span {
            AgoSpan::Fixed(span) => Some(*span),
            AgoSpan::Setting(name) => Span::parse(params.get(name)?.as_text()?).ok(),
        }
    }
}

impl Condition {
    pub fn new(title: impl Into<String>, sql: impl Into<String>) -> Self {
        let sql = sql.into();
        Self {
            title: title.into(),
            ago: parse_ago(&sql),
            sql,
        }
    }

    /// True when `ago` is used in a way whose due moment cannot be known: anything but the whole `COLUMN < ago(SPAN)`.
    pub fn misuses_ago(&self) -> bool {
        self.ago.is_none() && mentions_ago(&self.sql)
    }
}

/// True when the text calls `ago(…)` anywhere outside a string.
pub fn mentions_ago(sql: &str) -> bool {
    let lower = sql.to_ascii_lowercase();
    let mut quoted = false;
    lower.char_indices().any(|(at, c)| {
        quoted ^= c == '\'';
        !quoted
            && lower[at..].starts_with("ago")
            && lower[at + 3..].trim_start().starts_with('(')
            && !lower[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
    })
}

fn parse_ago(sql: &str) -> Option<Ago> {
    let (column, rest) = sql.split_once('<')?;
    let column = column.trim();
    let rest = rest.trim();
    let call = rest
        .get(..3)
        .filter(|word| word.eq_ignore_ascii_case("ago"))
        .map(|_| rest[3..].trim())?;
    let inner = call.strip_prefix('(')?.strip_suffix(')')?.trim();
    let span = match inner.strip_prefix(':') {
        Some(setting) if is_name(setting) => AgoSpan::Setting(setting.to_owned()),
        Some(_) => return None,
        None => AgoSpan::Fixed(Span::parse(inner.strip_prefix('\'')?.strip_suffix('\'')?).ok()?),
    };
    is_name(column).then(|| Ago {
        column: column.to_owned(),
        span,
    })
}

/// A name of a column, setting, stage, step or helper: `[a-z][a-z0-9_]*`.
pub fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_condition_on_one_column_has_a_known_moment() {
        let ago = |sql: &str| Condition::new("t", sql).ago;
        assert_eq!(
            ago("asked_at < ago(:stuck_after)").unwrap().span,
            AgoSpan::Setting("stuck_after".into())
        );
        assert_eq!(
            ago("asked_at < ago('10m')").unwrap().span,
            AgoSpan::Fixed(Span::from_mins(10))
        );
        for sql in [
            "asked_at > ago('10m')",
            "a < ago('10m') AND b",
            "a < ago(10)",
            "coalesce(a,b) < ago('1h')",
            "ago('1m') IS NULL",
        ] {
            assert!(Condition::new("t", sql).misuses_ago(), "{sql}");
        }
        for sql in ["team = 'ago (x)'", "cargo(1)", "a IS NULL"] {
            assert!(!Condition::new("t", sql).misuses_ago(), "{sql}");
        }
    }
}
