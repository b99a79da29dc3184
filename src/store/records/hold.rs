//! Holds.

use super::AttemptId;
use crate::model::actor::Actor;
use crate::model::fault::FaultKind;
use crate::model::row::RowId;
use crate::model::time::Time;
use serde::{Deserialize, Serialize};

/// Why a (row, rule) is not taken though its gate holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HoldKind {
    /// A retry or a ladder's cool-down is due at `until`.
    BackingOff,
    /// An operator must look: the last attempt failed, a refusal, an unknown outcome, the loop guard, a ladder's end.
    Parked,
    /// An operator holds it.
    Held,
    /// An operator said this rule is not for this row.
    Skipped,
}

impl HoldKind {
    /// A person said it, not the engine.
    pub fn is_a_persons(self) -> bool {
        matches!(self, Self::Held | Self::Skipped)
    }
}

/// One hold. At most one per (row, rule); a new one replaces it. `rule` `"*"` holds the row in every rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    pub row: RowId,
    pub rule: String,
    pub kind: HoldKind,
    /// A sentence: what happened and who owns it now.
    pub reason: String,
    /// Set for `BackingOff`.
    pub until: Option<Time>,
    /// "ticket", "page", "operator", a person's name; who has it now.
    pub owner: Option<String>,
    pub by: Actor,
    /// The attempt that led here.
    pub attempt: Option<AttemptId>,
    /// The fault's kind, for grouping.
    pub fault: Option<FaultKind>,
    pub at: Time,
}
