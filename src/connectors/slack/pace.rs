//! One message a second and channel, in engine time (`api/slack.md` §3).

use crate::model::clock::Clock;
use crate::model::time::{Span, Time};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

const BETWEEN: Span = Span::from_secs(1);
const LONGEST: Span = Span::from_hours(24);

/// When each channel may be written to next.
#[derive(Default)]
pub(super) struct Pace(Mutex<HashMap<String, Time>>);

impl Pace {
    /// Waits for this channel's turn. Turns are given in the order in which they are asked for.
    pub async fn turn(&self, channel: &str, clock: &Clock) {
        let at = self.book(channel, clock.now());
        clock.sleep_until(at).await;
    }

    fn book(&self, channel: &str, now: Time) -> Time {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Nothing waits for a day; a clock that was set back would.
        next.retain(|_, at| *at > now && at.since(now) < LONGEST);
        let at = next.get(channel).copied().unwrap_or(now);
        next.insert(channel.to_owned(), at.plus(BETWEEN));
        at
    }

    /// Nothing to this channel before `until`.
    pub fn hold(&self, channel: &str, until: Time) {
        let mut next = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = next.entry(channel.to_owned()).or_insert(until);
        *at = (*at).max(until);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_channel_has_a_turn_a_second_and_waits_when_told_to() {
        let pace = Pace::default();
        let noon = Time::parse("2026-03-02T12:00:00Z").unwrap();
        let after = |secs| noon.plus(Span::from_secs(secs));
        assert_eq!(pace.book("a", noon), noon);
        assert_eq!(pace.book("a", noon), after(1));
        assert_eq!(pace.book("b", noon), noon);
        pace.hold("b", after(30));
        assert_eq!(pace.book("b", after(2)), after(30));
        assert_eq!(pace.book("a", after(60)), after(60));
    }
}
