//! When a stage may start work, right across changes of the clock.

use super::definition::Window;
use crate::model::time::Time;
use chrono::{
    Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone,
};
use chrono_tz::Tz;

/// Monday first, as [`Window::days`] counts them.
pub const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// No zone leaves out more of a day than a whole one.
const LONGEST_GAP_MINUTES: usize = 24 * 60 + 1;

impl Window {
    /// From the texts people write: `mon-fri`, `mon,wed`, `daily`; `22:00`; an IANA zone. The error is a sentence.
    pub fn new(name: &str, days: &str, from: &str, to: &str, timezone: Tz) -> Result<Self, String> {
        Ok(Self {
            name: name.to_owned(),
            days: parse_days(days)?,
            from: parse_minute(from)?,
            to: parse_minute(to)?,
            timezone,
        })
    }

    pub fn is_open(&self, now: Time) -> bool {
        self.current(now).is_some()
    }

    /// When the window that is open at `now` opened, and when it closes.
    pub fn current(&self, now: Time) -> Option<(Time, Time)> {
        // A window may last a day and a night with an hour put back in between, so it may have opened two dates ago.
        self.around(now, 2, 1)
            .find(|(opens, closes)| *opens <= now && now < *closes)
    }

    /// The next opening strictly after `now`; `None` only for a window without days.
    pub fn opens_after(&self, now: Time) -> Option<Time> {
        self.around(now, 1, 15)
            .map(|(opens, _)| opens)
            .find(|opens| *opens > now)
    }

    /// Openings and closings of the dates around `now`, in order.
    fn around(&self, now: Time, before: u64, after: u64) -> impl Iterator<Item = (Time, Time)> {
        let today = now.to_chrono().with_timezone(&self.timezone).date_naive();
        let first = today.checked_sub_days(Days::new(before)).unwrap_or(today);
        first
            .iter_days()
            .take((before + after + 1) as usize)
            .filter_map(|date| self.on(date))
    }

    /// The window that opens on this local date; `None` when none does, or a gap leaves nothing of it.
    ///
    /// In a gap both ends move to the first existing minute. Where a time comes twice the window is open only while the
    /// clock on the wall shows a time of it, and opens once: it closes at the first of two, and opens at the second,
    /// after which the clock goes back no more.
    pub(super) fn on(&self, date: NaiveDate) -> Option<(Time, Time)> {
        if !self.opens_on(date) {
            return None;
        }
        let (from, to) = self.ends(date)?;
        let (first, second) = self.instants(from)?;
        let (closes, _) = self.instants(to)?;
        let before = from.checked_sub_signed(TimeDelta::minutes(1))?;
        let goes_back_before_it = second > first && self.comes_twice(before);
        // One window after the other, day and night: there is nothing to open.
        let goes_on = self.from == self.to && date.pred_opt().is_some_and(|day| self.opens_on(day));
        let opens = if goes_back_before_it && !goes_on && second < closes {
            second
        } else {
            first
        };
        (opens < closes).then_some((opens, closes))
    }

    pub(super) fn opens_on(&self, date: NaiveDate) -> bool {
        self.days[date.weekday().num_days_from_monday() as usize]
    }

    /// The local times at which the window of this date opens and closes.
    pub(super) fn ends(&self, date: NaiveDate) -> Option<(NaiveDateTime, NaiveDateTime)> {
        let closing = if self.to <= self.from {
            date.succ_opt()?
        } else {
            date
        };
        Some((date.and_time(self.from), closing.and_time(self.to)))
    }

    fn comes_twice(&self, local: NaiveDateTime) -> bool {
        matches!(
            self.timezone.from_local_datetime(&local),
            LocalResult::Ambiguous(..)
        )
    }

