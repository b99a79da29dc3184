//! Says whether a condition is sound, by compiling it against an empty copy of the table under SQLite's authorizer.

use super::ago::{self, Now};
use super::contains;
use super::lexer;
use super::sql::quoted;
use super::subject;
use crate::model::judge::{Reads, SqlJudge};
use crate::model::row::Values;
use crate::model::rule::{Shape, is_name};
use crate::model::time::Time;
use crate::model::value::Value;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, Authorization};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Functions whose answer depends on their arguments alone, and that cannot be made to run for ever.
const FUNCTIONS: &[&str] = &[
    "->",
    "->>",
    "abs",
    "ago",
    "ceil",
    "ceiling",
    "char",
    "coalesce",
    "concat",
    "concat_ws",
    "contains",
    "floor",
    "glob",
    "hex",
    "if",
    "ifnull",
    "iif",
    "instr",
    "json",
    "json_array_length",
    "json_extract",
    "json_type",
    "json_valid",
    "length",
    "like",
    "likelihood",
    "likely",
    "lower",
    "ltrim",
    "max",
    "min",
    "mod",
    "nullif",
    "octet_length",
    "replace",
    "round",
    "rtrim",
    "sign",
    "substr",
    "substring",
    "trim",
    "typeof",
    "unicode",
    "unlikely",
    "upper",
];

/// The store's own columns, which an operator's list may ask about and a gate may not.
const OWN: &[&str] = &["id", "phase_since", "version", "created_at", "updated_at"];

/// Who wrote a condition.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Author {
    /// Reads the declared columns, `wave` and `phase`.
    Pipeline,
    /// Reads every column of the table.
    Operator,
}

/// An SQL judge with a database of its own, in memory. Cheap to ask, and safe to share.
pub struct Judge(Mutex<Inner>);

struct Inner {
    conn: Connection,
    shape: Option<Shape>,
    watch: Arc<Mutex<Watch>>,
    now: Now,
}

/// What the authorizer saw while a condition was compiled.
#[derive(Default)]
struct Watch {
    armed: bool,
    subject: String,
    allowed: BTreeSet<String>,
    columns: BTreeSet<String>,
    selects: u32,
    fault: Option<String>,
}

impl Watch {
    fn see(&mut self, action: AuthAction<'_>) -> Authorization {
        if !self.armed {
            return Authorization::Allow;
        }
        let refused = match action {
            AuthAction::Select => {
                self.selects += 1;
                (self.selects > 1).then(|| "a condition cannot have a subquery".to_owned())
            }
            AuthAction::Read {
                table_name,
                column_name,
            } => self.read(table_name, column_name),
            AuthAction::Function { function_name } => {
                let known = FUNCTIONS.contains(&function_name.to_ascii_lowercase().as_str());
                (!known).then(|| {
                    format!("a condition cannot use the function {function_name}: it must give the same answer for the same row (time is written COLUMN < ago('10m'))")
                })
            }
            _ => Some("a condition can only read the row".to_owned()),
        };
        match refused {
            None => Authorization::Allow,
            Some(sentence) => {
                self.fault.get_or_insert(sentence);
                Authorization::Deny
            }
        }
    }

    fn read(&mut self, table: &str, column: &str) -> Option<String> {
        if !table.eq_ignore_ascii_case(&self.subject) {
            return Some(format!(
                "a condition reads only the row, not the table {table}"
            ));
        }
        if column.is_empty() {
            return None;
        }
        if !self.allowed.contains(column) {
            return Some(format!("no such column: {column}"));
        }
        self.columns.insert(column.to_owned());
        None
    }
}

impl Judge {
    pub fn new() -> Result<Self, super::StoreError> {
        let mut conn = Connection::open_in_memory()?;
        conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        conn.set_db_config(rusqlite::config::DbConfig::SQLITE_DBCONFIG_DQS_DDL, false)?;
        let now = Now::default();
        ago::teach(&conn, now.clone())?;
        contains::teach(&conn)?;
        let watch = Arc::new(Mutex::new(Watch::default()));
        let seen = Arc::clone(&watch);
        conn.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
            lock(&seen).see(context.action)
        }))?;
        Ok(Self(Mutex::new(Inner {
            conn,
            shape: None,
            watch,
            now,
        })))
    }

    /// As [`SqlJudge::judge`], for an author.
    pub(super) fn check(&self, shape: &Shape, sql: &str, author: Author) -> Result<Reads, String> {
        lock(&self.0).check(shape, sql, author)
    }
}

impl SqlJudge for Judge {
    fn judge(&self, shape: &Shape, sql: &str) -> Result<Reads, String> {
        self.check(shape, sql, Author::Pipeline)
    }

