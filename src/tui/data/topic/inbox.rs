//! Events, newest first.

use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// Events, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InboxTopic;

impl InboxTopic {
    pub fn read(_view: &View<'_>, _search: &str, _names: &Names) -> Result<Self, StoreError> {
        Ok(Self)
    }

    pub fn ids(&self) -> Vec<String> {
        Vec::new()
    }
}
