//! Counts per bucket of engine time. A bucket that is over stays as it is, so it is counted once.

use crate::model::time::{Span, Time};
use crate::pipeline::forecast::BUCKET;
use crate::store::{AttemptState, StoreError, View};
use std::collections::{BTreeMap, HashMap};

/// A commit may be this late: only then is a bucket over.
const GRACE: Span = BUCKET;
/// Older buckets are forgotten.
const KEPT: Span = Span::from_hours(48);

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Of {
    /// Attempts of a rule that ended so.
    Ended(String, AttemptState),
    /// Rows that entered a phase.
    Entered(String),
}

/// Counts, and remembers those of buckets that are over.
#[derive(Default)]
pub struct Meter(HashMap<Of, BTreeMap<i64, u64>>);

/// The bucket a moment lies in.
fn bucket(at: Time) -> i64 {
    at.millis().div_euclid(BUCKET.millis())
}

fn start(bucket: i64) -> Time {
    Time::from_millis(bucket.saturating_mul(BUCKET.millis()))
}

/// Where the bucket begins that a moment lies in.
pub fn bucket_start(at: Time) -> Time {
    start(bucket(at))
}

impl Meter {
    /// How many per bucket, from the one `since` lies in up to the one under way, oldest first.
    pub fn counts(
        &mut self,
        view: &View<'_>,
        of: &Of,
        since: Time,
        now: Time,
    ) -> Result<Vec<u64>, StoreError> {
        let kept = self.0.entry(of.clone()).or_default();
        let oldest = bucket(now.minus(KEPT));
        let first = bucket(since).max(oldest);
        *kept = kept.split_off(&oldest);
        let mut counts = Vec::new();
        for number in first..=bucket(now) {
            if let Some(count) = kept.get(&number) {
                counts.push(*count);
                continue;
            }
            let (from, to) = (start(number), start(number + 1));
            let count = match of {
                Of::Ended(rule, state) => view.ended_between(rule, *state, from, to)?,
                Of::Entered(phase) => view.entered_between(phase, from, to)?,
            };
            if to.plus(GRACE) <= now {
                kept.insert(number, count);
            }
            counts.push(count);
        }
        Ok(counts)
    }

    /// As [`Self::counts`], of several things together.
    pub fn together(
        &mut self,
        view: &View<'_>,
        all: impl Iterator<Item = Of>,
        since: Time,
        now: Time,
    ) -> Result<Vec<u64>, StoreError> {
        let mut sum = Vec::new();
        for of in all {
            let counts = self.counts(view, &of, since, now)?;
            sum.resize(counts.len(), 0);
            for (sum, count) in sum.iter_mut().zip(counts) {
                *sum += count;
            }
        }
        Ok(sum)
    }
}
