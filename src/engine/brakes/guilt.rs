//! Which slice is guilty of the failures.
//!
//! A slice is guilty when its own failures are too many, and either it does worse than all the others beyond chance
//! (Fisher's exact test), or nothing of it went well at all and most rows are outside of it. Of several the one that
//! stands out most is stopped, of equals the smallest. The others are watched: one more failure that the stopped slice
//! does not explain is enough then.

use super::slice::Slice;
use super::tally::{Count, Tally};
use crate::model::time::Time;

/// The chance at which "it only looks worse" is no longer believed.
const CHANCE: f64 = 0.01;

/// Rows of a slice and rows in all, of the whole table.
pub(super) type Size<'a, E> = &'a dyn Fn(&Slice) -> Result<(u64, u64), E>;

/// A slice with `limit` failures since `since`.
pub(super) fn by_count<E>(
    tally: &Tally,
    (limit, since): (u64, Time),
    size: Size<'_, E>,
) -> Result<Option<(Slice, Count)>, E> {
    let all = tally.count(None, since);
    guiltiest(tally, since, size, |slice, own| {
        let spared = own.failed > 0 && own.done == 0;
        let enough = own.failed >= limit || (spared && tally.failed_at_all(slice, since) >= limit);
        enough.then(|| all.without(own))
    })
}

/// A slice with a larger share of failures than `share` of at least `of`, without which the others stay below it or
/// which does worse than they do.
pub(super) fn by_share<E>(
    tally: &Tally,
    (share, of): (f64, u32),
    since: Time,
    size: Size<'_, E>,
) -> Result<Option<(Slice, Count)>, E> {
    let all = tally.count(None, since);
    guiltiest(tally, since, size, |_, own| {
        let enough = own.failed >= 2 && own.all() >= u64::from(of) && exceeds(own, share);
        enough.then(|| all.without(own))
    })
}

pub(super) fn exceeds(count: Count, share: f64) -> bool {
    count.failed as f64 > share * count.all() as f64
}

/// Of the slices for which `others` answers the count of all the others, the one that stands out most.
fn guiltiest<E>(
    tally: &Tally,
    since: Time,
    size: Size<'_, E>,
    others: impl Fn(&Slice, Count) -> Option<Count>,
) -> Result<Option<(Slice, Count)>, E> {
    let mut found: Option<(f64, u64, Slice, Count)> = None;
    for slice in tally.suspects(since) {
        let own = tally.count(Some(&slice), since);
        let Some(rest) = others(&slice, own) else {
            continue;
        };
        let (of, all) = size(&slice)?;
        let chance = chance(own, rest);
        let stands_out = chance <= CHANCE;
        // Nothing of it went well, the others did not do as badly, and it is not simply where most rows are.
        let never_well = own.done == 0 && of * 2 <= all && (rest.failed == 0 || rest.done > 0);
        if !(stands_out || never_well) {
            continue;
        }
        let guiltier = found
            .as_ref()
            .is_none_or(|(least, size, ..)| (chance, of) < (*least, *size));
        if guiltier {
            found = Some((chance, of, slice, own));
        }
    }
    Ok(found.map(|(_, _, slice, own)| (slice, own)))
}

/// How likely a part would have at least this many of all the failures if it were like the rest (one side of Fisher's
/// exact test); 1 when there is nothing to compare it with.
fn chance(part: Count, rest: Count) -> f64 {
    let (n, failed) = (part.all() + rest.all(), part.failed + rest.failed);
    if rest.all() == 0 || part.all() == 0 {
        return 1.0;
    }
    let mut logs = vec![0.0_f64];
    let mut sum = 0.0;
    for i in 1..=n {
        sum += (i as f64).ln();
        logs.push(sum);
    }
    let choose = |n: u64, k: u64| logs[n as usize] - logs[k as usize] - logs[(n - k) as usize];
    let most = failed.min(part.all());
    let ways = |k: u64| {
        let well = part.all() - k;
        let (rest_failed, rest_all) = (failed - k, rest.all());
        if rest_failed > rest_all || well > n - failed {
            return 0.0;
        }
        (choose(part.all(), k) + choose(rest_all, rest_failed) - choose(n, failed)).exp()
    };
    (part.failed..=most).map(ways).sum::<f64>().min(1.0)
}

#[cfg(test)]
mod tests {
    use super::super::tally::Stopped;
    use super::*;
    use crate::model::row::RowId;
    use crate::store::{AttemptState, Tried};
    use std::convert::Infallible;

    fn columns() -> Vec<String> {
        vec!["model".into(), "os".into(), "team".into()]
    }

    /// `n` rows with this model and system, all of one team.
    fn rows(tried: &mut Vec<Tried>, n: i64, model: &str, os: &str, state: AttemptState) {
        for _ in 0..n {
            let row = RowId(tried.len() as i64 + 1);
            let slice = [model, os, "Staging"].map(|text| Some(text.to_owned()));
            tried.push(Tried {
                row,
                state,
                at: Time::from_millis(row.0),
                slice: slice.to_vec(),
            });
        }
    }

