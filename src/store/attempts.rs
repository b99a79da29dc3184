//! Attempts: one row per try, its intent written before anything is sent.

use super::handle::StoreError;
use super::records::{Attempt, AttemptId, AttemptState, Cause, NewAttempt};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use crate::model::fault::Fault;
use crate::model::hash::sha256_hex;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use rusqlite::{Params, Row, params};

const OPEN: &str = "state IN ('running', 'waiting', 'probing')";

impl View<'_> {
    pub fn attempt(&self, id: AttemptId) -> Result<Option<Attempt>> {
        Ok(self.attempts_where("a.id = ?1", [id])?.pop())
    }

    /// Newest first.
    pub fn attempts_of(&self, row: RowId, limit: usize) -> Result<Vec<Attempt>> {
        self.attempts_where(
            "a.row = ?1 ORDER BY a.id DESC LIMIT ?2",
            params![row, limit as i64],
        )
    }

    /// Attempts of one rule on one row since the last operator's release, newest first: what retries and rungs count.
    pub fn attempts_since_release(&self, row: RowId, rule: &str) -> Result<Vec<Attempt>> {
        self.attempts_where(
            "a.row = ?1 AND a.rule = ?2 AND a.id > (
               SELECT coalesce(max(attempt), 0) FROM fresh_start WHERE row = ?1 AND rule IN (?2, '*')
             ) ORDER BY a.id DESC",
            params![row, rule],
        )
    }

    /// All rows, newest first, before `before` when given.
    pub fn attempts(&self, before: Option<AttemptId>, limit: usize) -> Result<Vec<Attempt>> {
        let before = before.map_or(i64::MAX, |id| id.0);
        self.attempts_where(
            "a.id < ?1 ORDER BY a.id DESC LIMIT ?2",
            params![before, limit as i64],
        )
    }

    /// Oldest first.
    pub fn open_attempts(&self) -> Result<Vec<Attempt>> {
        self.attempts_where(&format!("a.{OPEN} ORDER BY a.id"), [])
    }

    /// Waiting or probing attempts whose `wake_at` has come.
    pub fn attempts_to_wake(&self, now: Time, limit: usize) -> Result<Vec<Attempt>> {
        self.attempts_where(
            "a.wake_at IS NOT NULL AND a.wake_at <= ?1 ORDER BY a.wake_at, a.id LIMIT ?2",
            params![now, limit as i64],
        )
    }

    /// Attempts of `rule` that are running now (waiting and probing ones hold no slot).
    pub fn running(&self, rule: &str) -> Result<u64> {
        let count: Option<i64> = self.one(
            &format!(
                "SELECT count(*) FROM attempt WHERE rule = ?1 AND state = 'running' AND {OPEN}"
            ),
            [rule],
            |row| row.get(0),
        )?;
        Ok(count.unwrap_or_default().cast_unsigned())
    }

    /// Attempts of `rule` that ended failed or unknown since `since`, newest first (for brakes).
    pub fn failures_since(&self, rule: &str, since: Time) -> Result<Vec<Attempt>> {
        self.attempts_where(
            "a.rule = ?1 AND a.state IN ('failed', 'unknown') AND a.finished_at >= ?2 AND a.finished_at IS NOT NULL
             ORDER BY a.id DESC",
            params![rule, since],
        )
    }

    /// Rows other than `except` that `rule` has worked on since `since`, or works on now (for brakes).
    pub fn touched_since(&self, rule: &str, since: Time, except: RowId) -> Result<u64> {
        let sql = format!(
            "SELECT count(*) FROM (
               SELECT row FROM attempt WHERE rule = ?1 AND state IN ('done', 'failed', 'unknown')
                 AND finished_at >= ?2 AND finished_at IS NOT NULL
               UNION SELECT row FROM attempt WHERE rule = ?1 AND {OPEN}
             ) WHERE row <> ?3"
        );
        let count: Option<i64> = self.one(&sql, params![rule, since, except], |row| row.get(0))?;
        Ok(count.unwrap_or_default().cast_unsigned())
    }

    /// Rows completed per `bucket` of time from `since` to now: attempts of a rule that ended done; or, for the name of
    /// a phase, rows that entered it. For sparklines and forecasts.
    pub fn throughput(&self, rule: &str, since: Time, bucket: Span) -> Result<Vec<u64>> {
        let bucket = bucket.millis().max(1);
        let length = self.now().since(since).millis() / bucket + 1;
        let mut counts = vec![0_u64; usize::try_from(length).unwrap_or(1).min(100_000)];
        let sql = if self.context.brain.rule_index(rule).is_some() {
            "SELECT finished_at FROM attempt WHERE rule = ?1 AND state = 'done' AND finished_at >= ?2"
        } else {
            "SELECT at FROM change WHERE \"column\" = 'phase' AND new = ?1 AND at >= ?2"
        };
        for at in self.all(sql, params![rule, since], |row| row.get::<_, Time>(0))? {
            let place = at.since(since).millis() / bucket;
            if let Some(count) = usize::try_from(place)
                .ok()
                .and_then(|at| counts.get_mut(at))
            {
                *count += 1;
            }
        }
        Ok(counts)
    }

    fn attempts_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Attempt>> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT a.id, a.row, s.{}, a.rule, a.kind, a.rung, a.number, a.state, a.cause, a.actor, a.resumes,
                    a.start_at, a.waiting_for, a.wake_at, a.fault, a.at_step, a.started_at, a.finished_at
             FROM attempt a JOIN {} s ON s.id = a.row WHERE {condition}",
            brain.key, brain.subject
        );
        self.all(&sql, params, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Attempt> {
    Ok(Attempt {
        id: row.get(0)?,
        row: row.get(1)?,
        key: row.get(2)?,
        rule: row.get(3)?,
        kind: row.get(4)?,
        rung: row.get::<_, Option<i64>>(5)?.map(|n| n as usize),
        number: row.get(6)?,
        state: row.get(7)?,
        cause: row.get::<_, Kept<_>>(8)?.0,
        actor: row.get::<_, Kept<_>>(9)?.0,
        resumes: row.get(10)?,
        start_at: row.get(11)?,
        waiting_for: row.get(12)?,
        wake_at: row.get(13)?,
        fault: row.get::<_, Option<Kept<_>>>(14)?.map(|kept| kept.0),
        at_step: row.get(15)?,
        started_at: row.get(16)?,
        finished_at: row.get(17)?,
    })
}

impl Tx<'_> {
    pub fn begin(&mut self, attempt: NewAttempt) -> Result<AttemptId> {
        self.begin_something()?;
        let NewAttempt { row, rule, .. } = &attempt;
        let open = format!("SELECT id FROM attempt WHERE row = ?1 AND rule = ?2 AND {OPEN}");
        if let Some(id) = self.one(&open, params![row, rule], |row| row.get(0))? {
            return Err(StoreError::AlreadyOpen(id));
        }
        self.run(
            "UPDATE attempt SET latest = 0 WHERE row = ?1 AND rule = ?2 AND latest = 1",
            params![row, rule],
        )?;
        let id = self.insert(
            "INSERT INTO attempt (row, rule, kind, rung, number, state, cause, actor, resumes, start_at, latest, started_at)
             VALUES (?1, ?2, ?3, ?4, ?5, 'running', ?6, ?7, ?8, ?9, 1, ?10)",
            params![
                row,
                rule,
                attempt.kind,
                attempt.rung.map(|n| n as i64),
                attempt.number,
                Kept(&attempt.cause),
                Kept(&attempt.actor),
                attempt.resumes,
                attempt.start_at,
                self.now()
            ],
        )?;
        let row = attempt.row;
        self.touch(row, &Cause::Attempt(AttemptId(id)));
        Ok(AttemptId(id))
    }

    /// Leaves the attempt open, waiting or probing, until `wake_at`.
    pub fn wait(
        &mut self,
        attempt: AttemptId,
        state: AttemptState,
        at_step: &str,
        waiting_for: &str,
        wake_at: Time,
    ) -> Result<()> {
        if !matches!(state, AttemptState::Waiting | AttemptState::Probing) {
            return Err(StoreError::Bad(format!(
                "attempt {} can wait or probe, and nothing else, and stay open",
                attempt.0
            )));
        }
        let row = self.open(attempt)?;
        self.run(
            "UPDATE attempt SET state = ?2, at_step = ?3, waiting_for = ?4, wake_at = ?5 WHERE id = ?1",
            params![attempt, state, at_step, waiting_for, wake_at],
        )?;
        self.touch(row, &Cause::Attempt(attempt));
        Ok(())
    }

    /// Takes a waiting or probing attempt up again.
    pub fn wake(&mut self, attempt: AttemptId) -> Result<()> {
        let row = self.open(attempt)?;
        self.run(
            "UPDATE attempt SET state = 'running', waiting_for = NULL, wake_at = NULL WHERE id = ?1",
            [attempt],
        )?;
        self.touch(row, &Cause::Attempt(attempt));
        Ok(())
    }

    /// Ends an attempt: done, failed, cancelled or unknown. A back-off of its rule ends with it when it is done. A
    /// mutating call without a recorded end is recorded as unknown.
    pub fn end(
        &mut self,
        attempt: AttemptId,
        state: AttemptState,
        at_step: Option<&str>,
        fault: Option<&Fault>,
    ) -> Result<()> {
        if state.is_open() {
            return Err(StoreError::Bad(format!(
                "attempt {} cannot end as running, waiting or probing",
                attempt.0
            )));
        }
        let row = self.open(attempt)?;
        self.run(
            "UPDATE step SET outcome = 'unknown', finished_at = ?2 WHERE attempt = ?1 AND finished_at IS NULL",
            params![attempt, self.now()],
        )?;
        let failed = matches!(state, AttemptState::Failed | AttemptState::Unknown);
        let group = fault
            .filter(|_| failed)
            .map(|f| self.group(attempt, at_step, f));
        let group = group.transpose()?;
        self.run(
            "UPDATE attempt SET state = ?2, at_step = coalesce(?3, at_step), waiting_for = NULL, wake_at = NULL,
               fault = ?4, fault_kind = ?5, finished_at = ?6, connector = ?7, cause_text = ?8, fault_group = ?9
             WHERE id = ?1",
            params![
                attempt,
                state,
                at_step,
                fault.map(Kept),
                fault.map(|fault| fault.kind),
                self.now(),
                group.as_ref().map(|group| &group.connector),
                group.as_ref().map(|group| &group.cause),
                group.as_ref().map(|group| &group.id),
            ],
        )?;
        if state == AttemptState::Done {
            self.run(
                "DELETE FROM hold WHERE kind = 'backing_off' AND row = ?1
                   AND rule = (SELECT rule FROM attempt WHERE id = ?2)",
                params![row, attempt],
            )?;
        }
        self.touch(row, &Cause::Attempt(attempt));
        Ok(())
    }

    /// The open attempt's row.
    pub(super) fn open(&self, attempt: AttemptId) -> Result<RowId> {
        let sql = format!("SELECT row FROM attempt WHERE id = ?1 AND {OPEN}");
        self.one(&sql, [attempt], |row| row.get(0))?.ok_or_else(|| {
            StoreError::Bad(format!(
                "attempt {} is not open; it has ended, or never was",
                attempt.0
            ))
        })
    }

    /// What the fault is grouped by. The connector is that of the step it failed at, else of the last call.
    fn group(&self, attempt: AttemptId, at_step: Option<&str>, fault: &Fault) -> Result<Group> {
        let connector: Option<String> = self.one(
            "SELECT service FROM step WHERE attempt = ?1 ORDER BY name = ?2 DESC, id DESC LIMIT 1",
            params![attempt, at_step.unwrap_or_default()],
            |row| row.get(0),
        )?;
        let rule: Option<String> =
            self.one("SELECT rule FROM attempt WHERE id = ?1", [attempt], |row| {
                row.get(0)
            })?;
        let connector = connector.unwrap_or_default();
        let cause = fault.cause();
        let named = [
            &rule.unwrap_or_default(),
            &connector,
            fault.kind.word(),
            &cause,
        ]
        .join("\u{1f}");
        let mut id = sha256_hex(named.as_bytes());
        id.truncate(8);
        Ok(Group {
            id,
            connector,
            cause,
        })
    }
}

struct Group {
    id: String,
    connector: String,
    cause: String,
}