    /// The first and the last instant this local time names.
    pub(super) fn instants(&self, local: NaiveDateTime) -> Option<(Time, Time)> {
        let minutes = std::iter::successors(Some(local), |at| {
            at.checked_add_signed(TimeDelta::minutes(1))
        });
        minutes
            .take(LONGEST_GAP_MINUTES)
            .find_map(|at| match self.timezone.from_local_datetime(&at) {
                LocalResult::Single(at) => Some((at, at)),
                LocalResult::Ambiguous(first, last) => Some((first.min(last), first.max(last))),
                LocalResult::None => None,
            })
            .map(|(first, last)| {
                let time = |at: chrono::DateTime<Tz>| Time::from_millis(at.timestamp_millis());
                (time(first), time(last))
            })
    }

    /// As people write it: `mon-fri 22:00–05:00 Europe/Berlin`.
    pub fn told(&self) -> String {
        format!(
            "{} {}–{} {}",
            told_days(self.days),
            self.from.format("%H:%M"),
            self.to.format("%H:%M"),
            self.timezone
        )
    }
}

fn told_days(days: [bool; 7]) -> String {
    if days == [true; 7] {
        return "daily".to_owned();
    }
    let mut runs: Vec<(usize, usize)> = Vec::new();
    for day in (0..7).filter(|day| days[*day]) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == day => *last = day,
            _ => runs.push((day, day)),
        }
    }
    let told = runs.iter().map(|(first, last)| {
        if first == last {
            DAYS[*first].to_owned()
        } else {
            format!("{}-{}", DAYS[*first], DAYS[*last])
        }
    });
    told.collect::<Vec<_>>().join(",")
}

fn parse_days(text: &str) -> Result<[bool; 7], String> {
    let mut days = [false; 7];
    for part in text.split(',').map(str::trim) {
        if part.eq_ignore_ascii_case("daily") {
            days = [true; 7];
            continue;
        }
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (parse_day(first, text)?, parse_day(last, text)?);
        // sat-mon runs over the week's end.
        let length = (last + 7 - first) % 7;
        for step in 0..=length {
            days[(first + step) % 7] = true;
        }
    }
    Ok(days)
}

fn parse_day(word: &str, text: &str) -> Result<usize, String> {
    let word = word.trim().to_ascii_lowercase();
    let found = DAYS.iter().position(|day| {
        word.starts_with(day)
            && "monday tuesday wednesday thursday friday saturday sunday"
                .split(' ')
                .any(|long| long.starts_with(&word))
    });
    found.ok_or_else(|| format!("\"{text}\" is no list of days such as mon-fri, mon,wed or daily"))
}

