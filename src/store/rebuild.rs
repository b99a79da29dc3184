//! The whole queue made again from the rows, in one pass: when the rules changed, and in tests as the measure of the
//! row-by-row way.

use super::brain::bind;
use super::context::Context;
use super::decide::{Around, Entry, Held, Tried, Verdict, join, set_phase};
use super::handle::StoreError;
use super::records::Cause;
use super::sql::Result;
use crate::model::row::RowId;
use crate::model::time::Time;
use rusqlite::params;
use rusqlite::types::Value as Cell;
use std::collections::BTreeSet;
use std::iter::Peekable;

/// Makes the queue and the phases anew. An entry that was there keeps its `since`.
pub(super) fn rebuild(context: &Context, now: Time) -> Result<()> {
    let conn = &context.conn;
    conn.execute_batch(include_str!("schema/queue.sql"))?;
    match sweep(context, now) {
        Ok(()) => {}
        Err(StoreError::Bad(_)) => slowly(context, now)?,
        Err(error) => return Err(error),
    }
    conn.flush_prepared_statement_cache();
    conn.execute_batch(include_str!("schema/queue_done.sql"))?;
    Ok(())
}

/// An empty queue, for a copy in memory.
pub(super) fn make_queue(conn: &rusqlite::Connection) -> Result<()> {
    conn.execute_batch(include_str!("schema/queue.sql"))?;
    Ok(conn.execute_batch(include_str!("schema/queue_done.sql"))?)
}

/// Reads each table once, all in order of row, side by side.
fn sweep(context: &Context, now: Time) -> Result<()> {
    let brain = &context.brain;
    let conn = &context.conn;
    let open = open_waves(context)?;
    let (mut moved, mut joining) = (Vec::new(), Vec::new());
    {
        let mut statement = conn.prepare(&brain.decide.all)?;
        bind(&mut statement, &brain.rules.params, None)?;
        let mut rows = statement.raw_query();
        let mut holds = conn.prepare("SELECT row, rule, kind, until FROM hold ORDER BY row")?;
        let mut holds = Beside::new(holds.query_map([], |r| {
            Ok::<(i64, Held), _>((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?)))
        })?);
        let mut tried = conn.prepare(
            "SELECT row, rule, state, started_at FROM attempt WHERE latest = 1 ORDER BY row",
        )?;
        let mut tried = Beside::new(tried.query_map([], |r| {
            Ok::<(i64, Tried), _>((r.get(0)?, (r.get(1)?, r.get(2)?, r.get(3)?)))
        })?);
        let mut before = conn.prepare(if has_queue(context)? {
            "SELECT row, rule, since FROM queue ORDER BY row"
        } else {
            "SELECT 0, '', '' WHERE 0"
        })?;
        let mut before = Beside::new(before.query_map([], |r| {
            Ok::<(i64, (String, Time)), _>((r.get(0)?, (r.get(1)?, r.get(2)?)))
        })?);
        while let Some(row) = rows.next()? {
            let id: i64 = row.get(0)?;
            let cells = (1..=brain.decide.list.len())
                .map(|i| row.get(i))
                .collect::<rusqlite::Result<Vec<Cell>>>()?;
            let verdict = Verdict::read(brain, &cells);
            if verdict.joins.is_some() {
                joining.push(RowId(id));
            }
            let around = Around {
                holds: holds.take(id)?,
                tried: tried.take(id)?,
                shut: (verdict.wave.as_ref()).is_some_and(|wave| !open.contains(wave)),
            };
            let before = before.take(id)?;
            put(context, RowId(id), &verdict, &around, &before, now)?;
            let phase = verdict.phase_now.map(|at| &brain.rules.phases[at].name);
            if phase != verdict.phase.as_ref() {
                moved.push((RowId(id), verdict));
            }
        }
    }
    for row in joining {
        again(context, row, now, &open)?;
    }
    for (row, verdict) in &moved {
        set_phase(context, *row, verdict, now, &Cause::Schedule)?;
    }
    if brain.reads_phase && !moved.is_empty() {
        for (row, _) in moved {
            again(context, row, now, &open)?;
        }
    }
    Ok(())
}

