//! What a ledger says in the end.

use crate::model::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The witness's account. A clean night has no `doubled` and no `violations`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerReport {
    /// Requests heard by all services of this process, whatever became of them; not kept in the file.
    pub calls: u64,
    /// Effects that landed.
    pub effects: u64,
    pub by_verb: BTreeMap<String, u64>,
    pub doubled: Vec<Doubled>,
    /// Harmless effects whose operation id had landed before, such as a chat message posted twice.
    pub repeats: u64,
    pub violations: Vec<String>,
}

impl LedgerReport {
    /// True when nothing landed twice and nothing forbidden was done.
    pub fn is_clean(&self) -> bool {
        self.doubled.is_empty() && self.violations.is_empty()
    }
}

/// An effect that landed once too often; the rules are in `doubles.rs`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubled {
    pub service: String,
    pub verb: String,
    pub subject: String,
    pub detail: String,
    pub first: Time,
    pub again: Time,
    pub why: String,
}
