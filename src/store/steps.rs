//! Steps: each call within an attempt, a mutating one written before any byte goes out.

use super::handle::StoreError;
use super::records::{AttemptId, NewStep, Step, StepEnd, StepId};
use super::sql::{Kept, Result};
use super::tx::Tx;
use super::view::View;
use crate::model::outcome::Outcome;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::{Row, params};
use serde_json::Value as Json;

impl View<'_> {
    /// In the order they were made.
    pub fn steps(&self, attempt: AttemptId) -> Result<Vec<Step>> {
        self.all(
            "SELECT id, attempt, name, item, action, mutates, op, input, outcome, result, fault, exchanges, started_at,
                    finished_at
             FROM step WHERE attempt = ?1 ORDER BY id",
            [attempt],
            read,
        )
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Step> {
    Ok(Step {
        id: row.get(0)?,
        attempt: row.get(1)?,
        name: row.get(2)?,
        item: row.get::<_, Option<i64>>(3)?.map(|n| n as usize),
        action: row.get(4)?,
        mutates: row.get(5)?,
        op: row.get(6)?,
        input: row.get::<_, Kept<_>>(7)?.0,
        outcome: row.get(8)?,
        result: row.get::<_, Option<Kept<_>>>(9)?.map(|kept| kept.0),
        fault: row.get::<_, Option<Kept<_>>>(10)?.map(|kept| kept.0),
        exchanges: row.get::<_, Kept<_>>(11)?.0,
        started_at: row.get(12)?,
        finished_at: row.get(13)?,
    })
}

impl Tx<'_> {
    /// A call about to be made. [`StoreError::InFlight`] when a mutating one is open for the same row and action, or
    /// another attempt's is of unknown outcome and still being probed.
    pub fn intend(&mut self, step: NewStep) -> Result<StepId> {
        self.begin_something()?;
        let row = self.open(step.attempt)?;
        if step.mutates && self.in_flight(row, &step)? {
            return Err(StoreError::InFlight);
        }
        let outcome = Some(Outcome::Sent);
        let (result, fault) = (None::<Kept<Json>>, None::<Kept<Json>>);
        let id = self.insert(
            INSERT,
            params![
                step.attempt,
                row,
                step.name,
                step.item.map(|n| n as i64),
                step.action,
                service(&step.action),
                step.mutates,
                step.op,
                Kept(&step.input),
                outcome,
                result,
                fault,
                "[]",
                self.now(),
                None::<Time>
            ],
        )?;
        Ok(StepId(id))
    }

    /// Records how the call ended. What was recorded as sent, accepted or unknown may be recorded again once more is
    /// known; the exchanges of both stay.
    pub fn finish_step(&mut self, step: StepId, end: StepEnd) -> Result<()> {
        let known = self.one(
            "SELECT outcome, exchanges, finished_at IS NOT NULL FROM step WHERE id = ?1",
            [step],
            |row| Ok((row.get(0)?, row.get::<_, Kept<Json>>(1)?.0, row.get(2)?)),
        )?;
        let Some((outcome, before, ended)): Option<(Option<Outcome>, Json, bool)> = known else {
            return Err(StoreError::Bad(format!("there is no step {}", step.0)));
        };
        let settled = matches!(outcome, None | Some(Outcome::Done | Outcome::Confirmed));
        if ended
            && settled
            && !(outcome == Some(Outcome::Done) && end.outcome == Some(Outcome::Confirmed))
        {
            return Err(StoreError::Bad(format!(
                "the end of step {} is recorded already",
                step.0
            )));
        }
        self.run(
            "UPDATE step SET outcome = ?2, result = coalesce(?3, result), fault = ?4, exchanges = ?5, finished_at = ?6
             WHERE id = ?1",
            params![
                step,
                end.outcome,
                end.result.as_ref().map(Kept),
                end.fault.as_ref().map(Kept),
                Kept(joined(before, end.exchanges)),
                self.now()
            ],
        )?;
        Ok(())
    }

    /// Intent and end in one, for reads.
    pub fn record_step(&mut self, step: NewStep, end: StepEnd) -> Result<StepId> {
        let row = self.open(step.attempt)?;
        let id = self.insert(
            INSERT,
            params![
                step.attempt,
                row,
                step.name,
                step.item.map(|n| n as i64),
                step.action,
                service(&step.action),
                step.mutates,
                step.op,
                Kept(&step.input),
                end.outcome,
                end.result.as_ref().map(Kept),
                end.fault.as_ref().map(Kept),
                Kept(&end.exchanges),
                self.now(),
                self.now()
            ],
        )?;
        Ok(StepId(id))
    }

    fn in_flight(&self, row: RowId, step: &NewStep) -> Result<bool> {
        let open = self.one(
            "SELECT 1 FROM step WHERE service = ?1 AND row = ?2 AND action = ?3 AND mutates = 1 AND finished_at IS NULL",
            params![service(&step.action), row, step.action],
            |_| Ok(()),
        )?;
        let probed = self.one(
            "SELECT 1 FROM step s JOIN attempt a ON a.id = s.attempt
             WHERE s.row = ?1 AND s.action = ?2 AND s.mutates = 1 AND s.outcome = 'unknown' AND s.attempt <> ?3
               AND a.state IN ('running', 'waiting', 'probing')",
            params![row, step.action, step.attempt],
            |_| Ok(()),
        )?;
        Ok(open.is_some() || probed.is_some())
    }
}

const INSERT: &str = "INSERT INTO step (attempt, row, name, item, action, service, mutates, op, input, outcome, result,
    fault, exchanges, started_at, finished_at)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)";

/// The part of an action's name before the dot.
fn service(action: &str) -> &str {
    action
        .split_once('.')
        .map_or(action, |(service, _)| service)
}

/// Two lists of exchanges as one; anything that is no list counts as one exchange.
fn joined(before: Json, after: Json) -> Json {
    let list = |json: Json| match json {
        Json::Array(items) => items,
        Json::Null => Vec::new(),
        other => vec![other],
    };
    let mut all = list(before);
    all.extend(list(after));
    Json::Array(all)
}
