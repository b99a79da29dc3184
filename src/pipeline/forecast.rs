//! When the rest is done, at the pace of the last hours: one sum for the console, `drover status` and whoever else asks.

use crate::model::time::{Span, Time};
use serde::Serialize;

/// Looked back over.
pub const WINDOW: Span = Span::from_hours(6);
/// Completions are counted per this much time.
pub const BUCKET: Span = Span::from_mins(5);
/// The pace of late is that of this long.
const LATELY: Span = Span::from_mins(30);
/// With fewer completions, or in less time, chance says more than pace.
const ENOUGH: u64 = 5;
const LONG_ENOUGH: Span = Span::from_mins(10);
/// Nobody plans further ahead than a year.
const FURTHEST_HOURS: f64 = 24.0 * 365.0;

/// When the rest is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Forecast {
    pub left: u64,
    /// Rows completed per hour of engine time.
    pub per_hour: f64,
    /// At this pace; `None` when nothing was completed lately.
    pub done_at: Option<Time>,
    /// Not before this; `None` also while too little is completed to tell.
    pub early: Option<Time>,
    /// Not after this, if the pace holds; `None` when it does not, as nothing was completed of late.
    pub late: Option<Time>,
}

/// From rows completed per `bucket` since `since`, oldest first. Idle buckets before the first completion do not count: a
/// window that opened an hour ago has an hour of pace. Idle ones after it do.
///
/// The band lies between the pace of the whole time and that of the last half hour, each taken as wrong by what chance
/// makes of so few completions (one part in the root of their number).
pub fn forecast(left: u64, counts: &[u64], bucket: Span, since: Time, now: Time) -> Forecast {
    let whole = Pace::of(counts, bucket, since, now);
    let per_hour = whole.per_hour();
    let mut forecast = Forecast {
        left,
        per_hour,
        ..Forecast::default()
    };
    if left == 0 || per_hour <= 0.0 {
        return forecast;
    }
    forecast.done_at = after(now, left, per_hour);
    if whole.done < ENOUGH || whole.over < LONG_ENOUGH {
        return forecast;
    }
    let lately = if whole.over > LATELY {
        let skipped = counts
            .len()
            .saturating_sub((LATELY.millis() / bucket.millis().max(1)) as usize);
        let since = since.plus(bucket.times(skipped as f64));
        Pace::since(&counts[skipped..], since, now)
    } else {
        whole
    };
    let chance = 1.0 / (whole.done as f64).sqrt();
    let (fast, slow) = (
        per_hour.max(lately.per_hour()) * (1.0 + chance),
        per_hour.min(lately.per_hour()) * (1.0 - chance),
    );
    forecast.early = after(now, left, fast);
    forecast.late = after(now, left, slow);
    forecast
}

/// How many in how long.
#[derive(Clone, Copy)]
struct Pace {
    done: u64,
    over: Span,
}

impl Pace {
    /// From the first completion on.
    fn of(counts: &[u64], bucket: Span, since: Time, now: Time) -> Self {
        let idle = counts.iter().take_while(|count| **count == 0).count();
        let since = since.plus(bucket.times(idle as f64));
        Self::since(&counts[idle..], since, now)
    }

    fn since(counts: &[u64], since: Time, now: Time) -> Self {
        Self {
            done: counts.iter().sum(),
            over: now.since(since),
        }
    }

    fn per_hour(self) -> f64 {
        let hours = self.over.secs_f64() / 3_600.0;
        if self.done > 0 && hours > 0.0 {
            self.done as f64 / hours
        } else {
            0.0
        }
    }
}

fn after(now: Time, left: u64, per_hour: f64) -> Option<Time> {
    let hours = left as f64 / per_hour;
    (per_hour > 0.0 && hours < FURTHEST_HOURS).then(|| now.plus(Span::from_hours(1).times(hours)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF_HOUR: Span = Span::from_mins(30);

    fn now() -> Time {
        Time::parse("2026-03-02T23:00:00Z").unwrap()
    }

    fn seen(left: u64, counts: &[u64]) -> Forecast {
        let since = now().minus(HALF_HOUR.times(counts.len() as f64));
        forecast(left, counts, HALF_HOUR, since, now())
    }

    #[test]
    fn the_pace_counts_from_the_first_completion() {
        let found = seen(60, &[0, 0, 0, 0, 10, 20]);
        assert!((found.per_hour - 30.0).abs() < 1e-9);
        assert_eq!(found.done_at, Some(now().plus(Span::from_hours(2))));
        let stalled = seen(60, &[30, 0, 0, 0]);
        assert!((stalled.per_hour - 15.0).abs() < 1e-9);
        for (left, counts) in [(60, &[0, 0][..]), (60, &[]), (0, &[9])] {
            assert_eq!(seen(left, counts).done_at, None);
        }
    }

    #[test]
    fn the_band_holds_the_middle_and_widens_with_doubt() {
        let steady = seen(60, &[25, 25, 25, 25]);
        let (early, done, late) = (
            steady.early.unwrap(),
            steady.done_at.unwrap(),
            steady.late.unwrap(),
        );
        assert!(early < done && done < late);
        let few = seen(60, &[3, 3, 3, 3]);
        let wide = |found: &Forecast| found.late.unwrap().since(found.early.unwrap());
        assert!(wide(&few) > wide(&steady));
        // It was quick and is slow now: the late end follows the slow pace.
        let slowing = seen(60, &[45, 45, 5, 5]);
        assert!(slowing.late.unwrap() > late, "{slowing:?}");
        assert!(slowing.early.unwrap() < slowing.done_at.unwrap());
    }

    #[test]
    fn a_standstill_has_no_end_and_a_beginning_no_band() {
        let still = seen(60, &[40, 40, 0]);
        assert!(still.early.is_some() && still.late.is_none());
        let begun = seen(60, &[0, 0, 2]);
        assert!(begun.done_at.is_some() && begun.early.is_none() && begun.late.is_none());
        // A bucket that has only begun counts for as long as it is.
        let since = now().minus(Span::from_mins(3));
        let begun = forecast(60, &[9], BUCKET, since, now());
        assert!((begun.per_hour - 180.0).abs() < 1e-9);
        assert_eq!(begun.early, None);
    }
}
