//! When the rest is done, at the pace of the last hours.

use crate::model::time::{Span, Time};
use serde::Serialize;

/// Looked back over.
pub(super) const WINDOW: Span = Span::from_hours(6);
pub(super) const BUCKET: Span = Span::from_mins(30);

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Forecast {
    pub left: u64,
    /// Rows completed per hour of engine time.
    pub per_hour: f64,
    /// `None` when nothing was completed lately.
    pub done_at: Option<Time>,
}

/// From rows completed per [`BUCKET`], oldest first. Idle buckets before the first completion do not count: a window that
/// opened an hour ago has an hour of pace. Idle ones after it do.
pub(super) fn forecast(left: u64, buckets: &[u64], now: Time) -> Forecast {
    let idle = buckets.iter().take_while(|count| **count == 0).count();
    let active = &buckets[idle..];
    let done: u64 = active.iter().sum();
    let hours = BUCKET.secs_f64() * active.len() as f64 / 3600.0;
    let per_hour = if hours > 0.0 {
        done as f64 / hours
    } else {
        0.0
    };
    let done_at = (per_hour > 0.0 && left > 0).then(|| {
        let hours = left as f64 / per_hour;
        now.plus(Span::from_hours(1).times(hours))
    });
    Forecast {
        left,
        per_hour,
        done_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pace_counts_from_the_first_completion() {
        let now = Time::parse("2026-03-02T23:00:00Z").unwrap();
        let seen = forecast(60, &[0, 0, 0, 0, 10, 20], now);
        assert!((seen.per_hour - 30.0).abs() < 1e-9);
        assert_eq!(seen.done_at, Some(now.plus(Span::from_hours(2))));
        let stalled = forecast(60, &[30, 0, 0, 0], now);
        assert!((stalled.per_hour - 15.0).abs() < 1e-9);
        assert_eq!(forecast(60, &[0, 0], now).done_at, None);
        assert_eq!(forecast(60, &[], now).done_at, None);
        assert_eq!(forecast(0, &[9], now).done_at, None);
    }
}
