//! Looking at a moment that has been.

use super::State;
use crate::model::time::{Span, Time};
use crate::tui::ages;

/// A day ago and more, the date is said as well.
const DAY: Span = Span::from_hours(20);

/// Which moment, and when it is looked at from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Past {
    pub at: Time,
    /// Engine time.
    pub present: Time,
}

impl State {
    /// Looks at another moment, never one that has not come. Ages are those of then.
    pub fn look_back(&mut self, at: Time, present: Time) {
        let at = at.min(present);
        self.past = Some(Past { at, present });
        self.now = at;
    }

    /// Time goes on; a moment that has been stays.
    pub fn turn(&mut self, now: Time) {
        match &mut self.past {
            Some(past) => past.present = now,
            None => self.now = now,
        }
    }

    /// `as of 02:14:30, 3h 05m ago`.
    pub fn as_of(&self) -> Option<String> {
        let past = self.past?;
        let pipeline = self.facts.names.pipeline();
        let zone = pipeline.map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
        let form = if past.present.since(past.at) < DAY {
            "%H:%M:%S"
        } else {
            "%Y-%m-%d %H:%M:%S"
        };
        let clock = past.at.to_chrono().with_timezone(&zone).format(form);
        let ago = ages::said(past.present, past.at);
        Some(format!("as of {clock}, {ago}"))
    }
}
