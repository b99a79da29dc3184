//! Failures grouped by cause, and who is behind the chosen one.

use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// Failures grouped by cause, and who is behind the chosen one.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FaultsTopic;

impl FaultsTopic {
    pub fn read(
        _view: &View<'_>,
        _chosen: Option<&str>,
        _names: &Names,
    ) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
