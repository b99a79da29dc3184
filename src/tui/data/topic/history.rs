//! Attempts, newest first.

use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// Attempts, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryTopic;

impl HistoryTopic {
    pub fn read(_view: &View<'_>, _search: &str, _names: &Names) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
