//! One event with what it did.

use super::body;
use crate::store::{Cause, Change, Event, EventId, StoreError, View};

/// Changes of the row that are looked through for those of the event.
const CHANGES: usize = 2_000;
/// Bytes of a body that are made into lines; the largest body is a hundred times as long.
const BODY: usize = 64 * 1024;

/// One event with what it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventTopic {
    /// Without its body; `None` when there is no such event.
    pub event: Option<Event>,
    /// The key of its row.
    pub key: Option<String>,
    /// What it changed in the row, in the order of the changes.
    pub changes: Vec<Change>,
    /// The body, indented and clean.
    pub body: Vec<String>,
    /// Its length in bytes.
    pub bytes: usize,
}

impl EventTopic {
    pub fn read(view: &View<'_>, id: EventId, most_lines: usize) -> Result<Self, StoreError> {
        let Some(mut event) = view.event(id)? else {
            return Ok(Self::default());
        };
        let raw = std::mem::take(&mut event.raw);
        let mut changes = Vec::new();
        let mut key = None;
        if let Some(row) = event.row {
            key = view.row(row)?.map(|row| row.key);
            changes = view.changes_of(row, CHANGES)?;
            changes.retain(|change| change.cause == Cause::Event(id));
            changes.reverse();
        }
        Ok(Self {
            event: Some(event),
            key,
            changes,
            body: body::lines(&raw[..raw.floor_char_boundary(BODY)], most_lines),
            bytes: raw.len(),
        })
    }

    /// Whether the body's end is left out.
    pub fn is_cut(&self) -> bool {
        self.bytes > BODY
    }
}
