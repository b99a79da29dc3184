//! How checks and mirrors stand.

use super::records::{CheckRecord, CheckState, MirrorRecord};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use rusqlite::{Row, params};

impl View<'_> {
    /// Those that were asked at least once, by name.
    pub fn checks(&self) -> Result<Vec<CheckRecord>> {
        let sql = "SELECT name, state, since, at, text, advice FROM check_state ORDER BY name";
        self.all(sql, [], read_check)
    }

    pub fn check(&self, name: &str) -> Result<Option<CheckRecord>> {
        let sql = "SELECT name, state, since, at, text, advice FROM check_state WHERE name = ?1";
        self.one(sql, [name], read_check)
    }

    /// The first of these that is not ok; one that was never asked is not ok.
    pub fn unmet_check(&self, names: &[String]) -> Result<Option<String>> {
        for name in names {
            let found = self.check(name)?;
            if found.is_none_or(|check| check.state != CheckState::Ok) {
                return Ok(Some(name.clone()));
            }
        }
        Ok(None)
    }

    /// Those that were told, or should have been, by name.
    pub fn mirrors(&self) -> Result<Vec<MirrorRecord>> {
        let sql = "SELECT name, state, since, told_at, told, result, text FROM mirror_state ORDER BY name";
        self.all(sql, [], read_mirror)
    }

    pub fn mirror(&self, name: &str) -> Result<Option<MirrorRecord>> {
        let sql = "SELECT name, state, since, told_at, told, result, text FROM mirror_state WHERE name = ?1";
        self.one(sql, [name], read_mirror)
    }
}

impl Tx<'_> {
    pub fn set_check(&mut self, check: &CheckRecord) -> Result<()> {
        self.run(
            "INSERT INTO check_state VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since, at = excluded.at,
               text = excluded.text, advice = excluded.advice",
            params![
                check.name,
                check.state,
                check.since,
                check.at,
                check.text,
                check.advice
            ],
        )?;
        Ok(())
    }

    pub fn set_mirror(&mut self, mirror: &MirrorRecord) -> Result<()> {
        self.run(
            "INSERT INTO mirror_state VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT DO UPDATE SET state = excluded.state, since = excluded.since, told_at = excluded.told_at,
               told = excluded.told, result = excluded.result, text = excluded.text",
            params![
                mirror.name,
                mirror.state,
                mirror.since,
                mirror.told_at,
                mirror.told,
                Kept(&mirror.result),
                mirror.text
            ],
        )?;
        Ok(())
    }
}

fn read_check(row: &Row<'_>) -> rusqlite::Result<CheckRecord> {
    Ok(CheckRecord {
        name: row.get(0)?,
        state: row.get(1)?,
        since: row.get(2)?,
        at: row.get(3)?,
        text: row.get(4)?,
        advice: row.get(5)?,
    })
}

fn read_mirror(row: &Row<'_>) -> rusqlite::Result<MirrorRecord> {
    Ok(MirrorRecord {
        name: row.get(0)?,
        state: row.get(1)?,
        since: row.get(2)?,
        told_at: row.get(3)?,
        told: row.get(4)?,
        result: row.get::<_, Kept<_>>(5)?.0,
        text: row.get(6)?,
    })
}
