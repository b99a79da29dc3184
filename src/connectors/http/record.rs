//! What one service's calls came to of late.

use crate::connectors::action::Mishap;
use crate::model::time::{Span, Time};
use std::collections::VecDeque;

/// Calls kept for the percentiles and the share of failures.
const KEPT: usize = 256;
const MINUTE: Span = Span::from_secs(60);

/// The last calls, and how it stands between the service and us.
#[derive(Default)]
pub(super) struct Record {
    /// Real milliseconds, and whether it failed.
    took: VecDeque<(u64, bool)>,
    /// Calls by the second of engine time in which they were sent, over the last minute.
    sent: VecDeque<(i64, u64)>,
    pub(super) failures_in_a_row: u64,
    pub(super) failing_since: Option<Time>,
    pub(super) last_success_at: Option<Time>,
    pub(super) last_failure: Option<Mishap>,
}

impl Record {
    pub(super) fn sent(&mut self, at: Time) {
        let second = at.millis().div_euclid(1_000);
        match self.sent.back_mut() {
            Some((last, count)) if *last >= second => *count += 1,
            _ => self.sent.push_back((second, 1)),
        }
        self.forget(at);
    }

    fn forget(&mut self, now: Time) {
        let oldest = now.minus(MINUTE).millis().div_euclid(1_000);
        while self
            .sent
            .front()
            .is_some_and(|(second, _)| *second <= oldest)
        {
            self.sent.pop_front();
        }
    }

    /// A call ended; `failure` is why, as a sentence, when it failed.
    pub(super) fn ended(&mut self, at: Time, took_ms: u64, failure: Option<String>) {
        if self.took.len() == KEPT {
            self.took.pop_front();
        }
        self.took.push_back((took_ms, failure.is_some()));
        let Some(text) = failure else {
            self.failures_in_a_row = 0;
            self.failing_since = None;
            self.last_success_at = Some(at);
            return;
        };
        self.failures_in_a_row += 1;
        self.failing_since.get_or_insert(at);
        self.last_failure = Some(Mishap { at, text });
    }

    pub(super) fn last_minute(&mut self, now: Time) -> u64 {
        self.forget(now);
        self.sent.iter().map(|(_, count)| count).sum()
    }

    /// Calls kept, and those of them that failed.
    pub(super) fn recent(&self) -> (u64, u64) {
        let failed = self.took.iter().filter(|(_, failed)| *failed).count();
        (self.took.len() as u64, failed as u64)
    }

    /// The latencies that these shares of the calls do not exceed.
    pub(super) fn latencies(&self, shares: [f64; 2]) -> [u64; 2] {
        let mut took: Vec<u64> = self.took.iter().map(|(took, _)| *took).collect();
        took.sort_unstable();
        shares.map(|share| {
            let index = (took.len() as f64 * share) as usize;
            took.get(index.min(took.len().saturating_sub(1)))
                .copied()
                .unwrap_or(0)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: i64) -> Time {
        Time::from_millis(1_000_000_000_000 + secs * 1_000)
    }

    #[test]
    fn a_success_ends_a_row_of_failures_and_the_last_one_is_kept() {
        let mut record = Record::default();
        record.ended(at(0), 10, None);
        for secs in 1..=3 {
            record.ended(at(secs), 20, Some(format!("no answer {secs}")));
        }
        assert_eq!(record.failures_in_a_row, 3);
        assert_eq!(record.failing_since, Some(at(1)));
        assert_eq!(record.recent(), (4, 3));
        assert_eq!(record.latencies([0.0, 0.99]), [10, 20]);
        record.ended(at(9), 30, None);
        assert_eq!((record.failures_in_a_row, record.failing_since), (0, None));
        assert_eq!(record.last_success_at, Some(at(9)));
        assert_eq!(record.last_failure.unwrap().text, "no answer 3");
    }

    #[test]
    fn a_minute_of_calls_is_counted_and_older_ones_are_forgotten() {
        let mut record = Record::default();
        for secs in 0..90 {
            record.sent(at(secs));
            record.sent(at(secs));
        }
        assert_eq!(record.last_minute(at(89)), 120);
        assert_eq!(record.last_minute(at(139)), 20);
        assert_eq!(record.last_minute(at(600)), 0);
        assert!(record.sent.is_empty());
    }
}
