//! Copies of a store, and a store made of a copy.

use super::handle::StoreError;
use super::lock::EngineLock;
use super::open::{self, bad, beside};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use super::{meta, migrate};
use crate::model::clock::real_now;
use crate::model::random::Random;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OptionalExtension, params};
use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;
use serde_json::Value as Json;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Pages copied at a time.
const STEP: i32 = 2_000;
/// The note a restored store carries until an engine has begun to look up what it forgot.
const RESTORED: &str = "restored";

/// Copies the store at `path`, with or without a running engine, into the new file `to`: consistent, checked whole, and
/// on disk when this returns. Killed at any moment it leaves the whole copy, or none of that name.
pub fn backup(path: &Path, to: &Path) -> Result<()> {
    let taken = || {
        StoreError::Bad(format!(
            "{} is there already; name a new file for the backup",
            to.display()
        ))
    };
    if to.symlink_metadata().is_ok() {
        return Err(taken());
    }
    let from = open::reader(path)?;
    migrate::must_be_current(&from, path)?;
    let part = beside(to, ".part");
    let done = fill(&from, &part, |_| Ok(())).and_then(|()| {
        match renameat_with(CWD, &part, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => Ok(()),
            Err(Errno::EXIST) => Err(taken()),
            Err(error) if is_unknown(error) => moved(&part, to),
            Err(error) => Err(bad(to, &format!("cannot be put in place: {error}"))),
        }?;
        open::sync_parent(to)
    });
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

/// Puts a store made of the backup `from` at `path`. What is there now is kept beside it, under the name answered. No
/// engine may run. The store remembers, in the note `restored`, that it forgot what the world did since: everything
/// younger must be looked up before anything is sent. Killed at any moment it leaves the old store or the new one.
pub fn restore(from: &Path, path: &Path) -> Result<Option<PathBuf>> {
    let _lock = EngineLock::take(path)?;
    let source = open::reader(from)?;
    migrate::must_be_current(&source, from)?;
    let part = beside(path, ".part");
    let done = fill(&source, &part, |conn| {
        let note = serde_json::json!({
            "at": real_now(), "from": from.display().to_string(), "since": moment(conn)?
        });
        conn.execute(
            "INSERT INTO note VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![RESTORED, Kept(&note)],
        )?;
        Ok(())
    })
    .and_then(|()| put_in_place(&part, path));
    if done.is_err() {
        let _ = std::fs::remove_file(&part);
    }
    done
}

/// The last moment of engine time a store knows of: nothing it has forgotten is older. `None` when it never ran.
pub(super) fn moment(conn: &Connection) -> Result<Option<Time>> {
    let mut latest = None;
    for sql in [
        "SELECT at FROM journal ORDER BY id DESC LIMIT 1",
        "SELECT started_at FROM attempt ORDER BY id DESC LIMIT 1",
        "SELECT started_at FROM step ORDER BY id DESC LIMIT 1",
        "SELECT received_at FROM event ORDER BY id DESC LIMIT 1",
    ] {
        let at: Option<Time> = conn.query_row(sql, [], |row| row.get(0)).optional()?;
        latest = latest.max(at);
    }
    let beat: Option<Kept<Json>> = conn
        .query_row("SELECT value FROM note WHERE name = 'engine'", [], |row| {
            row.get(0)
        })
        .optional()?;
    let beat = beat.and_then(|Kept(note)| Time::parse(note["clock"].as_str()?).ok());
    Ok(latest.max(beat))
}

impl View<'_> {
    /// What calls of this action that change something came to for the row, by rule.
    pub fn results_of(&self, row: RowId, action: &str) -> Result<Vec<(String, Json)>> {
        self.all(
            "SELECT a.rule, s.result FROM attempt a JOIN step s ON s.attempt = a.id
             WHERE a.row = ?1 AND s.action = ?2 AND s.mutates = 1 AND s.result IS NOT NULL",
            params![row, action],
            |row| Ok((row.get(0)?, row.get::<_, Kept<Json>>(1)?.0)),
        )
    }
}

