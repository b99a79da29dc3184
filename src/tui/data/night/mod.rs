//! How the night goes: figures over many rows, read again only after a while.

mod facts;
mod health;
mod meter;
mod rest;

pub use facts::Night;
pub use health::{Heartbeat, ServiceHealth};
pub use meter::{Meter, Of, bucket_start};
pub use rest::Rest;

use super::names::Names;
use crate::model::time::Time;
use crate::store::{StoreError, View};

/// Reads the figures, and remembers what need not be counted twice.
#[derive(Default)]
pub struct NightReader {
    pub meter: Meter,
    rest: Rest<Night>,
}

impl NightReader {
    /// In a hurry the first reading is left for the next look: it is dear, and nothing on a first frame needs it.
    pub fn read(
        &mut self,
        view: &View<'_>,
        names: &Names,
        now: Time,
        hurried: bool,
    ) -> Result<Night, StoreError> {
        if hurried && !self.rest.is_read() {
            return Ok(Night::default());
        }
        let meter = &mut self.meter;
        self.rest.get(|| facts::read(view, meter, names, now))
    }
}
