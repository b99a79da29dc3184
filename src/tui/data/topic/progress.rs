//! How far the night is.

use crate::model::time::Time;
use crate::store::{StoreError, View};
use crate::tui::data::Names;

/// How far the night is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ProgressTopic;

impl ProgressTopic {
    pub fn read(_view: &View<'_>, _names: &Names, _now: Time) -> Result<Self, StoreError> {
        Ok(Self)
    }
}
