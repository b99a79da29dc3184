//! The subject table: rows read and written.

use super::among::Parts;
use super::brain::bind;
use super::handle::StoreError;
use super::judge::Author;
use super::records::{Cause, Query};
use super::sql::{Kept, Result, cell, quoted};
use super::tx::Tx;
use super::view::View;
use crate::model::row::{Row, RowId, Values};
use crate::model::rule::ColumnShape;
use crate::model::value::{Value, ValueType};
use rusqlite::params;
use std::fmt::Write;
use std::time::Duration;

/// The longest an operator's condition may keep a connection, in real time.
const PATIENCE: Duration = Duration::from_secs(2);

impl View<'_> {
    pub fn row(&self, id: RowId) -> Result<Option<Row>> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT {} FROM {} WHERE id = ?1",
            brain.columns, brain.subject
        );
        self.one(&sql, [id], |row| self.read_row(row))
    }

    /// The phase the row is in; `None` as well when there is no such row.
    pub fn phase(&self, id: RowId) -> Result<Option<String>> {
        let sql = format!(
            "SELECT phase FROM {} WHERE id = ?1",
            self.context.brain.subject
        );
        Ok(self.one(&sql, [id], |row| row.get(0))?.flatten())
    }

    /// By the key column, exactly.
    pub fn row_by_key(&self, key: &str) -> Result<Option<Row>> {
        let brain = &self.context.brain;
        let (columns, subject) = (&brain.columns, &brain.subject);
        let sql = format!("SELECT {columns} FROM {subject} WHERE {} = ?1", brain.key);
        self.one(&sql, [key], |row| self.read_row(row))
    }

    pub fn rows(&self, query: &Query) -> Result<Vec<Row>> {
        let columns = &self.context.brain.columns;
        self.select(columns, query, |row| self.read_row(row))
    }

    /// How many rows meet the condition, whatever the offset and limit.
    pub fn count(&self, query: &Query) -> Result<u64> {
        let all = Query {
            condition: query.condition.clone(),
            parts: query.parts.clone(),
            order: Vec::new(),
            offset: 0,
            limit: None,
        };
        let counted = self.select_part("count(*)", &all, None, |row| row.get::<_, i64>(0))?;
        Ok(counted.first().copied().unwrap_or_default().cast_unsigned())
    }

    /// Phase name (None = no phase holds) and rows in it, in the pipeline's order.
    pub fn phases(&self) -> Result<Vec<(Option<String>, u64)>> {
        let mut counts: Vec<(String, i64)> = self.all(
            "SELECT a, n FROM tally WHERE kind = 'phase' AND n > 0",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut take = |name: &str| {
            let at = counts.iter().position(|(known, _)| known == name)?;
            Some(counts.swap_remove(at).1.cast_unsigned())
        };
        let phases = &self.context.brain.rules.phases;
        let mut known: Vec<_> = phases
            .iter()
            .map(|phase| (Some(phase.name.clone()), take(&phase.name).unwrap_or(0)))
            .collect();
        if let Some(none) = take("") {
            known.push((None, none));
        }
        Ok(known)
    }

    pub(super) fn select<T>(
        &self,
        what: &str,
        query: &Query,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let order = self.order(query)?;
        self.select_as(what, query, ("", &order), read)
    }

    /// In no order; of rows that meet one more condition, which is ours.
    pub(super) fn select_part<T>(
        &self,
        what: &str,
        query: &Query,
        part: Option<&str>,
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let part = part.map_or(String::new(), |part| format!(" AND {part}"));
        self.select_as(what, query, (&part, ""), read)
    }

    fn select_as<T>(
        &self,
        what: &str,
        query: &Query,
        (part, order): (&str, &str),
        read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let brain = &self.context.brain;
        let mut sql = format!("SELECT {what} FROM {} WHERE 1{part}", brain.subject);
        let parts = Parts::new(self.context, &query.parts)?;
        for part in &parts.conditions {
            let _ = write!(sql, " AND ({part})");
        }
        if let Some(condition) = &query.condition {
            self.examine(condition)?;
            let _ = write!(sql, " AND (\n{condition}\n)");
        }
        let limit = query.limit.map_or(-1, u64::cast_signed);
        let _ = write!(
            sql,
            "{order} LIMIT {limit} OFFSET {}",
            query.offset.cast_signed()
        );
        let _limited = self.context.limited(PATIENCE);
        let mut statement = self.context.conn.prepare_cached(&sql)?;
        bind(&mut statement, &brain.rules.params, None)?;
        parts.bind(&mut statement)?;
        Ok(statement
            .raw_query()
            .mapped(read)
            .collect::<rusqlite::Result<_>>()?)
    }

    /// An operator's condition is held to the same rules as a pipeline's, and may read the store's own columns too.
    fn examine(&self, condition: &str) -> Result<()> {
        let brain = &self.context.brain;
        let reads = brain
            .judge
            .check(&brain.shape, condition, Author::Operator)
            .map_err(|why| StoreError::Bad(format!("the condition cannot be used: {why}")))?;
        let unknown = reads
            .settings
            .iter()
            .find(|setting| !brain.rules.params.contains_key(*setting));
        match unknown {
            Some(setting) => Err(StoreError::Bad(format!(
                "the condition names the setting :{setting}, which the pipeline does not have"
            ))),
            None => Ok(()),
        }
    }

    fn order(&self, query: &Query) -> Result<String> {
        let mut sql = String::from(" ORDER BY ");
        for (term, ascending) in self.order_terms(query)? {
            let way = if ascending { "ASC" } else { "DESC" };
            let _ = write!(sql, "{term} {way} NULLS LAST, ");
        }
        sql.push_str(&self.context.brain.key);
        Ok(sql)
    }

    /// What a list is ordered by before its key, as SQL, each ascending or not.
    pub(super) fn order_terms(&self, query: &Query) -> Result<Vec<(String, bool)>> {
        let brain = &self.context.brain;
        let own = ["id", "phase_since", "version", "created_at", "updated_at"];
        let term = |(column, ascending): &(String, bool)| {
            let declared = brain.shape.columns.iter().any(|c| c.name == *column);
            if column == "phase" {
                Ok((self.phase_rank(), *ascending))
            } else if declared || column == "wave" || own.contains(&column.as_str()) {
                Ok((quoted(column), *ascending))
            } else {
                Err(StoreError::Bad(format!(
                    "the list cannot be ordered by \"{column}\": there is no such column"
                )))
            }
        };
        query.order.iter().map(term).collect()
    }

    /// Phases sort as the pipeline has them, not by their letters.
    fn phase_rank(&self) -> String {
        let phases = &self.context.brain.rules.phases;
        if phases.is_empty() {
            return "phase".into();
        }
        let ranks = phases
            .iter()
            .enumerate()
            .map(|(rank, phase)| format!(" WHEN '{}' THEN {rank}", phase.name.replace('\'', "''")));
        format!("CASE phase{} END", ranks.collect::<String>())
    }

    fn read_row(&self, row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
        let shape = &self.context.brain.shape;
        let mut values = Values::new();
        for (at, column) in (1..).zip(&shape.columns) {
            values.insert(column.name.clone(), cell(column.kind, row.get_ref(at)?)?);
        }
        let after = shape.columns.len() + 1;
        let key = values.get(&shape.key).and_then(Value::as_text);
        Ok(Row {
            id: row.get(0)?,
            key: key.unwrap_or_default().to_owned(),
            wave: row.get(after)?,
            phase: row.get(after + 1)?,
            phase_since: row.get(after + 2)?,
            version: row.get(after + 3)?,
            created_at: row.get(after + 4)?,
            updated_at: row.get(after + 5)?,
            values,
        })
    }
}

