//! The services, as the engine last found them.

use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// The services, as the engine last found them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServicesTopic;

impl ServicesTopic {
    pub fn read(_view: &View<'_>, _names: &Names) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
