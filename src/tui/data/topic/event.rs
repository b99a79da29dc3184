//! One event with what it did.

use crate::store::{EventId, StoreError, View};

/// One event with what it did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EventTopic;

impl EventTopic {
    pub fn read(_view: &View<'_>, _id: EventId) -> Result<Self, StoreError> {
        Ok(Self)
    }
}
