//! What a poll keeps between rounds, in the store's note `poll/<intake>`.

use crate::model::time::Time;
use crate::store::{StoreError, View};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

/// The cursor, and how the last round went. Written after the items of each page, so it is never ahead of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Given back to the action; null starts a listing afresh.
    pub cursor: Json,
    /// When the last whole round began, in engine time.
    pub last_at: Option<Time>,
    /// What came of the last round, or of the one under way.
    pub tally: Tally,
}

/// Counts of one round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Tally {
    pub read: u64,
    /// Items that made or changed a row.
    pub changed: u64,
    /// Rows made, also counted in `changed`.
    pub made: u64,
    /// Items the intake's `when` does not want, or that were heard before.
    pub passed: u64,
    pub unmatched: u64,
    /// Parked for a person, or left out by the connector because they could not be read.
    pub malformed: u64,
}

impl Memory {
    /// The note's name.
    pub fn name(intake: &str) -> String {
        format!("poll/{intake}")
    }

    /// What was kept; a note that cannot be read counts as none, and the listing starts afresh.
    pub fn read(view: &View<'_>, intake: &str) -> Result<Self, StoreError> {
        let note = view.note(&Self::name(intake))?;
        Ok(note
            .and_then(|note| serde_json::from_value(note).ok())
            .unwrap_or_default())
    }

    pub(super) fn to_note(&self) -> Json {
        serde_json::to_value(self).unwrap_or_default()
    }
}

impl Tally {
    /// One line for the journal, when there is anything to say.
    pub(super) fn line(self) -> Option<String> {
        if self.changed == 0 && self.malformed == 0 {
            return None;
        }
        let mut line = format!("{} read, {} changed", self.read, self.changed);
        for (count, what) in [
            (self.made, "new"),
            (self.unmatched, "without a row"),
            (self.malformed, "not understood"),
        ] {
            if count > 0 {
                line = format!("{line}, {count} {what}");
            }
        }
        Some(line)
    }
}
