//! The SQL of a query's parts: what is asked of a row that its own columns cannot answer.
//!
//! What was typed is only ever bound, never written into the text. The parameters are called `@…`, which no typed
//! condition may use, so that they cannot meet a setting's name.

use super::context::Context;
use super::handle::StoreError;
use super::records::{Among, Part, Standing};
use super::sql::Result;
use crate::model::rule::RuleKind;
use rusqlite::Statement;
use std::fmt::Write;

/// Conditions over the subject's `id`, and what their parameters stand for.
#[derive(Default)]
pub(super) struct Parts {
    /// Each one closed expression.
    pub(super) conditions: Vec<String>,
    bound: Vec<(String, String)>,
}

impl Parts {
    pub(super) fn new(context: &Context, parts: &[Part]) -> Result<Self> {
        let mut made = Self::default();
        for part in parts {
            let rows = made.rows(context, &part.among)?;
            let not = if part.not { "NOT " } else { "" };
            made.conditions.push(format!("id {not}IN ({rows})"));
        }
        Ok(made)
    }

    pub(super) fn bind(&self, statement: &mut Statement<'_>) -> rusqlite::Result<()> {
        for (name, value) in &self.bound {
            if let Some(index) = statement.parameter_index(name)? {
                statement.raw_bind_parameter(index, value)?;
            }
        }
        Ok(())
    }

    /// A parameter with this value.
    fn put(&mut self, value: impl Into<String>) -> String {
        let name = format!("@p{}", self.bound.len());
        self.bound.push((name.clone(), value.into()));
        name
    }

    /// A query that answers row ids.
    fn rows(&mut self, context: &Context, among: &Among) -> Result<String> {
        match among {
            Among::Rule { rule, standing } => {
                let of = match rule {
                    Some(rule) if context.brain.rule_index(rule).is_none() => {
                        return Err(StoreError::Bad(format!(
                            "there is no stage or ladder \"{rule}\""
                        )));
                    }
                    Some(rule) => format!("rule = {} AND ", self.put(rule)),
                    None => String::new(),
                };
                Ok(self.standing(context, &of, *standing))
            }
            Among::Stuck => {
                let rules = &context.brain.rules.rules;
                let ladders = rules.iter().filter(|rule| rule.kind == RuleKind::Ladder);
                let names: Vec<String> = ladders.map(|rule| self.put(&rule.name)).collect();
                let now = self.put(context.now().to_string());
                Ok(format!(
                    "SELECT row FROM queue WHERE rule IN ({}) AND at <= {now}",
                    names.join(", ")
                ))
            }
            Among::Fault(said) => Ok(self.fault(said)),
            Among::Held => Ok("SELECT row FROM hold WHERE kind IN ('parked', 'held')".into()),
            Among::Unknown => Ok(
                "SELECT row FROM attempt WHERE latest = 1 AND state = 'unknown' \
                 UNION SELECT row FROM hold WHERE fault = 'unknown'"
                    .into(),
            ),
        }
    }

    /// The same conditions as the counts of a rule have.
    fn standing(&mut self, context: &Context, of: &str, standing: Option<Standing>) -> String {
        const TRIED: &str = "state IN ('running', 'waiting', 'probing')";
        let mut now = || self.put(context.now().to_string());
        let queue = match standing {
            None => {
                return format!(
                    "SELECT row FROM queue WHERE {of}1 UNION SELECT row FROM attempt WHERE {of}{TRIED}"
                );
            }
            Some(Standing::Running) => {
                return format!("SELECT row FROM attempt WHERE {of}{TRIED} AND state = 'running'");
            }
            Some(Standing::Waiting) => {
                return format!("SELECT row FROM attempt WHERE {of}{TRIED} AND state <> 'running'");
            }
            Some(Standing::Queued) => {
                format!(
                    "shut = 0 AND state IN ('ready', 'backing_off') AND at <= {}",
                    now()
                )
            }
            Some(Standing::Later) => format!(
                "(shut = 1 AND state IN ('ready', 'backing_off') OR state = 'ready' AND at > {})",
                now()
            ),
            Some(Standing::BackingOff) => {
                format!("shut = 0 AND state = 'backing_off' AND at > {}", now())
            }
            Some(Standing::Held) => format!("state = 'held' AND at <= {}", now()),
        };
        format!("SELECT row FROM queue WHERE {of}{queue}")
    }

    fn fault(&mut self, said: &str) -> String {
        let mut sql =
            String::from("SELECT row FROM attempt WHERE latest = 1 AND fault_group IS NOT NULL");
        if said.trim().is_empty() {
            return sql;
        }
        let group = self.put(said.trim());
        let _ = write!(sql, " AND (fault_group = {group} OR (1");
        for word in said.split_whitespace() {
            let escaped = word
                .replace('\\', "\\\\")
                .replace('%', "\\%")
                .replace('_', "\\_");
            let word = self.put(format!("%{escaped}%"));
            let _ = write!(
                sql,
                " AND replace(fault_kind, '_', ' ') || ' ' || fault_kind || ' ' || connector || ' ' || \
                 coalesce(json_extract(fault, '$.message'), '') LIKE {word} ESCAPE '\\'"
            );
        }
        sql.push_str("))");
        sql
    }
}
