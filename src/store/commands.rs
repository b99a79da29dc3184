//! What operators asked.

use super::records::{Command, CommandGlance, CommandId, CommandResult, CommandState, NewCommand};
use super::sql::{Kept, Result};
use super::tx::{Tx, found};
use super::view::View;
use rusqlite::{Params, Row, params};

impl View<'_> {
    /// Newest first.
    pub fn commands(&self, limit: usize) -> Result<Vec<Command>> {
        self.commands_where("1 ORDER BY id DESC LIMIT ?1", [limit as i64])
    }

    pub fn command(&self, id: CommandId) -> Result<Option<Command>> {
        Ok(self.commands_where("id = ?1", [id])?.pop())
    }

    /// Commands that are open or wait, and the newest few: oldest first, with how far each is.
    pub fn glance_at_commands(&self, newest: usize) -> Result<Vec<CommandGlance>> {
        let mut found = self.all(
            "SELECT id, actor, verb, request, reason, state, at FROM command
             WHERE state IN ('open', 'waiting')
                OR id IN (SELECT id FROM command ORDER BY id DESC LIMIT ?1) ORDER BY id",
            [newest as i64],
            |row| {
                Ok(CommandGlance {
                    id: row.get(0)?,
                    actor: row.get::<_, Kept<_>>(1)?.0,
                    verb: row.get(2)?,
                    request: row.get::<_, Kept<_>>(3)?.0,
                    reason: row.get(4)?,
                    state: row.get(5)?,
                    at: row.get(6)?,
                    rows: 0,
                    done: 0,
                    not: 0,
                })
            },
        )?;
        // Rows of what is over are not counted: nobody waits for them.
        for command in found.iter_mut().filter(|one| !one.state.is_final()) {
            let counts: Option<(i64, i64, i64)> = self.one(
                "SELECT count(*), coalesce(sum(done), 0), coalesce(sum(NOT done AND note <> ''), 0)
                 FROM command_row WHERE command = ?1",
                [command.id],
                |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
            )?;
            let (rows, done, not) = counts.unwrap_or_default();
            (command.rows, command.done, command.not) = (
                rows.cast_unsigned(),
                done.cast_unsigned(),
                not.cast_unsigned(),
            );
        }
        Ok(found)
    }

    fn commands_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Command>> {
        let sql = format!(
            "SELECT id, actor, verb, request, reason, state, at, finished_at FROM command WHERE {condition}"
        );
        let mut found = self.all(&sql, params, read)?;
        for command in &mut found {
            command.results = self.results(command.id)?;
        }
        Ok(found)
    }

    /// The frozen rows, each with its result; before the answer none is done and no note is there.
    fn results(&self, command: CommandId) -> Result<Vec<CommandResult>> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT r.row, s.{}, r.done, r.note FROM command_row r JOIN {} s ON s.id = r.row
             WHERE r.command = ?1 ORDER BY r.row",
            brain.key, brain.subject
        );
        self.all(&sql, [command], |row| {
            Ok(CommandResult {
                row: row.get(0)?,
                key: row.get(1)?,
                done: row.get(2)?,
                note: row.get(3)?,
            })
        })
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Command> {
    Ok(Command {
        id: row.get(0)?,
        actor: row.get::<_, Kept<_>>(1)?.0,
        verb: row.get(2)?,
        request: row.get::<_, Kept<_>>(3)?.0,
        reason: row.get(4)?,
        state: row.get(5)?,
        results: Vec::new(),
        at: row.get(6)?,
        finished_at: row.get(7)?,
    })
}

impl Tx<'_> {
    /// Writes down what was asked, with its frozen list of rows.
    pub fn ask(&mut self, command: NewCommand) -> Result<CommandId> {
        let id = self.insert(
            "INSERT INTO command (actor, verb, request, reason, state, at) VALUES (?1, ?2, ?3, ?4, 'open', ?5)",
            params![
                Kept(&command.actor),
                command.verb,
                Kept(&command.request),
                command.reason,
                self.now()
            ],
        )?;
        for row in &command.rows {
            self.run(
                "INSERT OR IGNORE INTO command_row (command, row) VALUES (?1, ?2)",
                params![id, row],
            )?;
        }
        Ok(CommandId(id))
    }

    /// Writes down what became of it, row by row. Answering an open command again adds to what is there.
    pub fn answer(
        &mut self,
        command: CommandId,
        state: CommandState,
        results: Vec<CommandResult>,
    ) -> Result<()> {
        let ended = state.is_final().then(|| self.now());
        let changed = self.run(
            "UPDATE command SET state = ?2, finished_at = ?3 WHERE id = ?1",
            params![command, state, ended],
        )?;
        found(changed, "command", command.0)?;
        for result in results {
            self.run(
                "INSERT INTO command_row VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET done = excluded.done, note = excluded.note",
                params![command, result.row, result.done, result.note],
            )?;
        }
        Ok(())
    }
}
