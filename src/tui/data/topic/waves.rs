//! The waves and who is in them.

use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// The waves and who is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WavesTopic;

impl WavesTopic {
    pub fn read(_view: &View<'_>, _names: &Names) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