    fn weigh(
        &self,
        shape: &Shape,
        params: &Values,
        row: &Values,
        now: Time,
        sql: &str,
    ) -> Result<Option<bool>, String> {
        let mut inner = lock(&self.0);
        inner.check(shape, sql, Author::Pipeline)?;
        inner.now.set(now);
        inner
            .conn
            .execute_batch("BEGIN")
            .map_err(|e| sentence(&e))?;
        let answer = inner.weigh(shape, params, row, sql);
        inner
            .conn
            .execute_batch("ROLLBACK")
            .map_err(|e| sentence(&e))?;
        answer
    }
}

impl Inner {
    fn check(&mut self, shape: &Shape, sql: &str, author: Author) -> Result<Reads, String> {
        lexer::closed(sql)?;
        self.learn(shape)?;
        let declared = shape.columns.iter().map(|c| c.name.as_str());
        let own: &[&str] = match author {
            Author::Pipeline => &[],
            Author::Operator => OWN,
        };
        *lock(&self.watch) = Watch {
            armed: true,
            subject: shape.subject.clone(),
            allowed: declared
                .chain(["wave", "phase"])
                .chain(own.iter().copied())
                .map(str::to_owned)
                .collect(),
            ..Watch::default()
        };
        let text = format!("SELECT 1 FROM {} WHERE (\n{sql}\n)", quoted(&shape.subject));
        let compiled = self.conn.prepare(&text).map(|statement| {
            (1..=statement.parameter_count())
                .map(|i| statement.parameter_name(i).unwrap_or_default().to_owned())
                .collect::<Vec<_>>()
        });
        let watch = std::mem::take(&mut *lock(&self.watch));
        let names = match compiled {
            Ok(names) => names,
            Err(error) => return Err(watch.fault.unwrap_or_else(|| sentence(&error))),
        };
        let mut settings = BTreeSet::new();
        for name in names {
            match name.strip_prefix(':').filter(|name| is_name(name)) {
                Some(setting) => settings.insert(setting.to_owned()),
                None => return Err(format!("\"{name}\" is no setting's name")),
            };
        }
        Ok(Reads {
            columns: watch.columns,
            settings,
        })
    }

    /// Makes the empty table for this shape, unless it is there.
    fn learn(&mut self, shape: &Shape) -> Result<(), String> {
        if self.shape.as_ref() == Some(shape) {
            return Ok(());
        }
        if let Some(old) = self.shape.take() {
            self.conn
                .execute_batch(&format!("DROP TABLE {}", quoted(&old.subject)))
                .map_err(|e| sentence(&e))?;
        }
        self.conn
            .execute_batch(&subject::loose_table(shape))
            .map_err(|e| sentence(&e))?;
        self.shape = Some(shape.clone());
        Ok(())
    }

    fn weigh(
        &self,
        shape: &Shape,
        params: &Values,
        row: &Values,
        sql: &str,
    ) -> Result<Option<bool>, String> {
        let known = |name: &str| {
            shape.columns.iter().any(|c| c.name == name) || name == "wave" || name == "phase"
        };
        let (names, values): (Vec<String>, Vec<&Value>) = row
            .iter()
            .filter(|(name, _)| known(name))
            .map(|(name, value)| (quoted(name), value))
            .unzip();
        let subject = quoted(&shape.subject);
        let insert = if names.is_empty() {
            format!("INSERT INTO {subject} DEFAULT VALUES")
        } else {
            let marks = vec!["?"; names.len()].join(", ");
            format!(
                "INSERT INTO {subject} ({}) VALUES ({marks})",
                names.join(", ")
            )
        };
        self.conn
            .execute(&insert, rusqlite::params_from_iter(values))
            .map_err(|e| sentence(&e))?;
        let mut statement = self
            .conn
            .prepare(&format!("SELECT NOT (\n{sql}\n) FROM {subject}"))
            .map_err(|e| sentence(&e))?;
        super::brain::bind(&mut statement, params, None).map_err(|e| sentence(&e))?;
        let mut rows = statement.raw_query();
        let found = rows.next().map_err(|e| sentence(&e))?;
        let not: Option<bool> = match found {
            Some(row) => row.get(0).map_err(|e| sentence(&e))?,
            None => None,
        };
        Ok(not.map(|not| !not))
    }
}

/// SQLite's own sentence, without the statement around it.
fn sentence(error: &rusqlite::Error) -> String {
    match error {
        rusqlite::Error::SqlInputError { msg, .. } => msg.clone(),
        other => other.to_string(),
    }
}

/// A panic elsewhere leaves nothing here half done that the next question would not start afresh.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
