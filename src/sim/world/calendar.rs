//! When a Mac is awake, as a pure function of time, so that a sleeping Mac costs the world no events.

use crate::model::time::{Span, Time};

const DAY: i64 = 86_400_000;
const DARK_EVERY: i64 = 90 * 60_000;
const DARK_FOR: i64 = 45_000;
/// How far ahead and back a search goes.
const HORIZON: usize = 400;

/// The end of a gap that does not end: the year 9999.
pub fn forever() -> Time {
    Time::from_millis(253_402_300_799_000)
}

/// What a Mac is doing at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    Awake,
    /// A short wake of a sleeping Mac: the agent may answer, MDM says NotNow.
    Dark,
    Away,
}

/// A Mac's habit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Habit {
    AlwaysOn,
    /// Awake in working hours; asleep, with dark wakes, outside them.
    Working,
    /// Not seen after this moment, ever.
    GoneSince(Time),
}

/// When a Mac is awake, asleep or away.
#[derive(Clone, Debug)]
pub struct Calendar {
    habit: Habit,
    /// Differs from Mac to Mac, so that they do not all open their lids in the same second.
    phase: i64,
    /// Local time minus UTC, in milliseconds.
    offset: i64,
    extra: Vec<(Time, Time)>,
    gaps: Vec<(Time, Time)>,
}

