//! One JSON document a line, each way.

use crate::model::row::RowId;
use serde::{Deserialize, Serialize};

/// What an operator may ask.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "verb", rename_all = "snake_case", deny_unknown_fields)]
pub enum Request {
    /// Is anybody there? Answers the engine's version and pipeline.
    Hello,
    /// Try again what failed; `stage` None = every rule the row is parked or backing off in. `from_start` forgets the
    /// recorded results of earlier steps.
    Retry {
        rows: Vec<RowId>,
        stage: Option<String>,
        from_start: bool,
        reason: String,
    },
    /// Run a stage for these rows now; its gate is judged afresh and must hold.
    Trigger {
        rows: Vec<RowId>,
        stage: String,
        reason: String,
    },
    Hold {
        rows: Vec<RowId>,
        stage: Option<String>,
        reason: String,
    },
    Release {
        rows: Vec<RowId>,
        stage: Option<String>,
        reason: String,
    },
    Skip {
        rows: Vec<RowId>,
        stage: String,
        reason: String,
    },
    /// The next rung of a ladder, now.
    Remedy {
        rows: Vec<RowId>,
        ladder: String,
        reason: String,
    },
    /// Read the rows afresh through the intake that can.
    Refresh {
        rows: Vec<RowId>,
        reason: String,
    },
    /// Write a column by hand.
    Set {
        rows: Vec<RowId>,
        column: String,
        value: serde_json::Value,
        reason: String,
    },
    /// Do what the pipeline lets operators do, to these rows.
    Act {
        rows: Vec<RowId>,
        act: String,
        reason: String,
    },
    /// Stop all sending, everywhere, at once. Stays stopped over a restart.
    Stop {
        reason: String,
    },
    Resume {
        reason: String,
    },
    StageSwitch {
        stage: String,
        on: bool,
        reason: String,
    },
    WaveSwitch {
        wave: String,
        open: bool,
        reason: String,
    },
    BrakeRelease {
        brake: String,
        reason: String,
    },
    /// A second person's word for a command that waits for one: it is done as it was asked, each row judged afresh.
    Agree {
        command: i64,
        reason: String,
    },
    /// A second person's, or its asker's, word against it.
    Refuse {
        command: i64,
        reason: String,
    },
    /// Rows from a file: column name → value, the key column among them.
    Import {
        rows: Vec<serde_json::Map<String, serde_json::Value>>,
        reason: String,
    },
    /// End the engine, as `SIGTERM` does.
    Shutdown,
}

impl Request {
    /// As the `command` table names it.
    pub fn verb(&self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Retry { .. } => "retry",
            Self::Trigger { .. } => "trigger",
            Self::Hold { .. } => "hold",
            Self::Release { .. } => "release",
            Self::Skip { .. } => "skip",
            Self::Remedy { .. } => "remedy",
            Self::Refresh { .. } => "refresh",
            Self::Set { .. } => "set",
            Self::Act { .. } => "act",
            Self::Stop { .. } => "stop",
            Self::Resume { .. } => "resume",
            Self::StageSwitch { .. } => "stage",
            Self::WaveSwitch { .. } => "wave",
            Self::BrakeRelease { .. } => "brake",
            Self::Agree { .. } => "agree",
            Self::Refuse { .. } => "refuse",
            Self::Import { .. } => "import",
            Self::Shutdown => "shutdown",
        }
    }
}

impl Request {
    /// The rows it is about; `None` when it is not about rows.
    pub fn rows(&self) -> Option<&[RowId]> {
        match self {
            Self::Retry { rows, .. }
            | Self::Trigger { rows, .. }
            | Self::Hold { rows, .. }
            | Self::Release { rows, .. }
            | Self::Skip { rows, .. }
            | Self::Remedy { rows, .. }
            | Self::Refresh { rows, .. }
            | Self::Set { rows, .. }
            | Self::Act { rows, .. } => Some(rows),
            _ => None,
        }
    }

    /// Why it is asked; `None` for what needs no reason.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Retry { reason, .. }
            | Self::Trigger { reason, .. }
            | Self::Hold { reason, .. }
            | Self::Release { reason, .. }
            | Self::Skip { reason, .. }
            | Self::Remedy { reason, .. }
            | Self::Refresh { reason, .. }
            | Self::Set { reason, .. }
            | Self::Act { reason, .. }
            | Self::Stop { reason }
            | Self::Resume { reason }
            | Self::StageSwitch { reason, .. }
            | Self::WaveSwitch { reason, .. }
            | Self::BrakeRelease { reason, .. }
            | Self::Agree { reason, .. }
            | Self::Refuse { reason, .. }
            | Self::Import { reason, .. } => Some(reason),
            Self::Hello | Self::Shutdown => None,
        }
    }
}

/// What one row's part of a command came to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RowResult {
    pub key: String,
    pub done: bool,
    pub note: String,
}

/// The answer. An error is a sentence: what, where, what to do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    Done {
        /// The row in the `command` table; 0 for `hello`.
        command: i64,
        note: String,
        rows: Vec<RowResult>,
    },
    /// It is on record, and waits for a second person's word. Nothing was done yet.
    Waiting {
        command: i64,
        note: String,
    },
    Refused(String),
}

/// Who is asking, by the kernel's word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub uid: u32,
    pub gid: u32,
    /// The user's name, or `uid 1234`.
    pub name: String,
}
