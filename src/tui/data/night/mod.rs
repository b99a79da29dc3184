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
    /// The first reading is left for the next look.
    put_off: bool,
}

impl NightReader {
    pub fn is_unread(&self) -> bool {
        !self.rest.is_read()
    }

    /// In a hurry the first reading is left for the next look: it is dear, and nothing on the first frame needs it.
    pub fn put_off_if(&mut self, hurried: bool) {
        self.put_off = hurried && self.is_unread();
    }

    pub fn read(&mut self, view: &View<'_>, names: &Names, now: Time) -> Result<Night, StoreError> {
        if std::mem::take(&mut self.put_off) {
            return Ok(Night::default());
        }
        let meter = &mut self.meter;
        self.rest.get(|| facts::read(view, meter, names, now))
    }
}
