//! How often each method may be called, and posting faster than Slack asks (`api/slack.md` §3).

use crate::model::time::{Span, Time};
use crate::sim::wire::Bucket;
use std::collections::{HashMap, VecDeque};

/// A burst of posts Slack tolerates before it answers 429.
const BURST: f64 = 4.0;
/// The stretch over which one post a second is counted; a short burst on top is tolerated here too.
const STRETCH: Span = Span::from_secs(10);
const MOST_IN_STRETCH: usize = 10 + BURST as usize;
/// Tier 3: 50 a minute for each method.
const TIER_3: f64 = 50.0;

#[derive(Default)]
pub(super) struct Paces {
    buckets: HashMap<String, Bucket>,
    posts: HashMap<String, VecDeque<Time>>,
}

impl Paces {
    /// One post into this channel or webhook; how long to wait when it is too many.
    pub(super) fn post(&mut self, place: &str, now: Time) -> Result<(), Span> {
        self.take(place, now, || Bucket::new(1.0, BURST))
    }

    /// One call of a method that has the usual limit.
    pub(super) fn tier3(&mut self, method: &str, now: Time) -> Result<(), Span> {
        self.take(method, now, || Bucket::new(TIER_3 / 60.0, TIER_3))
    }

    fn take(&mut self, name: &str, now: Time, new: fn() -> Bucket) -> Result<(), Span> {
        self.buckets
            .entry(name.to_owned())
            .or_insert_with(new)
            .take(now)
    }

    /// Counts a post that arrived, taken or not; true when it is the first one too many for a steady post a second.
    pub(super) fn too_fast(&mut self, place: &str, now: Time) -> bool {
        let posts = self.posts.entry(place.to_owned()).or_default();
        while posts
            .front()
            .is_some_and(|first| now.since(*first) >= STRETCH)
        {
            posts.pop_front();
        }
        posts.push_back(now);
        posts.len() == MOST_IN_STRETCH + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_post_a_second_is_never_too_fast_and_two_a_second_are() {
        let count = |every: i64| {
            let mut paces = Paces::default();
            (0..60)
                .filter(|n| paces.too_fast("C1", Time::from_millis(n * every)))
                .count()
        };
        assert_eq!(count(1_000), 0);
        assert!(count(500) > 0);
    }
}
