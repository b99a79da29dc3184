//! The inbox.

use super::handle::StoreError;
use super::records::{Event, EventHead, EventId, EventState, NewEvent};
use super::sql::Result;
use super::tx::{Tx, found};
use super::view::View;
use crate::model::row::RowId;
use rusqlite::{Params, Row, params};

/// The largest body kept, in bytes.
const LARGEST: usize = 1024 * 1024;

impl View<'_> {
    pub fn event(&self, id: EventId) -> Result<Option<Event>> {
        Ok(self.events_where("id = ?1", [id])?.pop())
    }

    /// Newest first.
    pub fn events_of(&self, row: RowId, limit: usize) -> Result<Vec<Event>> {
        self.events_where(
            "row = ?1 ORDER BY id DESC LIMIT ?2",
            params![row, limit as i64],
        )
    }

    /// Newest first.
    pub fn events(
        &self,
        state: Option<EventState>,
        before: Option<EventId>,
        limit: usize,
    ) -> Result<Vec<Event>> {
        let before = before.map_or(i64::MAX, |id| id.0);
        match state {
            Some(state) => self.events_where(
                "state = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
                params![state, before, limit as i64],
            ),
            None => self.events_where(
                "id < ?1 ORDER BY id DESC LIMIT ?2",
                params![before, limit as i64],
            ),
        }
    }

    /// As [`View::events`] of any state, without the bodies: newest first, before `before` when given.
    pub fn event_heads(&self, before: Option<EventId>, limit: usize) -> Result<Vec<EventHead>> {
        let before = before.map_or(i64::MAX, |id| id.0);
        self.heads_where(
            "e.id < ?1 ORDER BY e.id DESC LIMIT ?2",
            params![before, limit as i64],
        )
    }

    pub fn event_head(&self, id: EventId) -> Result<Option<EventHead>> {
        Ok(self.heads_where("e.id = ?1", [id])?.pop())
    }

    fn heads_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<EventHead>> {
        let brain = &self.context.brain;
        let sql = format!(
            "SELECT e.id, e.intake, e.state, e.row, s.{}, e.note, e.repeats, e.sent_at, e.received_at
             FROM event e LEFT JOIN {} s ON s.id = e.row WHERE {condition}",
            brain.key, brain.subject
        );
        self.all(&sql, params, |row| {
            Ok(EventHead {
                id: row.get(0)?,
                intake: row.get(1)?,
                state: row.get(2)?,
                row: row.get(3)?,
                key: row.get(4)?,
                note: row.get(5)?,
                repeats: row.get(6)?,
                sent_at: row.get(7)?,
                received_at: row.get(8)?,
            })
        })
    }

    /// Events stored but not yet mapped, oldest first.
    pub fn events_to_settle(&self, limit: usize) -> Result<Vec<Event>> {
        self.events_where("state = 'new' ORDER BY id LIMIT ?1", [limit as i64])
    }

    /// Per intake and state.
    pub fn event_counts(&self) -> Result<Vec<(String, EventState, u64)>> {
        self.all(
            "SELECT a, b, n FROM tally WHERE kind = 'event' AND n > 0",
            [],
            |row| {
                let n: i64 = row.get(2)?;
                Ok((row.get(0)?, row.get(1)?, n.cast_unsigned()))
            },
        )
    }

    fn events_where<P: Params>(&self, condition: &str, params: P) -> Result<Vec<Event>> {
        let sql = format!(
            "SELECT id, intake, raw, dedupe, state, row, note, repeats, sent_at, received_at FROM event WHERE {condition}"
        );
        self.all(&sql, params, read)
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        intake: row.get(1)?,
        raw: row.get(2)?,
        dedupe: row.get(3)?,
        state: row.get(4)?,
        row: row.get(5)?,
        note: row.get(6)?,
        repeats: row.get(7)?,
        sent_at: row.get(8)?,
        received_at: row.get(9)?,
    })
}

impl Tx<'_> {
    /// Stores what was heard; `None` when this (intake, dedupe) is known, which counts as a repeat.
    pub fn hear(&mut self, event: NewEvent) -> Result<Option<EventId>> {
        self.begin_something()?;
        if event.raw.len() > LARGEST {
            return Err(StoreError::Bad(format!(
                "an event of {} bytes is larger than the {LARGEST} the inbox takes",
                event.raw.len()
            )));
        }
        let known = self.run(
            "UPDATE event SET repeats = repeats + 1 WHERE intake = ?1 AND dedupe = ?2",
            [&event.intake, &event.dedupe],
        )?;
        if known > 0 {
            return Ok(None);
        }
        let id = self.insert(
            "INSERT INTO event (intake, raw, dedupe, state, sent_at, received_at) VALUES (?1, ?2, ?3, 'new', ?4, ?5)",
            params![event.intake, event.raw, event.dedupe, event.sent_at, self.now()],
        )?;
        Ok(Some(EventId(id)))
    }

    pub fn settle_event(
        &mut self,
        event: EventId,
        state: EventState,
        row: Option<RowId>,
        note: &str,
    ) -> Result<()> {
        let changed = self.run(
            "UPDATE event SET state = ?2, row = ?3, note = ?4 WHERE id = ?1",
            params![event, state, row, note],
        )?;
        found(changed, "event", event.0)
    }
}
