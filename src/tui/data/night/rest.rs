//! What is dear to read rests between two readings.

use crate::model::clock::Stopwatch;
use std::time::Duration;

/// Nothing here is read more often, in real time.
const EVERY: Duration = Duration::from_secs(2);

/// A value, and when it was read.
#[derive(Debug)]
pub struct Rest<T>(Option<(Stopwatch, T)>);

impl<T> Default for Rest<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T: Clone> Rest<T> {
    pub fn is_read(&self) -> bool {
        self.0.is_some()
    }

    /// What was read lately, or else is read now.
    pub fn get<E>(&mut self, read: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
        if let Some((watch, value)) = &self.0
            && watch.elapsed() < EVERY
        {
            return Ok(value.clone());
        }
        let value = read()?;
        self.0 = Some((Stopwatch::start(), value.clone()));
        Ok(value)
    }
}
