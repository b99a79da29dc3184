//! How fast it goes, what keeps it, and who is in which wave: figures over many rows, for screens and forecasts.

use super::records::{AttemptState, Stuck, WaveCount};
use super::sql::Result;
use super::view::View;
use crate::model::time::{Span, Time};
use rusqlite::params;

impl View<'_> {
    /// Attempts of a rule that ended in this state from `from` on and before `to`.
    pub fn ended_between(
        &self,
        rule: &str,
        state: AttemptState,
        from: Time,
        to: Time,
    ) -> Result<u64> {
        self.number(
            "SELECT count(*) FROM attempt WHERE rule = ?1 AND state = ?2 AND finished_at >= ?3 AND finished_at < ?4
               AND finished_at IS NOT NULL",
            params![rule, state, from, to],
        )
    }

    /// Times a row entered the phase from `from` on and before `to`.
    pub fn entered_between(&self, phase: &str, from: Time, to: Time) -> Result<u64> {
        self.number(
            "SELECT count(*) FROM change WHERE \"column\" = 'phase' AND new = ?1 AND at >= ?2 AND at < ?3",
            params![phase, from, to],
        )
    }

    /// How long the last attempts of a rule took that ended done since `since`; at most `most`, newest first.
    pub fn took(&self, rule: &str, since: Time, most: usize) -> Result<Vec<Span>> {
        let spans = self.all(
            "SELECT started_at, finished_at FROM attempt WHERE rule = ?1 AND state = 'done' AND finished_at >= ?2
               AND finished_at IS NOT NULL ORDER BY finished_at DESC LIMIT ?3",
            params![rule, since, most as i64],
            |row| Ok((row.get::<_, Time>(0)?, row.get::<_, Time>(1)?)),
        )?;
        Ok(spans
            .into_iter()
            .map(|(began, ended)| ended.since(began))
            .collect())
    }

    /// When the first attempt of all began.
    pub fn first_attempt_at(&self) -> Result<Option<Time>> {
        self.one(
            "SELECT started_at FROM attempt ORDER BY id LIMIT 1",
            [],
            |row| row.get(0),
        )
    }

    /// Rows that do not go on by themselves; `done` are the phases in which a row is finished.
    pub fn stuck(&self, done: &[&str]) -> Result<Stuck> {
        let sql = format!(
            "SELECT total(mine), total(open AND parked AND NOT mine), total(open AND NOT parked), total(open) FROM (
               SELECT max(h.kind = 'parked' AND coalesce(h.owner, 'operator') IN ('operator', 'page')) AS mine,
                      max(h.kind = 'parked') AS parked,
                      coalesce(s.phase, '') NOT IN (SELECT value FROM json_each(?1)) AS open
               FROM hold h JOIN {} s ON s.id = h.row WHERE h.kind IN ('parked', 'held') GROUP BY h.row)",
            self.context.brain.subject
        );
        let done = serde_json::json!(done).to_string();
        let found = self.one(&sql, [done], |row| {
            let number = |at| row.get::<_, f64>(at).map(|n| n as u64);
            Ok(Stuck {
                mine: number(0)?,
                handed_over: number(1)?,
                held: number(2)?,
                unfinished: number(3)?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// The earliest moment after `now` at which an entry of this rule falls due or its back-off ends.
    pub fn next_due_of(&self, rule: &str, now: Time) -> Result<Option<Time>> {
        self.one(
            "SELECT at FROM queue WHERE rule = ?1 AND at > ?2 AND shut = 0 AND state IN ('ready', 'backing_off')
             ORDER BY at LIMIT 1",
            params![rule, now],
            |row| row.get(0),
        )
    }

    /// Rows by wave and phase, and how many of each a person has. Looks at every row.
    pub fn wave_counts(&self) -> Result<Vec<WaveCount>> {
        let sql = format!(
            "SELECT s.wave, s.phase, count(*), total(EXISTS (
               SELECT 1 FROM hold h WHERE h.row = s.id AND h.kind IN ('parked', 'held')))
             FROM {} s GROUP BY 1, 2 ORDER BY 1, 2",
            self.context.brain.subject
        );
        self.all(&sql, [], |row| {
            Ok(WaveCount {
                wave: row.get(0)?,
                phase: row.get(1)?,
                rows: row.get::<_, i64>(2)?.cast_unsigned(),
                held: row.get::<_, f64>(3)? as u64,
            })
        })
    }

    /// When the newest event of an intake was received.
    pub fn last_heard(&self, intake: &str) -> Result<Option<Time>> {
        self.one(
            "SELECT received_at FROM event WHERE id = (SELECT max(id) FROM event WHERE intake = ?1)",
            [intake],
            |row| row.get(0),
        )
    }

    fn number<P: rusqlite::Params>(&self, sql: &str, params: P) -> Result<u64> {
        let found: Option<i64> = self.one(sql, params, |row| row.get(0))?;
        Ok(found.unwrap_or_default().cast_unsigned())
    }
}
