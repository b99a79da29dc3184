//! Events, and the changes they and others make.

use super::{Cause, EventId};
use crate::model::row::RowId;
use crate::model::time::Time;
use crate::model::value::Value;
use serde::{Deserialize, Serialize};

/// Something heard, before or after it was understood.
#[derive(Clone, Debug)]
pub struct NewEvent {
    pub intake: String,
    /// The body as received, at most 1 MiB; kept raw.
    pub raw: String,
    /// Two events with the same (intake, dedupe) are the same event.
    pub dedupe: String,
    /// The sender's own moment, when it gave one.
    pub sent_at: Option<Time>,
}

/// What became of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventState {
    /// Stored, not yet mapped.
    New,
    /// Mapped onto a row.
    Applied,
    /// The intake's `when` does not want it.
    Ignored,
    /// No row answers to its key and the intake may not create one.
    Unmatched,
    /// Could not be read or mapped; `note` says why. Parked for a person.
    Malformed,
}

/// An event as recorded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: EventId,
    pub intake: String,
    pub raw: String,
    pub dedupe: String,
    pub state: EventState,
    pub row: Option<RowId>,
    /// What it did, or why it did nothing.
    pub note: String,
    /// How many more times the same event arrived.
    pub repeats: u32,
    pub sent_at: Option<Time>,
    pub received_at: Time,
}

/// An event without its body, and whose it was: one line of the inbox.
#[derive(Clone, Debug, PartialEq)]
pub struct EventHead {
    pub id: EventId,
    pub intake: String,
    pub state: EventState,
    pub row: Option<RowId>,
    pub key: Option<String>,
    pub note: String,
    pub repeats: u32,
    pub sent_at: Option<Time>,
    pub received_at: Time,
}

/// One column change.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    pub row: RowId,
    pub column: String,
    pub old: Value,
    pub new: Value,
    pub cause: Cause,
    pub at: Time,
}