    /// A tenth of the rows are of each model, a third of each system, all of the team.
    fn size(slice: &Slice) -> Result<(u64, u64), Infallible> {
        Ok(match slice.column.as_str() {
            "model" => (10, 100),
            "os" => (33, 100),
            _ => (100, 100),
        })
    }

    fn guilty(tried: &[Tried], stopped: &[Stopped]) -> Option<String> {
        let tally = Tally::new(&columns(), tried.to_vec(), stopped);
        let limit = (3, Time::from_millis(0));
        let found = by_count(&tally, limit, &size).unwrap();
        found.map(|(slice, _)| format!("{}={}", slice.column, slice.text))
    }

    fn stopped(column: &str, text: &str, on: bool) -> Stopped {
        let slice = Slice {
            column: column.into(),
            text: text.into(),
        };
        Stopped {
            slice,
            on,
            at: Time::from_millis(1_000),
        }
    }

    #[test]
    fn the_model_that_always_fails_is_guilty_and_its_team_is_not() {
        let mut tried = Vec::new();
        for model in ["Air", "Pro", "Mini"] {
            rows(&mut tried, 4, model, "26.1", AttemptState::Done);
        }
        rows(&mut tried, 3, "Studio", "26.1", AttemptState::Failed);
        assert_eq!(guilty(&tried, &[]).unwrap(), "model=Studio");
    }

    #[test]
    fn the_system_is_guilty_when_it_fails_on_every_model() {
        let mut tried = Vec::new();
        for model in ["Air", "Pro", "Mini"] {
            rows(&mut tried, 1, model, "15.7", AttemptState::Failed);
            rows(&mut tried, 3, model, "26.1", AttemptState::Done);
        }
        assert_eq!(guilty(&tried, &[]).unwrap(), "os=15.7");
    }

    #[test]
    fn failures_that_nothing_has_in_common_are_nobodys() {
        let mut tried = Vec::new();
        for (model, os) in [("Air", "26.1"), ("Pro", "15.7"), ("Mini", "14.8")] {
            rows(&mut tried, 1, model, os, AttemptState::Failed);
            rows(&mut tried, 2, model, os, AttemptState::Done);
        }
        assert_eq!(guilty(&tried, &[]), None);
    }

    #[test]
    fn a_slice_that_mostly_does_well_is_not_guilty_of_what_the_night_brings() {
        let mut tried = Vec::new();
        rows(&mut tried, 3, "Air", "26.1", AttemptState::Failed);
        rows(&mut tried, 60, "Air", "26.1", AttemptState::Done);
        rows(&mut tried, 40, "Pro", "26.1", AttemptState::Done);
        assert_eq!(guilty(&tried, &[]), None);
    }

    #[test]
    fn with_nothing_to_compare_the_smallest_slice_is_stopped_and_the_next_failure_tells() {
        let mut tried = Vec::new();
        rows(&mut tried, 3, "Studio", "15.7", AttemptState::Failed);
        assert_eq!(guilty(&tried, &[]).unwrap(), "model=Studio");
        let model = stopped("model", "Studio", true);
        assert_eq!(guilty(&tried, std::slice::from_ref(&model)), None);
        rows(&mut tried, 5, "Pro", "26.1", AttemptState::Done);
        rows(&mut tried, 1, "Air", "15.7", AttemptState::Failed);
        assert_eq!(guilty(&tried, &[model]).unwrap(), "os=15.7");
    }

    #[test]
    fn what_failed_before_a_release_counts_no_more() {
        let mut tried = Vec::new();
        rows(&mut tried, 4, "Air", "26.1", AttemptState::Done);
        rows(&mut tried, 3, "Studio", "26.1", AttemptState::Failed);
        let released = stopped("model", "Studio", false);
        assert_eq!(guilty(&tried, &[released]), None);
    }

    #[test]
    fn the_chance_is_that_of_fishers_test() {
        let count = |failed, done| Count { failed, done };
        // 3 of 3 beside 0 of 10: one way in 286.
        let known = chance(count(3, 0), count(0, 10));
        assert!((known - 1.0 / 286.0).abs() < 1e-12, "{known}");
        assert!(chance(count(1, 9), count(10, 90)) > 0.5);
        assert!((chance(count(3, 0), count(0, 0)) - 1.0).abs() < f64::EPSILON);
    }

    #[test]
    fn a_share_is_too_large_for_the_slice_that_stands_out() {
        let mut tried = Vec::new();
        rows(&mut tried, 6, "Studio", "26.1", AttemptState::Failed);
        rows(&mut tried, 4, "Studio", "26.1", AttemptState::Done);
        rows(&mut tried, 60, "Air", "26.1", AttemptState::Done);
        let tally = Tally::new(&columns(), tried, &[]);
        let since = Time::from_millis(0);
        let found = by_share(&tally, (0.2, 10), since, &size).unwrap().unwrap();
        assert_eq!(found.0.text, "Studio");
        assert!(by_share(&tally, (0.7, 10), since, &size).unwrap().is_none());
        assert!(by_share(&tally, (0.2, 11), since, &size).unwrap().is_none());
    }
}
