//! Nights that a change of the clock makes longer, shorter, or leaves out: known long before, and told before they come.

use super::definition::Window;
use crate::model::time::{Span, Time};
use chrono::{Days, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone};

/// Minutes around a window in which the change is looked for; none is longer than a day.
const AROUND: i64 = 3 * 60;

/// A night that is not as the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OddNight {
    /// The local date on which its window opens, or would.
    pub date: NaiveDate,
    /// When it opens, or would.
    pub at: Time,
    /// Whether it opens at all.
    pub opens: bool,
    /// One sentence, for whoever plans that night.
    pub says: String,
}

impl Window {
    /// Nights whose opening lies from `from` on and before `to`, and which a change of the clock touches.
    pub fn odd_nights(&self, from: Time, to: Time) -> Vec<OddNight> {
        let date = |at: Time| at.to_chrono().with_timezone(&self.timezone).date_naive();
        let first = date(from).checked_sub_days(Days::new(1));
        let Some(first) = first else {
            return Vec::new();
        };
        let last = date(to);
        first
            .iter_days()
            .take_while(|day| *day <= last)
            .filter_map(|day| self.odd(day))
            .filter(|night| from <= night.at && night.at < to)
            .collect()
    }

    fn odd(&self, date: NaiveDate) -> Option<OddNight> {
        if !self.opens_on(date) {
            return None;
        }
        let (from, to) = self.ends(date)?;
        let whole = Span::from_mins((to - from).num_minutes());
        let Some((opens, closes)) = self.on(date) else {
            return Some(OddNight {
                date,
                at: self.instants(from)?.0,
                opens: false,
                says: format!(
                    "the window {} does not open on {date}: {} ({})",
                    self.name,
                    self.change(from, to)?,
                    self.timezone
                ),
            });
        };
        let twice = |at: NaiveDateTime| self.kind(at) == Kind::Twice;
        let length = closes.since(opens);
        if length == whole && !twice(from) && !twice(to) {
            return None;
        }
        let mut says = format!("the window {} of {date} is open for {length}", self.name);
        if length != whole {
            says = format!("{says} instead of {whole}");
        }
        says = format!("{says}: {} ({})", self.change(from, to)?, self.timezone);
        let (first, second) = self.instants(from)?;
        if twice(from) && first < second {
            let which = if opens == first { "first" } else { "second" };
            says = format!(
                "{says}; it opens at the {which} {}",
                self.from.format("%H:%M")
            );
        }
        if twice(to) {
            says = format!("{says}; it closes at the first {}", self.to.format("%H:%M"));
        }
        Some(OddNight {
            date,
            at: opens,
            opens: true,
            says,
        })
    }

    /// What the clock does in or around these local times.
    fn change(&self, from: NaiveDateTime, to: NaiveDateTime) -> Option<String> {
        let minutes = (to - from).num_minutes() + 2 * AROUND;
        let start = from.checked_sub_signed(TimeDelta::minutes(AROUND))?;
        let changed: Vec<(NaiveDateTime, Kind)> = (0..minutes)
            .filter_map(|minute| start.checked_add_signed(TimeDelta::minutes(minute)))
            .map(|at| (at, self.kind(at)))
            .filter(|(_, kind)| *kind != Kind::Once)
            .collect();
        let ((first, kind), (last, _)) = (changed.first()?, changed.last()?);
        let end = last.checked_add_signed(TimeDelta::minutes(1))?;
        let (first, end) = (first.format("%H:%M"), end.format("%H:%M"));
        Some(match kind {
            Kind::Never => format!("the clock skips {first}–{end}"),
            _ => format!("{first}–{end} comes twice"),
        })
    }

    fn kind(&self, local: NaiveDateTime) -> Kind {
        match self.timezone.from_local_datetime(&local) {
            LocalResult::None => Kind::Never,
            LocalResult::Single(_) => Kind::Once,
            LocalResult::Ambiguous(..) => Kind::Twice,
        }
    }
}

/// How often a local time comes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Never,
    Once,
    Twice,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(days: &str, from: &str, to: &str, zone: &str) -> Vec<String> {
        let zone = zone.parse().unwrap();
        let window = Window::new("nightly", days, from, to, zone).unwrap();
        let at = |text| Time::parse(text).unwrap();
        window
            .odd_nights(at("2026-01-01T00:00:00Z"), at("2027-01-01T00:00:00Z"))
            .into_iter()
            .map(|night| night.says)
            .collect()
    }

    #[test]
    fn a_night_that_a_change_of_the_clock_touches_is_told_of_and_no_other() {
        assert_eq!(
            told("daily", "22:00", "05:00", "Europe/Berlin"),
            [
                "the window nightly of 2026-03-28 is open for 6h instead of 7h: the clock skips 02:00–03:00 (Europe/Berlin)",
                "the window nightly of 2026-10-24 is open for 8h instead of 7h: 02:00–03:00 comes twice (Europe/Berlin)",
            ]
        );
        assert_eq!(
            told("daily", "02:10", "02:50", "Europe/Berlin"),
            [
                "the window nightly does not open on 2026-03-29: the clock skips 02:00–03:00 (Europe/Berlin)",
                "the window nightly of 2026-10-25 is open for 40m: 02:00–03:00 comes twice (Europe/Berlin); it opens at the \
                 first 02:10; it closes at the first 02:50",
            ]
        );
        assert_eq!(
            told("daily", "01:45", "04:00", "Australia/Lord_Howe"),
            [
                "the window nightly of 2026-04-05 is open for 2h 15m: 01:30–02:00 comes twice (Australia/Lord_Howe); it \
                 opens at the second 01:45",
                "the window nightly of 2026-10-04 is open for 1h 45m instead of 2h 15m: the clock skips 02:00–02:30 \
                 (Australia/Lord_Howe)",
            ]
        );
        assert!(told("mon-thu", "22:00", "05:00", "Europe/Berlin").is_empty());
        assert!(told("daily", "22:00", "05:00", "Asia/Kolkata").is_empty());
    }
}
