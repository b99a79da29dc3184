//! A moment that has been, as people write it.

use crate::model::time::{Span, Time};
use chrono::{NaiveTime, TimeDelta, TimeZone};
use chrono_tz::Tz;

/// Days looked back over for a time of day: a clock that is put forward leaves one out.
const DAYS: i64 = 3;

/// Reads RFC 3339; `HH:MM` or `HH:MM:SS`, the last time before now at which the clock on that wall said so; or a span, which
/// is so long ago. The error is a sentence.
pub fn moment(text: &str, now: Time, zone: Tz) -> Result<Time, String> {
    let text = text.trim();
    let span = text.strip_prefix('-').unwrap_or(text);
    let at = match (Span::parse(span), Time::parse(text)) {
        (Ok(span), _) => now.minus(span),
        (_, Ok(at)) => at,
        _ => time_of_day(text, now, zone).ok_or_else(|| {
            format!("--at \"{text}\" is no moment: write 2026-03-02T23:10:00Z, 02:14 or -2h")
        })?,
    };
    if at > now {
        return Err(format!("--at {text} has not come yet; it is {now}"));
    }
    Ok(at)
}

fn time_of_day(text: &str, now: Time, zone: Tz) -> Option<Time> {
    let read = |form| NaiveTime::parse_from_str(text, form).ok();
    let clock = read("%H:%M:%S").or_else(|| read("%H:%M"))?;
    let today = now.to_chrono().with_timezone(&zone).date_naive();
    (0..DAYS)
        .filter_map(|days| {
            let date = today.checked_sub_signed(TimeDelta::days(days))?;
            // Where an hour comes twice the later one is the last.
            zone.from_local_datetime(&date.and_time(clock)).latest()
        })
        .map(|at| Time::from_chrono(at.to_utc()))
        .find(|at| *at <= now)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_people_write_it() {
        let time = |text: &str| Time::parse(text).unwrap();
        let now = time("2026-03-29T04:30:00Z");
        let berlin = chrono_tz::Europe::Berlin;
        for (text, at) in [
            ("2026-03-28T23:00:00+01:00", "2026-03-28T22:00:00Z"),
            ("-2h", "2026-03-29T02:30:00Z"),
            ("1h 30m", "2026-03-29T03:00:00Z"),
            // Six hours and a half into a day on which the clock was put forward.
            ("06:15", "2026-03-29T04:15:00Z"),
            ("06:45", "2026-03-28T05:45:00Z"),
            ("23:10:05", "2026-03-28T22:10:05Z"),
            // There was no such time that night.
            ("02:30", "2026-03-28T01:30:00Z"),
        ] {
            assert_eq!(moment(text, now, berlin), Ok(time(at)), "{text}");
        }
        for bad in ["", "25:00", "yesterday", "2026-03-30T00:00:00Z"] {
            assert!(moment(bad, now, berlin).is_err(), "{bad}");
        }
    }
}
