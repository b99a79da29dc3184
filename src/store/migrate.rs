//! Numbered migrations, each in one transaction, counted in the file's header.

use super::handle::StoreError;
use super::open::bad;
use super::sql::{Result, quoted};
use crate::model::hash::sha256_hex;
use rusqlite::Connection;
use std::path::Path;

/// In order; the place in the list, from 1, is the schema's version. Never edited once released: a store remembers the
/// hash of each.
const STEPS: &[&str] = &[include_str!("schema/0001.sql")];

pub(super) fn newest() -> i64 {
    STEPS.len() as i64
}

fn version(conn: &Connection) -> Result<i64> {
    Ok(conn.pragma_query_value(None, "user_version", |row| row.get(0))?)
}

/// Brings an older schema up to this build's. Runs inside the caller's transaction.
pub(super) fn migrate(conn: &Connection, path: &Path, subject: &str) -> Result<()> {
    let have = version(conn)?;
    refuse_newer(have, path)?;
    for (number, step) in (1..).zip(STEPS) {
        let hash = sha256_hex(step.as_bytes());
        let name = format!("migration_{number}");
        if number <= have {
            if super::meta::get(conn, &name)?.is_some_and(|known| known != hash) {
                return Err(bad(
                    path,
                    &format!(
                        "its schema step {number} is not this build's; use the build that made it"
                    ),
                ));
            }
            continue;
        }
        conn.execute_batch(&step.replace("{subject}", &quoted(subject)))?;
        super::meta::set(conn, &name, &hash)?;
    }
    conn.pragma_update(None, "user_version", newest())?;
    Ok(())
}

/// Every table of this build, empty, for a copy in memory.
pub(super) fn apply(conn: &Connection, subject: &str) -> Result<()> {
    for step in STEPS {
        conn.execute_batch(&step.replace("{subject}", &quoted(subject)))?;
    }
    Ok(())
}

/// For readers, which cannot migrate.
pub(super) fn must_be_current(conn: &Connection, path: &Path) -> Result<()> {
    let have = version(conn)?;
    refuse_newer(have, path)?;
    if have < newest() {
        return Err(bad(
            path,
            "is of an older schema, or was never used; start the engine once to bring it up to date",
        ));
    }
    Ok(())
}

/// For whoever has not written anything yet.
pub(super) fn must_not_be_newer(conn: &Connection, path: &Path) -> Result<()> {
    refuse_newer(version(conn)?, path)
}

fn refuse_newer(have: i64, path: &Path) -> Result<(), StoreError> {
    if have <= newest() {
        return Ok(());
    }
    Err(bad(
        path,
        &format!(
            "was written by a newer drover (schema {have}; this one knows {}); use that one",
            newest()
        ),
    ))
}