/// Row by row, for a table in which some value cannot be judged in a sweep.
fn slowly(context: &Context, now: Time) -> Result<()> {
    let open = open_waves(context)?;
    let subject = &context.brain.subject;
    let ids = context
        .conn
        .prepare(&format!("SELECT id FROM {subject} ORDER BY id"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<Vec<RowId>>>()?;
    for row in ids {
        if let Some(cells) = context.ask(&context.brain.decide, row)? {
            let verdict = Verdict::read(&context.brain, &cells);
            set_phase(context, row, &verdict, now, &Cause::Schedule)?;
        }
        again(context, row, now, &open)?;
    }
    Ok(())
}

/// One row's entries in the new queue, written afresh.
fn again(context: &Context, row: RowId, now: Time, open: &BTreeSet<String>) -> Result<()> {
    let conn = &context.conn;
    let Some(cells) = context.ask(&context.brain.decide, row)? else {
        return Ok(());
    };
    let mut verdict = Verdict::read(&context.brain, &cells);
    join(context, row, &mut verdict, now, &Cause::Schedule)?;
    let holds = conn
        .prepare_cached("SELECT rule, kind, until FROM hold WHERE row = ?1")?
        .query_map([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let tried = conn
        .prepare_cached(
            "SELECT rule, state, started_at FROM attempt WHERE row = ?1 AND latest = 1",
        )?
        .query_map([row], |r| Ok((r.get(0)?, r.get(1)?, r.get(2)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let around = Around {
        holds,
        tried,
        shut: (verdict.wave.as_ref()).is_some_and(|wave| !open.contains(wave)),
    };
    let before: Vec<(String, Time)> = if has_queue(context)? {
        conn.prepare_cached("SELECT rule, since FROM queue WHERE row = ?1")?
            .query_map([row], |r| Ok((r.get(0)?, r.get(1)?)))?
            .collect::<rusqlite::Result<_>>()?
    } else {
        Vec::new()
    };
    conn.prepare_cached("DELETE FROM queue_next WHERE row = ?1")?
        .execute([row])?;
    put(context, row, &verdict, &around, &before, now)
}

fn put(
    context: &Context,
    row: RowId,
    verdict: &Verdict,
    around: &Around,
    before: &[(String, Time)],
    now: Time,
) -> Result<()> {
    for (rule, due) in context.brain.rules.rules.iter().zip(&verdict.queued) {
        let Some(due) = due else { continue };
        let entry = Entry::new(rule, *due, around);
        let since = before
            .iter()
            .find(|(name, _)| *name == rule.name)
            .map_or(now, |(_, since)| *since);
        context
            .conn
            .prepare_cached("INSERT INTO queue_next VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?
            .execute(params![
                row,
                rule.name,
                entry.state,
                since,
                entry.due,
                entry.at(since),
                entry.tried,
                entry.shut
            ])?;
    }
    Ok(())
}

fn has_queue(context: &Context) -> Result<bool> {
    Ok(context
        .conn
        .prepare_cached("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'queue'")?
        .exists([])?)
}

pub(super) fn open_waves(context: &Context) -> Result<BTreeSet<String>> {
    Ok(context
        .conn
        .prepare_cached("SELECT name FROM switch WHERE kind = 'wave' AND \"on\" = 1")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?)
}

/// Rows of another table in the same order, taken as the main one comes to them.
struct Beside<T, I: Iterator<Item = rusqlite::Result<(i64, T)>>>(Peekable<I>);

impl<T, I: Iterator<Item = rusqlite::Result<(i64, T)>>> Beside<T, I> {
    fn new(rows: I) -> Self {
        Self(rows.peekable())
    }

    fn take(&mut self, id: i64) -> Result<Vec<T>> {
        let mut found = Vec::new();
        while let Some(next) = self
            .0
            .next_if(|next| next.as_ref().map_or(true, |(at, _)| *at <= id))
        {
            let (at, item) = next?;
            if at == id {
                found.push(item);
            }
        }
        Ok(found)
    }
}
