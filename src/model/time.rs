//! Points in time and lengths of time, as the store writes them and as people write them.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// A point in time, to the millisecond. Written as RFC 3339 UTC text with milliseconds, so that text sorts as time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(i64);

/// A text that is no point in time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not an RFC 3339 time such as 2026-03-02T09:14:58Z")]
pub struct BadTime(pub String);

impl Time {
    /// From milliseconds since 1970-01-01T00:00:00Z.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset and any number of fractional digits.
    pub fn parse(text: &str) -> Result<Self, BadTime> {
        DateTime::parse_from_rfc3339(text.trim())
            .map(|t| Self(t.timestamp_millis()))
            .map_err(|_| BadTime(text.chars().take(60).collect()))
    }

    pub fn from_chrono(at: DateTime<Utc>) -> Self {
        Self(at.timestamp_millis())
    }

    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0).unwrap_or_default()
    }

    pub fn plus(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    pub fn minus(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; zero when it is not after it.
    pub fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0).max(0))
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            &self
                .to_chrono()
                .to_rfc3339_opts(SecondsFormat::Millis, true),
        )
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Time {
    type Err = BadTime;
    fn from_str(text: &str) -> Result<Self, BadTime> {
        Self::parse(text)
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// A length of time, to the millisecond, never negative. People write it `90s`, `10m`, `1h 30m`, `2d`, `250ms`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span(i64);

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a span such as 30s, 10m, 1h 30m or 2d")]
pub struct BadSpan(pub String);

const UNITS: [(&str, i64); 6] = [
    ("w", 604_800_000),
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("ms", 1),
    ("m", 60_000),
    ("s", 1_000),
];

impl Span {
    pub const ZERO: Self = Self(0);

    pub const fn from_millis(millis: i64) -> Self {
        Self(if millis < 0 { 0 } else { millis })
    }

    pub const fn from_secs(secs: i64) -> Self {
        Self::from_millis(secs.saturating_mul(1_000))
    }

    pub const fn from_mins(mins: i64) -> Self {
        Self::from_secs(mins.saturating_mul(60))
    }

    pub const fn from_hours(hours: i64) -> Self {
        Self::from_mins(hours.saturating_mul(60))
    }

    pub const fn millis(self) -> i64 {
        self.0
    }

    pub fn secs_f64(self) -> f64 {
        self.0 as f64 / 1_000.0
    }

    /// This span times `factor`; saturates, never negative.
    pub fn times(self, factor: f64) -> Self {
        Self::from_millis((self.0 as f64 * factor) as i64)
    }

    pub fn to_std(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.0 as u64)
    }

    /// Reads one or more number-and-unit pairs; units are w, d, h, m, s, ms. A bare number is refused.
    pub fn parse(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan(text.chars().take(60).collect());
        let mut rest = text.trim();
        let mut total: i64 = 0;
        if rest.is_empty() {
            return Err(bad());
        }
        while !rest.is_empty() {
            let digits = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(bad)?;
            let count: i64 = rest[..digits].parse().map_err(|_| bad())?;
            rest = rest[digits..].trim_start();
            let letters = rest
                .find(|c: char| !c.is_ascii_alphabetic())
                .unwrap_or(rest.len());
            let unit = UNITS
                .iter()
                .find(|(name, _)| *name == &rest[..letters])
                .ok_or_else(bad)?;
            total = count
                .checked_mul(unit.1)
                .and_then(|ms| total.checked_add(ms))
                .ok_or_else(bad)?;
            rest = rest[letters..].trim_start();
        }
        Ok(Self(total))
    }
}

impl fmt::Display for Span {
    /// At most the two largest units, as a person would say it: `2d 4h`, `14m`, `250ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < 1_000 {
            return write!(f, "{}ms", self.0);
        }
        let mut rest = self.0 / 1_000;
        let mut said = 0;
        for (name, size) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            let count = rest / size;
            rest %= size;
            if count > 0 {
                write!(f, "{}{count}{name}", if said > 0 { " " } else { "" })?;
                said += 1;
            }
            if said == 2 || (said == 1 && rest == 0) {
                break;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Span {
    type Err = BadSpan;
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        Self::parse(text)
    }
}

impl Serialize for Span {
    /// Lossless: whole milliseconds with their unit.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("{}ms", self.0))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_any_offset_and_precision_are_written_alike() {
        for (given, written) in [
            ("2026-03-02T09:14:58Z", "2026-03-02T09:14:58.000Z"),
            (
                "2026-03-02T10:14:58.123456+01:00",
                "2026-03-02T09:14:58.123Z",
            ),
            ("2026-03-02T09:10:11.123456789Z", "2026-03-02T09:10:11.123Z"),
        ] {
            assert_eq!(Time::parse(given).unwrap().to_string(), written);
        }
        assert!(Time::parse("yesterday").is_err());
    }

    #[test]
    fn spans_are_read_and_said_as_people_do() {
        for (given, millis, said) in [
            ("30s", 30_000, "30s"),
            ("1h30m", 5_400_000, "1h 30m"),
            ("2d 4h 5m", 187_500_000, "2d 4h"),
            ("250ms", 250, "250ms"),
            ("1w", 604_800_000, "7d"),
            ("3600s", 3_600_000, "1h"),
        ] {
            let span = Span::parse(given).unwrap();
            assert_eq!(span.millis(), millis);
            assert_eq!(span.to_string(), said);
        }
        for bad in ["", "10", "m", "10 parsecs", "-5m", "99999999999999999999d"] {
            assert!(Span::parse(bad).is_err(), "{bad}");
        }
    }
}
