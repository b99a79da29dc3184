//! Five words that are never mixed up on screen.

use serde::{Deserialize, Serialize};

/// What is known of one call to the outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// On its way; no answer yet.
    Sent,
    /// The service took it, and will do it later (202, a queued command).
    Accepted,
    /// The service says it is done.
    Done,
    /// Read back: the outside shows the effect.
    Confirmed,
    /// Bytes went out and nothing is known of what became of them. Never treated as failed.
    Unknown,
}

impl Outcome {
    pub const ALL: [Self; 5] = [
        Self::Sent,
        Self::Accepted,
        Self::Done,
        Self::Confirmed,
        Self::Unknown,
    ];

    pub fn word(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Done => "done",
            Self::Confirmed => "confirmed",
            Self::Unknown => "unknown",
        }
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|o| o.word() == word)
    }
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}
