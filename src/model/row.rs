//! A row: one subject (a Mac, a person), and all that is known of it.

use super::time::Time;
use super::value::Value;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The store's number for a row; stable for the life of the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowId(pub i64);

/// Column name → value.
pub type Values = BTreeMap<String, Value>;

/// One row of the subject table.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub id: RowId,
    /// The value of the pipeline's key column (a serial).
    pub key: String,
    /// Every declared column, nulls included.
    pub values: Values,
    pub wave: Option<String>,
    /// The phase that holds, by name, and since when.
    pub phase: Option<String>,
    pub phase_since: Time,
    /// Hash of the pipeline file that handled it last.
    pub version: String,
    pub created_at: Time,
    pub updated_at: Time,
}

impl Row {
    pub fn get(&self, column: &str) -> &Value {
        self.values.get(column).unwrap_or(&Value::Null)
    }

    /// What templates see as `row`: every declared column, plus `wave` and `phase`.
    pub fn to_json(&self) -> serde_json::Value {
        let mut map: serde_json::Map<_, _> = self
            .values
            .iter()
            .map(|(k, v)| (k.clone(), v.to_json()))
            .collect();
        map.insert("wave".into(), self.wave.clone().into());
        map.insert("phase".into(), self.phase.clone().into());
        map.into()
    }
}
