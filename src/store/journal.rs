//! The log people read, chained by hashes so that an altered or missing line shows.

use super::records::{Entry, Level, NewEntry};
use super::sql::Result;
use super::tx::Tx;
use super::view::View;
use crate::model::hash::sha256_hex;
use crate::model::row::RowId;
use crate::model::text::clean;
use crate::model::time::Time;
use rusqlite::{Params, Row, params};
use std::fmt::Write;

/// Entries read at a time while the chain is walked.
const PAGE: usize = 5_000;

/// The end of the chain at some moment. Told to somebody outside, it shows what the chain alone cannot: a tail cut off, or
/// a chain written anew from the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    pub id: i64,
    /// SHA-256, in hexadecimal.
    pub hash: String,
}

/// What became of a head that was told once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Had {
    Same,
    Changed,
    Gone,
}

/// What a line of a log has before a head.
const HEAD: &str = "journal head ";
const SHA: &str = "sha256:";

impl Head {
    /// As a log has it, with its line break: `journal head 4711 sha256:…`.
    pub fn line(&self) -> String {
        format!("{HEAD}{} {SHA}{}\n", self.id, self.hash)
    }

    /// From `4711:HASH` or `4711:sha256:HASH`.
    pub fn parse(text: &str) -> Option<Self> {
        let (id, hash) = text.trim().split_once([':', ' '])?;
        let hash = hash.trim().strip_prefix(SHA).unwrap_or(hash.trim());
        let whole = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        Some(Self {
            id: id.parse().ok().filter(|id| *id > 0)?,
            hash: whole.then(|| hash.to_ascii_lowercase())?,
        })
    }

    /// Out of a line of a log, whatever stands before it.
    pub fn in_line(line: &str) -> Option<Self> {
        let (_, rest) = line.rsplit_once(HEAD)?;
        let words: Vec<&str> = rest.split_whitespace().take(2).collect();
        Self::parse(&words.join(" "))
    }
}

