//! The journal and the switches.

use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Debug,
    Info,
    Warning,
    Alarm,
}

#[derive(Clone, Debug)]
pub struct NewEntry {
    pub level: Level,
    /// Where it comes from: a stage, a ladder, an intake, "engine", a connector.
    pub source: String,
    pub row: Option<RowId>,
    /// One cleaned line that reads alone.
    pub text: String,
}

/// One line of the journal. `hash` covers the entry and the hash of the one before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entry {
    pub id: i64,
    pub at: Time,
    pub level: Level,
    pub source: String,
    pub row: Option<RowId>,
    /// The row's key, for reading.
    pub key: Option<String>,
    pub text: String,
    pub hash: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SwitchKind {
    /// A stage or ladder; on unless switched off.
    Stage,
    /// A wave; closed unless opened.
    Wave,
    /// A brake; released unless tripped.
    Brake,
    /// All sending; the name is `*`.
    Stop,
    /// A wave whose rows were all settled once.
    Proven,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Switch {
    pub kind: SwitchKind,
    pub name: String,
    /// Stage: true = on. Wave: true = open. Brake: true = tripped. Stop: true = stopped. Proven: true = proven.
    pub on: bool,
    pub reason: String,
    pub by: Actor,
    pub at: Time,
}