fn parse_minute(text: &str) -> Result<NaiveTime, String> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M")
        .map_err(|_| format!("\"{text}\" is no time of day such as 22:00"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn window(days: &str, from: &str, to: &str, zone: &str) -> Window {
        Window::new("nightly", days, from, to, zone.parse().unwrap()).unwrap()
    }

    #[test]
    fn days_name_the_evening_on_which_the_window_opens() {
        let nightly = window("mon-fri", "22:00", "05:00", "Europe/Berlin");
        for (now, open) in [
            ("2026-03-02T20:59:59Z", false),
            ("2026-03-02T21:00:00Z", true),
            ("2026-03-03T03:59:59Z", true),
            ("2026-03-03T04:00:00Z", false),
            ("2026-03-07T02:00:00Z", true),
            ("2026-03-07T22:00:00Z", false),
            ("2026-03-02T02:00:00Z", false),
        ] {
            assert_eq!(nightly.is_open(at(now)), open, "{now}");
        }
        assert_eq!(
            nightly.opens_after(at("2026-03-07T02:00:00Z")),
            Some(at("2026-03-09T21:00:00Z"))
        );
        assert_eq!(
            nightly.opens_after(at("2026-03-09T21:00:00Z")),
            Some(at("2026-03-10T21:00:00Z"))
        );
    }

    /// Zone, days, from, to, opening, closing.
    const CHANGES: &str = "
        # Spring, through the gap: six hours of wall clock, five of time.
        Europe/Berlin       sat   23:00 05:00 2026-03-28T22:00:00Z 2026-03-29T03:00:00Z
        # Opening inside the gap: 03:00 summer time is the first minute there is.
        Europe/Berlin       sun   02:30 05:00 2026-03-29T01:00:00Z 2026-03-29T03:00:00Z
        Europe/Berlin       sun   01:00 02:30 2026-03-29T00:00:00Z 2026-03-29T01:00:00Z
        # Autumn: the second 02:30 opens, the first 02:30 closes; the wall never shows a time that is not of the window.
        Europe/Berlin       sun   02:30 05:00 2026-10-25T01:30:00Z 2026-10-25T04:00:00Z
        Europe/Berlin       sat   22:00 02:30 2026-10-24T20:00:00Z 2026-10-25T00:30:00Z
        Europe/Berlin       sun   02:10 02:50 2026-10-25T00:10:00Z 2026-10-25T00:50:00Z
        # What holds both is longer, and one.
        Europe/Berlin       sat   22:00 05:00 2026-10-24T20:00:00Z 2026-10-25T04:00:00Z
        Europe/Berlin       sun   02:00 05:00 2026-10-25T00:00:00Z 2026-10-25T04:00:00Z
        Europe/Berlin       daily 02:30 02:30 2026-10-25T00:30:00Z 2026-10-26T01:30:00Z
        America/New_York    sun   02:15 04:00 2026-03-08T07:00:00Z 2026-03-08T08:00:00Z
        America/New_York    sun   01:30 01:45 2026-11-01T05:30:00Z 2026-11-01T05:45:00Z
        # Half an hour of change, and a change at midnight.
        Australia/Lord_Howe sun   02:10 06:00 2026-10-03T15:30:00Z 2026-10-03T19:00:00Z
        Africa/Cairo        fri   00:30 04:00 2026-04-23T22:00:00Z 2026-04-24T01:00:00Z
        Asia/Kolkata        daily 20:00 20:00 2026-03-28T14:30:00Z 2026-03-29T14:30:00Z
    ";

    #[test]
    fn changes_of_the_clock_lengthen_and_shorten_windows_but_never_lose_them() {
        let rows = CHANGES
            .lines()
            .map(str::trim)
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for row in rows {
            let [zone, days, from, to, opens, closes] = row
                .split_whitespace()
                .collect::<Vec<_>>()
                .try_into()
                .unwrap();
            let window = window(days, from, to, zone);
            let (opens, closes) = (at(opens), at(closes));
            let second = crate::model::time::Span::from_secs(1);
            assert_eq!(
                window.current(opens),
                Some((opens, closes)),
                "{zone} {from}"
            );
            assert_eq!(
                window.current(closes.minus(second)),
                Some((opens, closes)),
                "{zone} {from}"
            );
            assert_ne!(
                window.current(closes),
                Some((opens, closes)),
                "{zone} {from}"
            );
            assert_eq!(
                window.opens_after(opens.minus(second)),
                Some(opens),
                "{zone} {from}"
            );
        }
    }

    #[test]
    fn a_window_wholly_inside_a_gap_waits_for_the_next_time() {
        let window = window("daily", "02:10", "02:50", "Europe/Berlin");
        assert_eq!(
            window.opens_after(at("2026-03-29T00:00:00Z")),
            Some(at("2026-03-30T00:10:00Z"))
        );
    }

    #[test]
    fn days_and_times_are_read_as_people_write_them() {
        for (text, told) in [
            ("mon-fri", "mon-fri"),
            ("Mon, Wednesday", "mon,wed"),
            ("sat-mon", "mon,sat-sun"),
            ("daily", "daily"),
        ] {
            let window = window(text, "22:00", "5:00", "UTC");
            assert_eq!(window.told(), format!("{told} 22:00–05:00 UTC"));
        }
        for (days, from) in [
            ("", "22:00"),
            ("weekdays", "22:00"),
            ("mon", "22"),
            ("mon", "25:00"),
            ("monx", "1:00"),
        ] {
            assert!(
                Window::new("n", days, from, "05:00", Tz::UTC).is_err(),
                "{days} {from}"
            );
        }
    }
}
