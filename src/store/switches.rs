//! Switches, and small notes kept under a name.

use super::records::{Halt, Switch, SwitchKind};
use super::sql::{Kept, Result, quoted};
use super::tx::Tx;
use super::view::View;
use crate::model::actor::Actor;
use rusqlite::{Row, params};

/// The note that holds them.
const HALTS: &str = "halts";

impl View<'_> {
    pub fn switches(&self) -> Result<Vec<Switch>> {
        self.all(
            "SELECT kind, name, \"on\", reason, actor, at FROM switch ORDER BY kind, name",
            [],
            read,
        )
    }

    pub fn switch(&self, kind: SwitchKind, name: &str) -> Result<Option<Switch>> {
        self.one(
            "SELECT kind, name, \"on\", reason, actor, at FROM switch WHERE kind = ?1 AND name = ?2",
            params![kind, name],
            read,
        )
    }

    /// What kept the engine from sending when it last told: nothing, mostly.
    pub fn halts(&self) -> Result<Vec<Halt>> {
        let note = self.note(HALTS)?;
        Ok(note
            .and_then(|note| serde_json::from_value(note).ok())
            .unwrap_or_default())
    }

    /// A small value kept under a name: poll cursors, the board message's address, the engine's heartbeat.
    pub fn note(&self, name: &str) -> Result<Option<serde_json::Value>> {
        self.one("SELECT value FROM note WHERE name = ?1", [name], |row| {
            Ok(row.get::<_, Kept<_>>(0)?.0)
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Switch> {
    Ok(Switch {
        kind: row.get(0)?,
        name: row.get(1)?,
        on: row.get(2)?,
        reason: row.get(3)?,
        by: row.get::<_, Kept<_>>(4)?.0,
        at: row.get(5)?,
    })
}

impl Tx<'_> {
    /// Sets a switch. A wave opens or shuts for every queue that minds waves at once.
    pub fn set_switch(
        &mut self,
        kind: SwitchKind,
        name: &str,
        on: bool,
        reason: &str,
        by: &Actor,
    ) -> Result<()> {
        self.run(
            "INSERT INTO switch VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT DO UPDATE SET \"on\" = excluded.\"on\", reason = excluded.reason,
               actor = excluded.actor, at = excluded.at",
            params![kind, name, on, reason, Kept(by), self.now()],
        )?;
        if kind == SwitchKind::Wave {
            self.open_wave(name, on)?;
        }
        Ok(())
    }

    fn open_wave(&self, wave: &str, on: bool) -> Result<()> {
        let brain = &self.context.brain;
        let sql = format!(
            "UPDATE queue SET shut = ?3 WHERE rule = ?2 AND shut <> ?3 AND row IN (SELECT id FROM {} WHERE wave = ?1)",
            quoted(&brain.shape.subject)
        );
        for rule in brain.rules.rules.iter().filter(|rule| rule.waves) {
            self.run(&sql, params![wave, rule.name, !on])?;
        }
        Ok(())
    }

    /// Tells readers what keeps the engine from sending.
    pub fn set_halts(&mut self, halts: &[Halt]) -> Result<()> {
        self.set_note(HALTS, &serde_json::to_value(halts).unwrap_or_default())
    }

    pub fn set_note(&mut self, name: &str, value: &serde_json::Value) -> Result<()> {
        self.run(
            "INSERT INTO note VALUES (?1, ?2) ON CONFLICT DO UPDATE SET value = excluded.value",
            params![name, Kept(value)],
        )?;
        Ok(())
    }
}
