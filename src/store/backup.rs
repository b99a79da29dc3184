//! Copies of a store, and a store made of a copy.

use super::handle::StoreError;
use super::lock::EngineLock;
use super::migrate;
use super::open::{self, bad, beside};
use super::sql::{Kept, Result};
use crate::model::clock::real_now;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, params};
use std::fs::File;
use std::path::{Path, PathBuf};

/// Pages copied between two looks at the lock.
const STEP: i32 = 2_000;
/// The note a restored store carries until an engine has stopped all sending because of it.
const RESTORED: &str = "restored";

/// Copies the store at `path`, with or without a running engine, into the new file `to`: consistent, checked whole, and
/// on disk when this returns.
pub fn backup(path: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        return Err(StoreError::Bad(format!(
            "{} is there already; name a new file for the backup",
            to.display()
        )));
    }
    let from = open::reader(path)?;
    migrate::must_be_current(&from, path)?;
    copy(&from, to, |_| Ok(()))
}

/// Puts a store made of the backup `from` at `path`. What is there now is kept beside it, under the name answered. No
/// engine may run. The store remembers, in the note `restored`, that it forgot what the world did since: everything
/// younger must be looked at before anything is sent.
pub fn restore(from: &Path, path: &Path) -> Result<Option<PathBuf>> {
    let _lock = EngineLock::take(path)?;
    let source = open::reader(from)?;
    migrate::must_be_current(&source, from)?;
    let aside = set_aside(path)?;
    let note = serde_json::json!({ "at": real_now(), "from": from.display().to_string() });
    copy(&source, path, |conn| {
        conn.execute(
            "INSERT INTO note VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![RESTORED, Kept(&note)],
        )?;
        Ok(())
    })?;
    Ok(aside)
}

/// Copies into a file of another name first, so that a name never stands for half a copy.
fn copy(
    from: &Connection,
    to: &Path,
    finish: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let part = beside(to, ".part");
    let done = fill(from, &part, finish).and_then(|()| {
        std::fs::rename(&part, to)
            .map_err(|error| bad(to, &format!("cannot be put in place: {error}")))?;
        open::sync_parent(to)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

fn fill(
    from: &Connection,
    part: &Path,
    finish: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let _ = std::fs::remove_file(part);
    open::make(part)?;
    let mut to = Connection::open(part)?;
    {
        let backup = Backup::new(from, &mut to)?;
        while backup.step(STEP)? != StepResult::Done {
            std::thread::yield_now();
        }
    }
    // One file, whole in itself, until an engine opens it.
    to.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))?;
    finish(&to)?;
    let word: String = to.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if word != "ok" {
        return Err(StoreError::Bad(format!(
            "the copy does not hold together ({word}); the store itself may be damaged"
        )));
    }
    to.close().map_err(|(_, error)| error)?;
    File::open(part)
        .and_then(|file| file.sync_all())
        .map_err(|error| bad(part, &format!("cannot be synced: {error}")))
}

/// Moves the store that is there, with its log, out of the way.
fn set_aside(path: &Path) -> Result<Option<PathBuf>> {
    if !path.exists() {
        return Ok(None);
    }
    let stamp = real_now().to_string().replace([':', '.'], "-");
    let aside = beside(path, &format!(".before-restore-{stamp}"));
    for suffix in ["-wal", "-shm", ""] {
        let old = beside(path, suffix);
        if old.exists() {
            std::fs::rename(&old, beside(&aside, suffix))
                .map_err(|error| bad(path, &format!("cannot be set aside: {error}")))?;
        }
    }
    Ok(Some(aside))
}
