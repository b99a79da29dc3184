//! Cron expressions: five fields, read in the pipeline's zone.

use super::definition::Cron;
use crate::model::time::Time;
use chrono::{DateTime, Duration, Timelike};
use chrono_tz::Tz;
use croner::parser::{CronParser, Seconds, Year};

impl Cron {
    /// Reads `minute hour day month weekday`; an error says what is wrong with it.
    pub fn new(text: &str, timezone: Tz) -> Result<Self, String> {
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let inner = parser.parse(text).map_err(|error| {
            format!("\"{text}\" is no cron expression of five fields (minute hour day month weekday): {error}")
        })?;
        Ok(Self {
            text: text.to_owned(),
            timezone,
            inner: Box::new(inner),
        })
    }

    /// The first firing after `now`; `None` when it never fires again.
    pub fn next_after(&self, now: Time) -> Option<Time> {
        let found = self.inner.find_next_occurrence(&self.local(now), false);
        found.ok().map(from_local)
    }

    /// The last firing before `now`; `None` when there was none.
    pub fn last_before(&self, now: Time) -> Option<Time> {
        let local = self.local(now);
        // Firings are whole seconds, and the search counts in whole seconds: within a second, its start is past.
        let within = local.nanosecond() > 0;
        let start = local - Duration::nanoseconds(i64::from(local.nanosecond()));
        let found = self.inner.find_previous_occurrence(&start, within);
        found.ok().map(from_local)
    }

    fn local(&self, at: Time) -> DateTime<Tz> {
        at.to_chrono().with_timezone(&self.timezone)
    }
}

fn from_local(at: DateTime<Tz>) -> Time {
    Time::from_millis(at.timestamp_millis())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Time {
        Time::parse(text).unwrap()
    }

    fn cron(text: &str, zone: &str) -> Cron {
        Cron::new(text, zone.parse().unwrap()).unwrap()
    }

    #[test]
    fn firings_are_found_forwards_and_backwards_in_the_zone() {
        let daily = cron("30 2 * * *", "Europe/Berlin");
        for (now, next, last) in [
            (
                "2026-03-02T00:00:00Z",
                "2026-03-02T01:30:00Z",
                "2026-03-01T01:30:00Z",
            ),
            (
                "2026-03-02T01:30:00Z",
                "2026-03-03T01:30:00Z",
                "2026-03-01T01:30:00Z",
            ),
            (
                "2026-03-02T01:30:00.500Z",
                "2026-03-03T01:30:00Z",
                "2026-03-02T01:30:00Z",
            ),
            (
                "2026-03-02T01:29:59.900Z",
                "2026-03-02T01:30:00Z",
                "2026-03-01T01:30:00Z",
            ),
            // 02:30 does not exist on 2026-03-29 and comes twice on 2026-10-25.
            (
                "2026-03-28T12:00:00Z",
                "2026-03-29T01:00:00Z",
                "2026-03-28T01:30:00Z",
            ),
            (
                "2026-10-24T12:00:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-24T00:30:00Z",
            ),
            (
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
                "2026-10-24T00:30:00Z",
            ),
        ] {
            assert_eq!(daily.next_after(at(now)), Some(at(next)), "after {now}");
            assert_eq!(daily.last_before(at(now)), Some(at(last)), "before {now}");
        }
    }

    /// Zones whose clocks change by an hour, by half of one, at midnight and on the evening before.
    const ZONES: [&str; 6] = [
        "Europe/Berlin",
        "Australia/Lord_Howe",
        "America/Havana",
        "America/Nuuk",
        "Asia/Beirut",
        "America/Santiago",
    ];

    #[test]
    fn a_daily_firing_comes_once_a_day_whatever_the_clock_does() {
        use chrono::{Datelike, TimeDelta, TimeZone};
        for zone in ZONES {
            let tz: Tz = zone.parse().unwrap();
            for (hour, minute) in [
                (0, 15),
                (0, 30),
                (1, 45),
                (2, 0),
                (2, 30),
                (23, 0),
                (23, 45),
            ] {
                let text = format!("{minute} {hour} * * *");
                let daily = cron(&text, zone);
                let mut now = at("2025-12-31T00:00:00Z");
                for _ in 0..400 {
                    let next = daily.next_after(now).unwrap();
                    let here = next.to_chrono().with_timezone(&tz).naive_local();
                    let asked = here.date().and_hms_opt(hour, minute, 0).unwrap();
                    // In a gap it is the first minute after it, which may be the next day's.
                    let in_gap = |at| tz.from_local_datetime(&at).earliest().is_none();
                    let fits = here == asked
                        || in_gap(asked)
                        || in_gap(asked - TimeDelta::days(1)) && here.hour() == 0;
                    assert!(fits, "{zone} {text}: {here}");
                    let days = next.since(now).millis() / 3_600_000;
                    let first = now == at("2025-12-31T00:00:00Z");
                    assert!(
                        first || (22..=26).contains(&days),
                        "{zone} {text}: {days} h to {here}"
                    );
                    let millisecond = crate::model::time::Span::from_millis(1);
                    assert_eq!(
                        daily.last_before(next.plus(millisecond)),
                        Some(next),
                        "{zone} {text}: {here}"
                    );
                    if !first {
                        assert_eq!(
                            daily.last_before(next),
                            Some(now),
                            "{zone} {text}: {here} {}",
                            here.day()
                        );
                    }
                    now = next;
                }
            }
        }
    }

    #[test]
    fn what_is_no_cron_of_five_fields_is_refused() {
        for text in ["", "* * * *", "0 0 5 * * *", "61 * * * *", "soon"] {
            assert!(Cron::new(text, Tz::UTC).is_err(), "{text}");
        }
        assert_eq!(
            cron("0 0 30 2 *", "UTC").next_after(at("2026-03-02T00:00:00Z")),
            None
        );
    }
}
