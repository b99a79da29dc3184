//! Reading the derived queue.

use super::rebuild::open_waves;
use super::records::{QueueState, Queued, RuleCount};
use super::sql::Result;
use super::view::View;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::params;
use rusqlite::types::Value as Cell;

/// What an entry must be to be taken: also the condition of the indexes that find it.
pub(super) const OPEN: &str = "shut = 0 AND state IN ('ready', 'backing_off')";

/// Entries counted at most, before the other side is tried.
const SHORT: u64 = 1_000;

/// How many entries may be taken, or will be.
#[derive(Clone, Copy, Default)]
struct Open {
    ready: u64,
    backing_off: u64,
}

impl Open {
    fn total(self) -> u64 {
        self.ready + self.backing_off
    }
}

impl View<'_> {
    /// Rows that may be taken now for `rule`: ready, due at `now`, their wave open; longest waiting first.
    pub fn ready(&self, rule: &str, now: Time, limit: usize) -> Result<Vec<RowId>> {
        self.all(
            &format!(
                "SELECT row FROM queue WHERE rule = ?1 AND at <= ?2 AND {OPEN} ORDER BY at, row LIMIT ?3"
            ),
            params![rule, now, limit as i64],
            |row| row.get(0),
        )
    }

    /// As `ready`, for a sweep: rows whose gate holds and whose last attempt for `rule` began before `since`.
    pub fn ready_for_sweep(
        &self,
        rule: &str,
        since: Time,
        now: Time,
        limit: usize,
    ) -> Result<Vec<RowId>> {
        self.all(
            &format!(
                "SELECT row FROM queue WHERE rule = ?1 AND tried < ?2 AND +at <= ?3 AND {OPEN} ORDER BY tried, row LIMIT ?4"
            ),
            params![rule, since, now, limit as i64],
            |row| row.get(0),
        )
    }

    /// True when every condition of `rule` holds for the row at `now` (holds and open attempts apart).
    pub fn gate_holds(&self, row: RowId, rule: &str, now: Time) -> Result<bool> {
        let brain = &self.context.brain;
        let Some(index) = brain.rule_index(rule) else {
            return Ok(false);
        };
        let before = self.now();
        self.context.set_now(now);
        let cells = self.context.ask(&brain.whole[index], row);
        self.context.set_now(before);
        Ok(cells?.is_some_and(|cells| cells.iter().all(|cell| *cell == Cell::Integer(0))))
    }

    /// The earliest moment after `now` at which a queue entry falls due, a back-off ends or an attempt wakes.
    pub fn next_due(&self, now: Time) -> Result<Option<Time>> {
        let first: Option<Time> = self
            .one(
                "SELECT min(wake_at) FROM attempt WHERE wake_at > ?1",
                [now],
                |row| row.get(0),
            )?
            .flatten();
        let mut earliest = first;
        for rule in &self.context.brain.rules.rules {
            let due = self.next_due_of(&rule.name, now)?;
            earliest = match (earliest, due) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        Ok(earliest)
    }

    /// What stands in each rule's queue; rules in the pipeline's order. Rows of closed waves count as `later`.
    pub fn counts(&self, now: Time) -> Result<Vec<RuleCount>> {
        let rules = &self.context.brain.rules.rules;
        rules
            .iter()
            .map(|rule| self.count_rule(&rule.name, now))
            .collect()
    }

    fn count_rule(&self, rule: &str, now: Time) -> Result<RuleCount> {
        let number = |sql: &str, word: &str| -> Result<u64> {
            let n: Option<i64> = self.one(sql, params![rule, word], |row| row.get(0))?;
            Ok(n.unwrap_or_default().cast_unsigned())
        };
        let kept = "SELECT n FROM tally WHERE kind = 'queue' AND a = ?1 AND b = ?2";
        let whole = Open {
            ready: number(kept, "ready")?,
            backing_off: number(kept, "backing_off")?,
        };
        let ahead = self.ahead(rule, now, whole)?;
        let tries = "SELECT count(*) FROM attempt WHERE rule = ?1 AND state = ?2 AND state IN ('running', 'waiting', 'probing')";
        let held: Option<i64> = self.one(
            "SELECT count(*) FROM queue WHERE rule = ?1 AND at <= ?2 AND state = 'held'",
            params![rule, now],
            |row| row.get(0),
        )?;
        Ok(RuleCount {
            rule: rule.to_owned(),
            queued: whole.total().saturating_sub(ahead.total()),
            later: ahead.ready + number(kept, "shut")?,
            running: number(tries, "running")?,
            waiting: number(tries, "waiting")? + number(tries, "probing")?,
            backing_off: ahead.backing_off,
            held: held.unwrap_or_default().cast_unsigned(),
        })
    }

    /// Entries whose moment is after `now`. Counted from whichever side of it is short, as the whole is known.
    fn ahead(&self, rule: &str, now: Time, whole: Open) -> Result<Open> {
        let ahead = self.on_one_side(rule, now, ">", SHORT)?;
        if ahead.total() < SHORT {
            return Ok(ahead);
        }
        let due = self.on_one_side(rule, now, "<=", SHORT)?;
        if due.total() < SHORT {
            return Ok(Open {
                ready: whole.ready.saturating_sub(due.ready),
                backing_off: whole.backing_off.saturating_sub(due.backing_off),
            });
        }
        self.on_one_side(rule, now, ">", i64::MAX.cast_unsigned())
    }

    fn on_one_side(&self, rule: &str, now: Time, side: &str, most: u64) -> Result<Open> {
        let found: Vec<(QueueState, i64)> = self.all(
            &format!(
                "SELECT state, count(*) FROM
                   (SELECT state FROM queue WHERE rule = ?1 AND at {side} ?2 AND {OPEN} LIMIT ?3) GROUP BY state"
            ),
            params![rule, now, most.cast_signed()],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        let mut open = Open::default();
        for (state, n) in found {
            match state {
                QueueState::BackingOff => open.backing_off = n.cast_unsigned(),
                _ => open.ready = n.cast_unsigned(),
            }
        }
        Ok(open)
    }

    /// The row's entries, rules in the pipeline's order. A back-off that is over is ready.
    pub fn queued(&self, row: RowId) -> Result<Vec<Queued>> {
        self.queued_at(row, self.now())
    }

    pub(super) fn queued_at(&self, row: RowId, now: Time) -> Result<Vec<Queued>> {
        let mut found = self.all(
            "SELECT row, rule, state, since, due FROM queue WHERE row = ?1",
            [row],
            |row| {
                let due: Option<Time> = row.get(4)?;
                let state = match row.get(2)? {
                    QueueState::BackingOff if due.is_none_or(|due| due <= now) => QueueState::Ready,
                    state => state,
                };
                Ok(Queued {
                    row: row.get(0)?,
                    rule: row.get(1)?,
                    state,
                    since: row.get(3)?,
                    due,
                })
            },
        )?;
        found.sort_by_key(|entry| self.context.brain.rule_index(&entry.rule));
        Ok(found)
    }

    /// Rows that stand in the queue of `rule`, now or from a moment on, longest waiting first; without those of which an
    /// attempt is open.
    pub fn standing(&self, rule: &str) -> Result<Vec<RowId>> {
        self.all(
            "SELECT row FROM queue WHERE rule = ?1 AND state IN ('ready', 'backing_off', 'held') ORDER BY at, row",
            [rule],
            |row| row.get(0),
        )
    }

    /// Waves that are open.
    pub fn open_waves(&self) -> Result<std::collections::BTreeSet<String>> {
        open_waves(self.context)
    }
}
