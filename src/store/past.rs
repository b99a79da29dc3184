//! The table as it once was: built beside the store from the rows of now and what changed since.

use super::context::Context;
use super::handle::StoreError;
use super::pool;
use super::rebuild;
use super::sql::{Result, quoted};
use super::subject;
use super::view::View;
use crate::model::time::Time;
use rusqlite::types::Value as Cell;
use rusqlite::{Connection, params, params_from_iter};
use std::collections::{BTreeMap, HashMap};

/// The subject table as it was at a moment, in memory. Conditions, phases and gates are judged on the rows as they were;
/// what the store keeps only as of now (holds, queues, switches) is empty.
pub struct Past {
    context: Context,
    at: Time,
    /// The last change before that moment, and the first after it.
    pub before: Option<Time>,
    pub after: Option<Time>,
    /// Attempts that were open then, by rule.
    pub open: BTreeMap<String, u64>,
    /// The last journal entry of then; 0 when there was none.
    pub last_entry: i64,
}

impl Past {
    pub fn at(&self) -> Time {
        self.at
    }

    /// One look at what was.
    pub fn look<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T, StoreError>) -> Result<T> {
        pool::look(&self.context, self.at, work)
    }
}

/// What a row had before the first change after the moment, by the column's place among the stored ones.
type Undo = HashMap<i64, Vec<(usize, Cell)>>;

impl View<'_> {
    /// Builds the table as it was at `at`. Costs a pass over the rows and over the changes since.
    pub fn past(&self, at: Time) -> Result<Past> {
        let brain = &self.context.brain;
        let conn = Connection::open_in_memory()?;
        super::migrate::apply(&conn, &brain.shape.subject)?;
        conn.execute_batch(&subject::table(&brain.shape))?;
        rebuild::make_queue(&conn)?;
        let mark = self.last_until("change", at)?;
        self.copy(&conn, mark, at)?;
        let open = self.all(
            "SELECT rule, count(*) FROM attempt
             WHERE started_at <= ?1 AND (finished_at IS NULL OR finished_at > ?1) GROUP BY rule",
            [at],
            |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())),
        )?;
        let before = self.last_until("change", Time::from_millis(at.millis() - 1))?;
        Ok(Past {
            context: Context::new(conn, brain.clone())?,
            at,
            before: self.one(
                "SELECT at FROM change WHERE id <= ?1 ORDER BY id DESC LIMIT 1",
                [before],
                |row| row.get(0),
            )?,
            after: self.one(
                "SELECT at FROM change WHERE id > ?1 ORDER BY id LIMIT 1",
                [mark],
                |row| row.get(0),
            )?,
            open: open.into_iter().collect(),
            last_entry: self.last_until("journal", at)?,
        })
    }

    /// The largest id of a table whose ids grow with time that is not after `at`; 0 when there is none.
    fn last_until(&self, table: &str, at: Time) -> Result<i64> {
        let last: Option<i64> = self
            .one(&format!("SELECT max(id) FROM {table}"), [], |row| {
                row.get(0)
            })?
            .flatten();
        let (mut low, mut high) = (0, last.unwrap_or(0));
        let probe = format!("SELECT at FROM {table} WHERE id >= ?1 ORDER BY id LIMIT 1");
        while low < high {
            let middle = low + (high - low + 1) / 2;
            let found: Option<Time> = self.one(&probe, [middle], |row| row.get(0))?;
            if found.is_some_and(|found| found <= at) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        Ok(low)
    }

    fn copy(&self, conn: &Connection, mark: i64, at: Time) -> Result<()> {
        let brain = &self.context.brain;
        let shape = &brain.shape;
        let mut names: Vec<String> = vec!["id".into()];
        names.extend(shape.columns.iter().map(|column| column.name.clone()));
        let own = [
            "wave",
            "phase",
            "phase_since",
            "version",
            "created_at",
            "updated_at",
        ];
        names.extend(own.map(str::to_owned));
        let place = |name: &str| names.iter().position(|known| known == name);
        let mut undo = self.undo(mark, &place)?;
        let (phase_since, updated_at) = (names.len() - 4, names.len() - 1);
        let created_at = names.len() - 2;

        let list: Vec<String> = names.iter().map(|name| quoted(name)).collect();
        let marks = vec!["?"; names.len()].join(", ");
        let list = list.join(", ");
        let mut insert = conn.prepare(&format!(
            "INSERT INTO {} ({list}) VALUES ({marks})",
            brain.subject
        ))?;
        let mut last = self.context.conn.prepare_cached(
            "SELECT max(at), max(CASE \"column\" WHEN 'phase' THEN at END) FROM change WHERE row = ?1 AND id <= ?2",
        )?;
        let select = format!(
            "SELECT {list} FROM {} WHERE created_at <= ?1",
            brain.subject
        );
        let mut rows = self.context.conn.prepare_cached(&select)?;
        let mut rows = rows.query([at])?;
        conn.execute_batch("BEGIN")?;
        while let Some(row) = rows.next()? {
            let mut cells = (0..names.len())
                .map(|at| row.get(at))
                .collect::<rusqlite::Result<Vec<Cell>>>()?;
            let id: i64 = row.get(0)?;
            if let Some(olds) = undo.remove(&id) {
                for (place, old) in olds {
                    cells[place] = old;
                }
                let (changed, phase): (Option<String>, Option<String>) =
                    last.query_row(params![id, mark], |row| Ok((row.get(0)?, row.get(1)?)))?;
                let born = cells[created_at].clone();
                cells[phase_since] = phase.map_or_else(|| born.clone(), Cell::Text);
                cells[updated_at] = changed.map_or(born, Cell::Text);
            }
            insert.execute(params_from_iter(cells))?;
        }
        conn.execute_batch("COMMIT")?;
        Ok(())
    }

    fn undo(&self, mark: i64, place: &dyn Fn(&str) -> Option<usize>) -> Result<Undo> {
        let mut undo = Undo::new();
        let mut places: HashMap<String, Option<usize>> = HashMap::new();
        let mut changes = self
            .context
            .conn
            .prepare_cached("SELECT row, \"column\", old FROM change WHERE id > ?1 ORDER BY id")?;
        let mut changes = changes.query([mark])?;
        while let Some(change) = changes.next()? {
            let column: String = change.get(1)?;
            let found = *places
                .entry(column)
                .or_insert_with_key(|column| place(column));
            // A column that is no longer declared is no longer shown.
            let Some(found) = found else { continue };
            let olds = undo.entry(change.get(0)?).or_default();
            if !olds.iter().any(|(known, _)| *known == found) {
                olds.push((found, change.get(2)?));
            }
        }
        Ok(undo)
    }
}