impl Tx<'_> {
    /// The row of this key, made if it is not there; true when it was made.
    pub fn row_of(&mut self, key: &str) -> Result<(RowId, bool)> {
        let brain = &self.context.brain;
        if key.trim().is_empty() {
            return Err(StoreError::Bad(format!(
                "a {} needs a {}; this one is empty",
                brain.shape.subject, brain.shape.key
            )));
        }
        let find = format!("SELECT id FROM {} WHERE {} = ?1", brain.subject, brain.key);
        if let Some(row) = self.one(&find, [key], |row| row.get(0))? {
            return Ok((row, false));
        }
        let insert = format!(
            "INSERT INTO {} ({}, phase_since, version, created_at, updated_at) VALUES (?1, ?2, ?3, ?2, ?2)",
            brain.subject, brain.key
        );
        let id = self.insert(&insert, params![key, self.now(), brain.rules.version])?;
        self.made(RowId(id), key);
        Ok((RowId(id), true))
    }

    /// Writes columns. Unchanged ones leave no trace. Answers the names of those that changed.
    /// An unknown column or a value of the wrong type is [`StoreError::Bad`].
    pub fn set(&mut self, row: RowId, values: &Values, cause: &Cause) -> Result<Vec<String>> {
        for (name, value) in values {
            self.fits(name, value)?;
        }
        if let Some(key) = self.take_made(row) {
            self.note_key(row, &key, cause)?;
            self.touch(row, cause);
        }
        let Some(now) = self.current(row, values)? else {
            return Err(StoreError::Bad(format!("there is no row {}", row.0)));
        };
        let changed: Vec<(&String, &Value, &Value)> = (values.iter().zip(&now))
            .filter(|((_, new), old)| new != old)
            .map(|((name, new), old)| (name, old, new))
            .collect();
        if changed.is_empty() {
            return Ok(Vec::new());
        }
        if let Some((_, old, new)) = changed.iter().find(|(name, ..)| **name == self.shape().key) {
            return Err(StoreError::Bad(format!(
                "the {} of a row never changes ({old} cannot become {new}); make another row",
                self.shape().key
            )));
        }
        let mut sets = String::new();
        for (at, (name, ..)) in (4..).zip(&changed) {
            let _ = write!(sets, ", {} = ?{at}", quoted(name));
        }
        let sql = format!(
            "UPDATE {} SET updated_at = ?2, version = ?3{sets} WHERE id = ?1",
            self.context.brain.subject
        );
        let at = self.now();
        let version = &self.context.brain.rules.version;
        let mut bound: Vec<&dyn rusqlite::ToSql> = vec![&row, &at, version];
        bound.extend(changed.iter().map(|(.., new)| *new as &dyn rusqlite::ToSql));
        self.run(&sql, &bound[..])?;
        for (name, old, new) in &changed {
            self.note_change(row, name, old, new, cause)?;
        }
        self.touch(row, cause);
        Ok(changed.into_iter().map(|(name, ..)| name.clone()).collect())
    }

    pub fn set_wave(&mut self, row: RowId, wave: Option<&str>, cause: &Cause) -> Result<()> {
        let subject = &self.context.brain.subject;
        let find = format!("SELECT wave FROM {subject} WHERE id = ?1");
        let old: Option<String> = self
            .one(&find, [row], |row| row.get(0))?
            .ok_or_else(|| StoreError::Bad(format!("there is no row {}", row.0)))?;
        if old.as_deref() == wave {
            return Ok(());
        }
        self.run(
            &format!("UPDATE {subject} SET wave = ?2, updated_at = ?3 WHERE id = ?1"),
            params![row, wave, self.now()],
        )?;
        let value = |wave: Option<&str>| wave.map_or(Value::Null, |w| Value::Text(w.into()));
        self.note_change(row, "wave", &value(old.as_deref()), &value(wave), cause)?;
        self.touch(row, cause);
        Ok(())
    }

    pub(super) fn note_key(&self, row: RowId, key: &str, cause: &Cause) -> Result<()> {
        let new = Value::Text(key.to_owned());
        let name = self.shape().key.clone();
        self.note_change(row, &name, &Value::Null, &new, cause)
    }

    fn note_change(
        &self,
        row: RowId,
        column: &str,
        old: &Value,
        new: &Value,
        cause: &Cause,
    ) -> Result<()> {
        self.run(
            "INSERT INTO change (row, \"column\", old, new, cause, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            params![row, column, old, new, Kept(cause), self.now()],
        )?;
        Ok(())
    }

    fn fits(&self, name: &str, value: &Value) -> Result<()> {
        let columns = &self.shape().columns;
        let Some(ColumnShape { kind, .. }) = columns.iter().find(|c| c.name == name) else {
            return Err(StoreError::Bad(format!("there is no column \"{name}\"")));
        };
        let got = match value {
            Value::Null if name == self.shape().key => "null",
            Value::Null => return Ok(()),
            Value::Text(_) => ValueType::Text.word(),
            Value::Integer(_) => ValueType::Integer.word(),
            Value::Boolean(_) => ValueType::Boolean.word(),
            Value::Time(_) => ValueType::Time.word(),
            Value::Json(_) => ValueType::Json.word(),
        };
        if got == kind.word() {
            return Ok(());
        }
        Err(StoreError::Bad(format!(
            "the column \"{name}\" holds {}, not {got}",
            kind.word()
        )))
    }

    /// What the row has now in the columns about to be written, in the same order.
    fn current(&self, row: RowId, values: &Values) -> Result<Option<Vec<Value>>> {
        let brain = &self.context.brain;
        let names: Vec<String> = values.keys().map(|name| quoted(name)).collect();
        let list = if names.is_empty() {
            "id".to_owned()
        } else {
            names.join(", ")
        };
        let sql = format!("SELECT {list} FROM {} WHERE id = ?1", brain.subject);
        self.one(&sql, [row], |found| {
            values
                .keys()
                .enumerate()
                .map(|(at, name)| {
                    let kind = brain.kind(name).unwrap_or(ValueType::Text);
                    Ok(cell(kind, found.get_ref(at)?)?)
                })
                .collect()
        })
    }
}
