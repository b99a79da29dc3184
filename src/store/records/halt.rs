//! What keeps the engine from sending, beside an operator's stop.

use crate::model::time::Time;
use serde::{Deserialize, Serialize};

/// The causes; each ends by itself or with what brought it about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HaltKind {
    /// There is no room to record what would be sent.
    Disk,
    /// The machine's clock cannot be believed.
    Clock,
    /// The store was put back from a backup, and what it forgot is being looked up.
    Restored,
    /// A ceiling is reached: only what cannot be undone is kept back.
    Ceiling,
}

impl HaltKind {
    /// Whether nothing at all is sent.
    pub fn is_whole(self) -> bool {
        self != Self::Ceiling
    }

    /// What is not sent, as a sentence begins.
    pub fn said(self) -> &'static str {
        if self.is_whole() {
            "nothing is sent"
        } else {
            "nothing that cannot be undone is sent"
        }
    }
}

/// Nothing is sent while there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    pub kind: HaltKind,
    /// A sentence: what happened, and what ends it.
    pub why: String,
    pub since: Time,
}
