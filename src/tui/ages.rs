//! Ages and moments as the console says them: short, so that a column of them stays narrow.

use crate::model::time::{Span, Time};

/// `42s`, `14m`, `3h 5m`, `2d 4h`: at most six columns.
pub fn short(span: Span) -> String {
    let secs = span.millis() / 1_000;
    let (mins, hours, days) = (secs / 60, secs / 3_600, secs / 86_400);
    match secs {
        0..60 => format!("{secs}s"),
        60..3_600 => format!("{mins}m"),
        3_600..86_400 => format!("{hours}h {:02}m", mins % 60),
        _ if days < 100 => format!("{days}d {:02}h", hours % 24),
        _ => format!("{days}d"),
    }
}

/// How long ago, or how long until.
pub fn between(now: Time, at: Time) -> Span {
    if at > now {
        at.since(now)
    } else {
        now.since(at)
    }
}

/// `14m ago`, `in 14m`.
pub fn said(now: Time, at: Time) -> String {
    if at > now {
        format!("in {}", short(at.since(now)))
    } else {
        format!("{} ago", short(now.since(at)))
    }
}

/// The clock on the wall there: `05:00`.
pub fn clock(at: Time, zone: chrono_tz::Tz) -> String {
    at.to_chrono()
        .with_timezone(&zone)
        .format("%H:%M")
        .to_string()
}

/// A moment as it is typed: to the second, in UTC.
pub fn moment(at: Time) -> String {
    at.to_chrono().format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// With seconds, for the log.
pub fn clock_seconds(at: Time, zone: chrono_tz::Tz) -> String {
    at.to_chrono()
        .with_timezone(&zone)
        .format("%H:%M:%S")
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_short_and_never_more_than_seven_columns() {
        for (span, said) in [
            ("0s", "0s"),
            ("59s", "59s"),
            ("14m 30s", "14m"),
            ("3h 5m", "3h 05m"),
            ("2d 4h", "2d 04h"),
            ("300d", "300d"),
        ] {
            let span = if span == "0s" {
                Span::ZERO
            } else {
                Span::parse(span).unwrap()
            };
            assert_eq!(short(span), said);
            assert!(said.len() <= 7);
        }
    }
}