impl View<'_> {
    /// Entries after `after`, oldest first.
    pub fn journal_after(&self, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.entries_where(
            "j.id > ?1 ORDER BY j.id LIMIT ?2",
            params![after, limit as i64],
        )
    }

    /// As [`Self::journal_after`], of one row.
    pub fn journal_after_of(&self, row: RowId, after: i64, limit: usize) -> Result<Vec<Entry>> {
        self.entries_where(
            "j.row = ?1 AND j.id > ?2 ORDER BY j.id LIMIT ?3",
            params![row, after, limit as i64],
        )
    }

    /// Entries before `before` (None = the end), newest first; of one row when given.
    pub fn journal_before(
        &self,
        before: Option<i64>,
        row: Option<RowId>,
        limit: usize,
    ) -> Result<Vec<Entry>> {
        let before = before.unwrap_or(i64::MAX);
        match row {
            Some(row) => self.entries_where(
                "j.row = ?1 AND j.id < ?2 ORDER BY j.id DESC LIMIT ?3",
                params![row, before, limit as i64],
            ),
            None => self.entries_where(
                "j.id < ?1 ORDER BY j.id DESC LIMIT ?2",
                params![before, limit as i64],
            ),
        }
    }

    /// The alarms after `after`, oldest first, each its entry's number and its text; and the newest entry's number.
    pub fn alarms_after(&self, after: i64) -> Result<(Vec<(i64, String)>, i64)> {
        let alarms = self.all(
            "SELECT id, text FROM journal WHERE id > ?1 AND level = 'alarm' ORDER BY id",
            [after],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        Ok((alarms, self.newest_entry()?))
    }

    /// The number of the newest entry; 0 when there is none.
    pub fn newest_entry(&self) -> Result<i64> {
        let newest = self.one("SELECT max(id) FROM journal", [], |row| row.get(0))?;
        Ok(newest.flatten().unwrap_or_default())
    }

    /// Walks the whole chain; how many entries were walked, and the id of the first that does not fit, if any. A gap in
    /// the ids does not fit either. What a chain cannot see is a tail cut off.
    pub fn verify_journal(&self) -> Result<(u64, Option<i64>)> {
        let mut walked = 0;
        let mut last = 0;
        let mut before = String::new();
        loop {
            let page = self.journal_after(last, PAGE)?;
            if page.is_empty() {
                return Ok((walked, None));
            }
            for entry in page {
                walked += 1;
                let line = Line {
                    id: entry.id,
                    at: entry.at,
                    level: entry.level,
                    source: &entry.source,
                    row: entry.row,
                    text: &entry.text,
                };
                if entry.id != last + 1 || entry.hash != line.hash(&before) {
                    return Ok((walked, Some(entry.id)));
                }
                last = entry.id;
                before = entry.hash;
            }
        }
    }

    /// The newest entry's number and hash; none while nothing was written.
    pub fn journal_head(&self) -> Result<Option<Head>> {
        let sql = "SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1";
        self.one(sql, [], |row| {
            Ok(Head {
                id: row.get(0)?,
                hash: row.get(1)?,
            })
        })
    }

    /// Whether the chain has this head: as told when it was the newest, changed since, or gone.
    pub fn journal_has(&self, head: &Head) -> Result<Had> {
        let hash = self.one("SELECT hash FROM journal WHERE id = ?1", [head.id], |row| {
            row.get::<_, String>(0)
        })?;
        Ok(match hash {
            None => Had::Gone,
            Some(hash) if hash == head.hash => Had::Same,
            Some(_) => Had::Changed,
        })
    }

    fn entries_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Entry>> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT j.id, j.at, j.level, j.source, j.row, s.{}, j.text, j.hash
             FROM journal j LEFT JOIN {} s ON s.id = j.row WHERE {condition}",
            brain.key, brain.subject
        );
        self.all(&sql, params, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Entry> {
    Ok(Entry {
        id: row.get(0)?,
        at: row.get(1)?,
        level: row.get(2)?,
        source: row.get(3)?,
        row: row.get(4)?,
        key: row.get(5)?,
        text: row.get(6)?,
        hash: row.get(7)?,
    })
}

/// What an entry's hash covers.
struct Line<'a> {
    id: i64,
    at: Time,
    level: Level,
    source: &'a str,
    row: Option<RowId>,
    text: &'a str,
}

impl Line<'_> {
    /// SHA-256 over each part with its length before it, so that no two entries are written alike.
    fn hash(&self, before: &str) -> String {
        let row = self.row.map(|row| row.0.to_string()).unwrap_or_default();
        let parts = [
            before,
            &self.id.to_string(),
            &self.at.to_string(),
            level_word(self.level),
            self.source,
            &row,
            self.text,
        ];
        let mut told = String::new();
        for part in parts {
            let _ = write!(told, "{}:{part}", part.len());
        }
        sha256_hex(told.as_bytes())
    }
}

fn level_word(level: Level) -> &'static str {
    match level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Alarm => "alarm",
    }
}

impl Tx<'_> {
    pub fn say(&mut self, entry: NewEntry) -> Result<()> {
        let last = self.one(
            "SELECT id, hash FROM journal ORDER BY id DESC LIMIT 1",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let (id, before): (i64, String) = last.unwrap_or_default();
        // An entry is one line wherever it is shown: a reason or a service's words with a line break would look like two.
        let (source, text) = (clean(&entry.source), clean(&entry.text));
        let line = Line {
            id: id + 1,
            at: self.now(),
            level: entry.level,
            source: &source,
            row: entry.row,
            text: &text,
        };
        self.run(
            "INSERT INTO journal (id, at, level, source, row, text, hash) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            params![
                line.id,
                line.at,
                line.level,
                line.source,
                line.row,
                line.text,
                line.hash(&before)
            ],
        )?;
        Ok(())
    }
}
