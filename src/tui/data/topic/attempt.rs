//! One attempt with its steps.

use crate::store::{AttemptId, StoreError, View};

/// One attempt with its steps.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AttemptTopic;

impl AttemptTopic {
    pub fn read(_view: &View<'_>, _id: AttemptId) -> Result<Self, StoreError> {
        Ok(Self)
    }
}
