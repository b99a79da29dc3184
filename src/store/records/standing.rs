//! How checks, mirrors and waves stand.

use super::super::records::Met;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};

/// What a check came to when it was asked last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckState {
    Ok,
    Failed,
    /// It could not be asked.
    Unknown,
    /// It is not its turn yet.
    NotDue,
}

/// A check, as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckRecord {
    pub name: String,
    pub state: CheckState,
    /// Since when it is in this state.
    pub since: Time,
    /// When it was asked last.
    pub at: Time,
    /// What was found, why it could not be asked, or what it waits for.
    pub text: String,
    /// What to change; empty while it is ok or not due.
    pub advice: String,
}

/// Whether the outside has been told what is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MirrorState {
    Told,
    /// What is wanted has changed, or it was never told.
    Owed,
    /// It was told and did not take it; it is told again soon.
    Failed,
}

/// A mirror, as it stands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MirrorRecord {
    pub name: String,
    pub state: MirrorState,
    pub since: Time,
    /// When it was last told with success.
    pub told_at: Option<Time>,
    /// Hash of what it was told then.
    pub told: String,
    /// What the action answered then: `{"percentage": 10, "listed": 212}`.
    pub result: serde_json::Value,
    /// Why it failed; else empty.
    pub text: String,
}

/// How a wave stands: its rows, by the first line of the pipeline's proof each meets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaveProof {
    pub wave: String,
    pub rows: u64,
    /// Title of each line of the proof, and how many rows meet it first.
    pub settled: Vec<(String, u64)>,
    /// Rows that meet none.
    pub open: u64,
    /// Since when it is proven; stays, whatever rows do later.
    pub proven_at: Option<Time>,
}

/// A condition of an act, judged for a row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActJudged {
    pub title: String,
    pub met: Met,
}