/// A call that changed something, and went well.
#[derive(Clone, Debug)]
pub struct Landed {
    pub input: Json,
    pub started_at: Time,
}

impl View<'_> {
    /// The latest calls of this action that the table knows to have landed.
    pub fn landed(&self, action: &str, limit: usize) -> Result<Vec<Landed>> {
        self.all(
            "SELECT input, started_at FROM step WHERE action = ?1 AND mutates = 1 AND result IS NOT NULL
             ORDER BY id DESC LIMIT ?2",
            params![action, limit as i64],
            |row| {
                Ok(Landed {
                    input: row.get::<_, Kept<Json>>(0)?.0,
                    started_at: row.get(1)?,
                })
            },
        )
    }
}

impl Tx<'_> {
    /// Gives the store a new id: numbers it gave out after the backup are given out again, and what carries them must
    /// not be taken for what carried them then.
    pub fn becomes_another(&mut self) -> Result<()> {
        meta::set(&self.context.conn, "id", &Random::system().uuid())
    }
}

fn fill(
    from: &Connection,
    part: &Path,
    finish: impl FnOnce(&Connection) -> Result<()>,
) -> Result<()> {
    let _ = std::fs::remove_file(part);
    open::make(part)?;
    let mut to = Connection::open(part)?;
    // One look for all of it: else a busy engine's every commit begins the copy anew.
    from.execute_batch("BEGIN")?;
    from.query_row("SELECT count(*) FROM meta", [], |_| Ok(()))?;
    {
        let backup = Backup::new(from, &mut to)?;
        while backup.step(STEP)? != StepResult::Done {
            std::thread::yield_now();
        }
    }
    from.execute_batch("COMMIT")?;
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

/// The new file takes the store's name in one move; the old one takes the name it is kept under.
fn put_in_place(part: &Path, path: &Path) -> Result<Option<PathBuf>> {
    let stamp = real_now().to_string().replace([':', '.'], "-");
    let aside = beside(path, &format!(".before-restore-{stamp}"));
    let is_there = path.symlink_metadata().is_ok();
    if is_there {
        empty_log(path);
    }
    // A log or journal of another file must never be read into the new one.
    for suffix in ["-wal", "-shm", "-journal"] {
        let old = beside(path, suffix);
        if old.exists() {
            moved(&old, &beside(&aside, suffix))?;
        }
    }
    if !is_there {
        moved(part, path)?;
        open::sync_parent(path)?;
        return Ok(None);
    }
    moved(part, &aside)?;
    match renameat_with(CWD, &aside, CWD, path, RenameFlags::EXCHANGE) {
        Ok(()) => {}
        Err(error) if is_unknown(error) => {
            moved(&aside, part)?;
            moved(path, &aside)?;
            moved(part, path)?;
        }
        Err(error) => {
            let _ = std::fs::remove_file(&aside);
            return Err(bad(path, &format!("cannot be set aside: {error}")));
        }
    }
    open::sync_parent(path)?;
    Ok(Some(aside))
}

/// Brings what stands in the old store's log into the file itself, so that the file alone is the store. One that is too
/// broken for that is kept as it is.
fn empty_log(path: &Path) {
    let log = beside(path, "-wal").metadata();
    // One without a log is whole already, and is not written to.
    if log.is_err() || log.is_ok_and(|log| log.len() == 0) {
        return;
    }
    if let Ok(conn) = open::writer(path) {
        let _ = conn.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
        let _ = conn.close();
    }
}

fn moved(from: &Path, to: &Path) -> Result<()> {
    std::fs::rename(from, to).map_err(|error| {
        bad(
            to,
            &format!("{} cannot take its place: {error}", from.display()),
        )
    })
}

/// The file system knows no such move.
fn is_unknown(error: Errno) -> bool {
    matches!(error, Errno::INVAL | Errno::NOSYS | Errno::NOTSUP)
}
