//! When a poll runs next, and how long it leaves a service alone that does not answer.

use crate::model::fault::Fault;
use crate::model::time::{Span, Time};
use crate::pipeline::definition::Rhythm;

/// After the first failure; doubles up to [`LONGEST_PAUSE`]. Engine time.
const FIRST_PAUSE: Span = Span::from_secs(15);
const LONGEST_PAUSE: Span = Span::from_mins(5);

/// The first round after a start: at once, unless the rhythm is a timetable and no firing was missed since the last
/// round.
pub(super) fn first(rhythm: &Rhythm, now: Time, last_at: Option<Time>) -> Option<Time> {
    match (rhythm, last_at) {
        (Rhythm::At(cron), Some(last)) => cron.next_after(last.min(now)).map(|due| due.max(now)),
        _ => Some(now),
    }
}

/// The round after one that began at `began` and ended at `now`. One that took longer than its rhythm is still followed
/// by a pause.
pub(super) fn next(rhythm: &Rhythm, began: Time, now: Time) -> Option<Time> {
    match rhythm {
        Rhythm::Every(span) => Some(began.plus(*span).max(now.plus(span.times(0.25)))),
        Rhythm::At(cron) => cron.next_after(began),
    }
}

/// How long to wait after the `failures`th failure in a row; the service's own wish counts when it is longer.
pub(super) fn pause(failures: u32, fault: &Fault) -> Span {
    let doubled = FIRST_PAUSE.times(2_f64.powi(failures.saturating_sub(1).min(16) as i32));
    let ours = doubled.min(LONGEST_PAUSE);
    fault.retry_after.map_or(ours, |asked| asked.max(ours))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::fault::FaultKind;
    use crate::pipeline::definition::Cron;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    #[test]
    fn a_missed_firing_is_made_up_for_and_a_kept_one_is_not_repeated() {
        let daily = Rhythm::At(Cron::new("0 5 * * *", chrono_tz::Tz::UTC).unwrap());
        let now = at("2026-03-02T06:00:00Z");
        for (last, due) in [
            (None, now),
            (Some(at("2026-03-01T05:00:10Z")), now),
            (Some(at("2026-03-02T05:00:10Z")), at("2026-03-03T05:00:00Z")),
            // A clock that was ahead must not silence the poll.
            (Some(at("2031-01-01T00:00:00Z")), at("2026-03-03T05:00:00Z")),
        ] {
            assert_eq!(first(&daily, now, last), Some(due), "{last:?}");
        }
        assert_eq!(next(&daily, now, now), Some(at("2026-03-03T05:00:00Z")));
    }

    #[test]
    fn a_round_longer_than_its_rhythm_is_followed_by_a_pause() {
        let minute = Rhythm::Every(Span::from_mins(1));
        let began = at("2026-03-02T06:00:00Z");
        let quick = began.plus(Span::from_secs(2));
        let slow = began.plus(Span::from_mins(3));
        assert_eq!(
            next(&minute, began, quick),
            Some(began.plus(Span::from_mins(1)))
        );
        assert_eq!(
            next(&minute, began, slow),
            Some(slow.plus(Span::from_secs(15)))
        );
        assert_eq!(first(&minute, began, Some(began)), Some(began));
    }

    #[test]
    fn pauses_grow_to_a_limit_and_a_service_may_ask_for_more() {
        let fault = Fault::new(FaultKind::Unreachable, "no");
        let secs = |failures| pause(failures, &fault).millis() / 1_000;
        assert_eq!([1, 2, 3, 20].map(secs), [15, 30, 60, 300]);
        let asked = fault.clone().retry_after(Some(Span::from_mins(20)));
        assert_eq!(pause(1, &asked), Span::from_mins(20));
    }
}
