//! How often an engine has taken this store up, kept twice: inside it, and in `<store>.epoch` beside it.
//!
//! Inside, the number is asked in every write: an engine that stood still while another took over finds that it is no
//! longer the one, and ends. Beside it stands also how far the journal had come. A store that is behind that was put
//! there from an older copy, and has forgotten what the world remembers.

use super::handle::StoreError;
use super::meta;
use super::open::{bad, beside, sync_parent};
use super::sql::{Kept, Result};
use crate::model::clock::real_now;
use crate::model::random::Random;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

const NAME: &str = "epoch";
/// The store's descent: made once, and the same in every copy, whatever else a copy changes about itself.
const LINE: &str = "line";
/// The note `drover restore` leaves as well.
const RESTORED: &str = "restored";

/// The engine's own number.
#[derive(Clone, Debug)]
pub(super) struct Epoch {
    number: i64,
    file: PathBuf,
}

/// What stands in the file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Mark {
    line: String,
    epoch: i64,
    /// The journal's newest entry, and its hash.
    entries: i64,
    head: String,
}

impl Epoch {
    /// Counts this start, and notes it when the store is older than the file beside it says. Inside the transaction
    /// that opens the store; [`Self::mark`] follows its commit.
    pub(super) fn take(conn: &Connection, path: &Path) -> Result<Self> {
        let file = beside(path, ".epoch");
        if meta::get(conn, LINE)?.is_none() {
            meta::set(conn, LINE, &Random::system().uuid())?;
        }
        let known = read(&file)?;
        let mut last = current(conn)?;
        if let Some(known) = known {
            if is_behind(conn, &known)? {
                forgot(conn, &file)?;
            }
            last = last.max(known.epoch);
        }
        let number = last + 1;
        meta::set(conn, NAME, &number.to_string())?;
        Ok(Self { number, file })
    }

    pub(super) fn number(&self) -> i64 {
        self.number
    }

    /// Fails when another engine has taken the store up since.
    pub(super) fn is_ours(&self, conn: &Connection) -> Result<()> {
        let now = current(conn)?;
        if now == self.number {
            return Ok(());
        }
        Err(StoreError::Broken(format!(
            "another engine took it over (start {now}) while this one (start {}) stood still; this one ends, the other goes on",
            self.number
        )))
    }

    /// Writes down how far the store has come, durably. Without room for it, later.
    pub(super) fn mark(&self, conn: &Connection) -> Result<()> {
        self.is_ours(conn)?;
        let (entries, head) = head(conn)?;
        let mark = Mark {
            line: line(conn)?,
            epoch: self.number,
            entries,
            head,
        };
        let part = beside(&self.file, ".part");
        let text = serde_json::to_string(&mark).map_err(|e| StoreError::Bad(e.to_string()))?;
        let written = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&part)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.write_all(b"\n")?;
                file.sync_all()
            })
            .and_then(|()| std::fs::rename(&part, &self.file));
        match written {
            Ok(()) => sync_parent(&self.file),
            Err(error) => {
                let _ = std::fs::remove_file(&part);
                match error.kind() {
                    std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                        Err(StoreError::Full)
                    }
                    _ => Err(StoreError::Broken(format!(
                        "{} cannot be written: {error}",
                        self.file.display()
                    ))),
                }
            }
        }
    }
}

fn current(conn: &Connection) -> Result<i64> {
    let kept = meta::get(conn, NAME)?;
    Ok(kept.and_then(|text| text.parse().ok()).unwrap_or(0))
}

fn line(conn: &Connection) -> Result<String> {
    Ok(meta::get(conn, LINE)?.unwrap_or_default())
}

fn head(conn: &Connection) -> Result<(i64, String)> {
    let newest = conn
        .prepare_cached("SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    Ok(newest.unwrap_or_default())
}

fn read(file: &Path) -> Result<Option<Mark>> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(bad(file, &format!("cannot be read: {error}"))),
    };
    serde_json::from_str(&text).map(Some).map_err(|_| {
        StoreError::Bad(format!(
            "{} cannot be understood; it says how far the store beside it had come. If that store is the newest there is, \
             delete this file and start again",
            file.display()
        ))
    })
}

/// A store of the same name that knows less than was written down, or something else.
fn is_behind(conn: &Connection, known: &Mark) -> Result<bool> {
    let (entries, _) = head(conn)?;
    if line(conn)? != known.line {
        // An empty one was begun anew on purpose; one with a past of its own is not the one that ran here.
        return Ok(entries > 0);
    }
    if current(conn)? < known.epoch || entries < known.entries {
        return Ok(true);
    }
    if known.entries == 0 {
        return Ok(false);
    }
    let hash: Option<String> = conn
        .query_row(
            "SELECT hash FROM journal WHERE id = ?1",
            [known.entries],
            |row| row.get(0),
        )
        .optional()?;
    Ok(hash.as_deref() != Some(known.head.as_str()))
}

/// As `drover restore` says it; what it said itself stays.
fn forgot(conn: &Connection, file: &Path) -> Result<()> {
    let note = serde_json::json!({
        "at": real_now(),
        "from": format!("an older copy, put in its place by hand (it is behind {})", file.display()),
    });
    conn.execute(
        "INSERT INTO note VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value WHERE value = 'null'",
        params![RESTORED, Kept(&note)],
    )?;
    Ok(())
}
