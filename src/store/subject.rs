//! The subject table: made from the shape, and grown when a pipeline gains columns.

use super::handle::StoreError;
use super::meta;
use super::sql::{Result, quoted};
use crate::model::rule::{ColumnShape, Shape};
use crate::model::value::ValueType;
use rusqlite::Connection;
use std::collections::BTreeMap;

/// Columns every subject table has; a pipeline cannot declare them.
const OWN: [&str; 7] = [
    "id",
    "wave",
    "phase",
    "phase_since",
    "version",
    "created_at",
    "updated_at",
];

/// The store's other tables; a subject cannot be called so.
const TABLES: [&str; 15] = [
    "meta",
    "tally",
    "event",
    "attempt",
    "step",
    "hold",
    "fresh_start",
    "change",
    "message",
    "command",
    "command_row",
    "journal",
    "switch",
    "note",
    "queue",
];

/// The table's columns as SQLite declares them. Text compares byte by byte.
fn declaration(column: &ColumnShape) -> String {
    let name = quoted(&column.name);
    match column.kind {
        ValueType::Text => format!("{name} TEXT"),
        ValueType::Integer => format!("{name} INTEGER"),
        ValueType::Boolean => format!("{name} INTEGER CHECK ({name} IN (0, 1))"),
        ValueType::Time => format!(
            "{name} TEXT CHECK ({name} GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z')"
        ),
        ValueType::Json => format!("{name} TEXT CHECK ({name} IS NULL OR json_valid({name}))"),
    }
}

/// An unchecked table with the same columns, for questions about rows that do not exist.
pub(super) fn loose_table(shape: &Shape) -> String {
    let columns = shape.columns.iter().map(|column| {
        let kind = match column.kind {
            ValueType::Integer | ValueType::Boolean => "INTEGER",
            ValueType::Text | ValueType::Time | ValueType::Json => "TEXT",
        };
        format!("{} {kind}, ", quoted(&column.name))
    });
    format!(
        "CREATE TABLE {} (id INTEGER PRIMARY KEY, {}wave TEXT, phase TEXT, phase_since TEXT, version TEXT, created_at TEXT, updated_at TEXT)",
        quoted(&shape.subject),
        columns.collect::<String>()
    )
}

/// The table with its indexes, and the counters kept of it.
pub(super) fn table(shape: &Shape) -> String {
    let columns = shape.columns.iter().map(|column| {
        let rule = if column.name == shape.key {
            " NOT NULL UNIQUE COLLATE BINARY"
        } else {
            ""
        };
        format!("  {}{rule},\n", declaration(column))
    });
    let subject = quoted(&shape.subject);
    format!(
        "CREATE TABLE {subject} (\n  id INTEGER PRIMARY KEY,\n{}  wave TEXT,\n  phase TEXT,\n  phase_since TEXT NOT NULL,\n  version TEXT NOT NULL,\n  created_at TEXT NOT NULL,\n  updated_at TEXT NOT NULL\n) STRICT;
CREATE INDEX subject_phase ON {subject} (phase);
CREATE INDEX subject_wave ON {subject} (wave) WHERE wave IS NOT NULL;
CREATE TRIGGER subject_in AFTER INSERT ON {subject} BEGIN
  INSERT INTO tally VALUES ('phase', coalesce(NEW.phase, ''), '', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER subject_moved AFTER UPDATE OF phase ON {subject} WHEN OLD.phase IS NOT NEW.phase BEGIN
  UPDATE tally SET n = n - 1 WHERE kind = 'phase' AND a = coalesce(OLD.phase, '') AND b = '';
  INSERT INTO tally VALUES ('phase', coalesce(NEW.phase, ''), '', 1) ON CONFLICT DO UPDATE SET n = n + 1;
END;",
        columns.collect::<String>()
    )
}

/// What a shape must be before any table is made of it.
pub(super) fn check(shape: &Shape) -> Result<()> {
    let subject = &shape.subject;
    if TABLES.contains(&subject.as_str()) || subject.starts_with("sqlite_") || subject.is_empty() {
        return Err(StoreError::Bad(format!(
            "the subject cannot be called \"{subject}\": the store has a table of that name; choose another"
        )));
    }
    let mut seen = std::collections::BTreeSet::new();
    for column in &shape.columns {
        if OWN.contains(&column.name.as_str()) {
            return Err(StoreError::Bad(format!(
                "the column \"{}\" is the store's own; choose another name",
                column.name
            )));
        }
        if !seen.insert(&column.name) {
            return Err(StoreError::Bad(format!(
                "the column \"{}\" is declared twice",
                column.name
            )));
        }
    }
    let key = shape.columns.iter().find(|c| c.name == shape.key);
    match key.map(|c| c.kind) {
        Some(ValueType::Text) => Ok(()),
        Some(_) => Err(StoreError::Bad(format!(
            "the key column \"{}\" must be of type text",
            shape.key
        ))),
        None => Err(StoreError::Bad(format!(
            "the key column \"{}\" is not declared",
            shape.key
        ))),
    }
}

/// Makes the table, or adds the columns it lacks. A column that is no longer declared stays, unused.
pub(super) fn sync(conn: &Connection, shape: &Shape) -> Result<()> {
    check(shape)?;
    match meta::get(conn, "shape")?.map(|text| read_shape(&text)) {
        None => conn.execute_batch(&table(shape))?,
        Some(known) => same_subject(shape, &known?)?,
    }
    let mut kinds = known_kinds(conn)?;
    for column in &shape.columns {
        match kinds.get(&column.name) {
            Some(kind) if *kind == column.kind => continue,
            Some(kind) => {
                return Err(StoreError::Bad(format!(
                    "the column \"{}\" is of type {} in this store and {} in the pipeline: rename it in the pipeline, or begin a new store",
                    column.name,
                    kind.word(),
                    column.kind.word()
                )));
            }
            None => kinds.insert(column.name.clone(), column.kind),
        };
        let there = "SELECT 1 FROM pragma_table_info(?2) WHERE name = ?1";
        if !conn
            .prepare(there)?
            .exists([&column.name, &shape.subject])?
        {
            conn.execute_batch(&format!(
                "ALTER TABLE {} ADD COLUMN {}",
                quoted(&shape.subject),
                declaration(column)
            ))?;
        }
    }
    meta::set(conn, "columns", &text(&kinds)?)?;
    meta::set(conn, "shape", &text(shape)?)
}

fn same_subject(shape: &Shape, known: &Shape) -> Result<()> {
    if (&known.subject, &known.key) == (&shape.subject, &shape.key) {
        return Ok(());
    }
    Err(StoreError::Bad(format!(
        "this store holds {} rows named by {}, and the pipeline is about {} rows named by {}: give it a store of its own",
        known.subject, known.key, shape.subject, shape.key
    )))
}

/// Every column the table ever had, with its type; those a pipeline dropped are still there.
pub(super) fn known_kinds(conn: &Connection) -> Result<BTreeMap<String, ValueType>> {
    meta::get(conn, "columns")?
        .map(|text| serde_json::from_str(&text))
        .transpose()
        .map(Option::unwrap_or_default)
        .map_err(|error| StoreError::Broken(format!("the remembered columns: {error}")))
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| StoreError::Bad(error.to_string()))
}

pub(super) fn read_shape(text: &str) -> Result<Shape> {
    serde_json::from_str(text)
        .map_err(|error| StoreError::Broken(format!("the remembered shape: {error}")))
}