impl Calendar {
    pub fn new(habit: Habit, phase: u32, offset: Span, east: bool) -> Self {
        let offset = offset.millis();
        Self {
            habit,
            phase: i64::from(phase),
            offset: if east { offset } else { -offset },
            extra: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Makes the Mac awake from `from` to `until`, whatever its habit.
    pub fn add_session(&mut self, from: Time, until: Time) {
        self.extra.push((from, until));
    }

    /// Makes the Mac unreachable from `from` to `until`, whatever else holds.
    pub fn add_gap(&mut self, from: Time, until: Time) {
        self.gaps.push((from, until));
    }

    pub fn at(&self, now: Time) -> Presence {
        if self.gap(now).is_some() {
            return Presence::Away;
        }
        if self
            .extra
            .iter()
            .any(|(from, until)| *from <= now && now < *until)
        {
            return Presence::Awake;
        }
        match self.habit {
            Habit::AlwaysOn => Presence::Awake,
            Habit::GoneSince(since) if now <= since => Presence::Awake,
            Habit::GoneSince(_) => Presence::Away,
            Habit::Working => self.working(now),
        }
    }

    /// The first moment, `from` included, at which the Mac is awake (or, if `dark` will do, in a dark wake).
    pub fn next(&self, from: Time, dark: bool) -> Option<Time> {
        let mut at = from;
        for _ in 0..HORIZON {
            if let Some((_, end)) = self.gap(at) {
                if end >= forever() {
                    return None;
                }
                at = end;
                continue;
            }
            match self.at(at) {
                Presence::Awake => return Some(at),
                Presence::Dark if dark => return Some(at),
                Presence::Dark | Presence::Away => at = self.next_start(at)?,
            }
        }
        None
    }

    /// The last moment, `until` included, at which the Mac was reachable.
    pub fn last(&self, until: Time) -> Option<Time> {
        let mut at = until;
        for _ in 0..HORIZON {
            if let Some((start, _)) = self.gap(at) {
                at = start.minus(Span::from_millis(1));
                continue;
            }
            if self.at(at) != Presence::Away {
                return Some(at);
            }
            at = self.last_end(at)?;
        }
        None
    }

    fn gap(&self, at: Time) -> Option<(Time, Time)> {
        self.gaps
            .iter()
            .find(|(from, until)| *from <= at && at < *until)
            .copied()
    }

    fn day(&self, at: Time) -> i64 {
        (at.millis() + self.offset).div_euclid(DAY)
    }

    /// The working hours of one day, from about eight to about six.
    fn hours(&self, day: i64) -> (Time, Time) {
        let mix = (self
            .phase
            .wrapping_mul(31)
            .wrapping_add(day.wrapping_mul(7_919)))
        .rem_euclid(97);
        let midnight = day * DAY - self.offset;
        let start = midnight + 27_000_000 + self.phase.rem_euclid(90) * 60_000;
        let end = midnight + 63_000_000 + mix * 60_000;
        (Time::from_millis(start), Time::from_millis(end))
    }

    fn working(&self, now: Time) -> Presence {
        let (start, end) = self.hours(self.day(now));
        if start <= now && now < end {
            Presence::Awake
        } else if (now.millis() + self.phase * 1_000).rem_euclid(DARK_EVERY) < DARK_FOR {
            Presence::Dark
        } else {
            Presence::Away
        }
    }

    fn next_start(&self, after: Time) -> Option<Time> {
        let extra = self.extra.iter().map(|(from, _)| *from);
        let habit: Vec<Time> = match self.habit {
            Habit::Working => {
                let day = self.day(after);
                let dark = after.millis() + DARK_EVERY
                    - (after.millis() + self.phase * 1_000).rem_euclid(DARK_EVERY);
                vec![
                    self.hours(day).0,
                    self.hours(day + 1).0,
                    Time::from_millis(dark),
                ]
            }
            Habit::AlwaysOn | Habit::GoneSince(_) => Vec::new(),
        };
        extra.chain(habit).filter(|start| *start > after).min()
    }

    fn last_end(&self, before: Time) -> Option<Time> {
        let just = |end: Time| end.minus(Span::from_millis(1));
        let extra = self.extra.iter().map(|(_, until)| just(*until));
        let habit: Vec<Time> = match self.habit {
            Habit::Working => {
                let day = self.day(before);
                let dark = before.millis()
                    - (before.millis() + self.phase * 1_000).rem_euclid(DARK_EVERY)
                    + DARK_FOR
                    - 1;
                vec![
                    just(self.hours(day).1),
                    just(self.hours(day - 1).1),
                    Time::from_millis(dark),
                ]
            }
            Habit::GoneSince(since) => vec![since],
            Habit::AlwaysOn => Vec::new(),
        };
        extra.chain(habit).filter(|end| *end < before).max()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn working() -> Calendar {
        Calendar::new(Habit::Working, 13, Span::from_hours(1), true)
    }

    #[test]
    fn a_working_mac_is_awake_at_ten_and_reachable_for_moments_at_night() {
        let calendar = working();
        assert_eq!(calendar.at(time("2026-03-03T09:00:00Z")), Presence::Awake);
        let night = time("2026-03-03T01:00:00Z");
        assert_eq!(calendar.at(night), Presence::Away);
        let dark = calendar.next(night, true).unwrap();
        assert_eq!(calendar.at(dark), Presence::Dark);
        assert!(dark.since(night) <= Span::from_mins(90));
        let morning = calendar.next(night, false).unwrap();
        assert_eq!(calendar.at(morning), Presence::Awake);
        assert!(morning >= time("2026-03-03T06:30:00Z") && morning < time("2026-03-03T08:10:00Z"));
    }

    #[test]
    fn the_last_contact_of_an_absent_mac_lies_before_and_was_a_contact() {
        let calendar = working();
        let night = time("2026-03-03T01:00:00Z");
        let last = calendar.last(night).unwrap();
        assert!(last < night && night.since(last) <= Span::from_mins(90));
        assert_ne!(calendar.at(last), Presence::Away);
        let gone = Calendar::new(
            Habit::GoneSince(time("2026-01-01T00:00:00Z")),
            0,
            Span::ZERO,
            true,
        );
        assert_eq!(gone.last(night), Some(time("2026-01-01T00:00:00Z")));
        assert_eq!(gone.next(night, true), None);
    }

    #[test]
    fn a_gap_wins_over_everything_and_ends() {
        let mut calendar = Calendar::new(Habit::AlwaysOn, 0, Span::ZERO, true);
        let (from, until) = (time("2026-03-03T01:00:00Z"), time("2026-03-03T02:00:00Z"));
        calendar.add_gap(from, until);
        assert_eq!(calendar.at(from), Presence::Away);
        assert_eq!(calendar.next(from, false), Some(until));
        assert_eq!(calendar.last(from), Some(from.minus(Span::from_millis(1))));
    }
}
