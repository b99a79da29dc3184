//! What an answer's headers say about how fast the service wants to be asked.

use crate::model::time::{Span, Time};
use reqwest::header::HeaderMap;

/// A service that asks for more is asked again after this long.
const LONGEST: Span = Span::from_hours(24);

/// What the service says of its own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Said {
    /// `Retry-After`: seconds, or a date measured against the answer's own `Date`, as clocks differ (`reliability.md` C13).
    pub(super) retry_after: Option<Span>,
    /// Requests left, and the time until the count starts afresh.
    pub(super) left: Option<(f64, Span)>,
}

/// The service's own time, as the answer says it.
pub(super) fn date(headers: &HeaderMap) -> Option<Time> {
    http_date(headers.get("date")?.to_str().ok()?.trim())
}

/// Reads the limit headers. `now` stands in for a missing `Date`.
pub(super) fn read(headers: &HeaderMap, now: Time) -> Said {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    let date = date(headers).unwrap_or(now);
    let retry_after = text("retry-after").and_then(|value| after(value, date));
    let first = |names: [&'static str; 3]| names.into_iter().find_map(text);
    let left = first([
        "ratelimit-remaining",
        "x-ratelimit-remaining",
        "x-rate-limit-remaining",
    ])
    .and_then(|value| value.parse::<f64>().ok())
    .filter(|left| left.is_finite() && *left >= 0.0);
    let reset = first(["ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset"])
        .and_then(|value| after(value, date));
    Said {
        retry_after,
        left: left.zip(reset),
    }
}

/// Seconds, seconds since 1970, or an HTTP date, as the span from `date` on.
fn after(value: &str, date: Time) -> Option<Span> {
    const EPOCH: f64 = 1e9;
    let span = match value.parse::<f64>() {
        Ok(secs) if !secs.is_finite() || secs < 0.0 => return None,
        Ok(secs) if secs >= EPOCH => Time::from_millis((secs * 1_000.0) as i64).since(date),
        Ok(secs) => Span::from_millis((secs * 1_000.0).ceil() as i64),
        Err(_) => http_date(value)?.since(date),
    };
    Some(span.min(LONGEST))
}

fn http_date(value: &str) -> Option<Time> {
    chrono::DateTime::parse_from_rfc2822(value)
        .ok()
        .map(|at| Time::from_millis(at.timestamp_millis()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(pairs: &[(&'static str, &str)]) -> Said {
        let headers = pairs
            .iter()
            .map(|(name, value)| {
                (
                    reqwest::header::HeaderName::from_static(name),
                    value.parse().unwrap(),
                )
            })
            .collect();
        read(&headers, Time::parse("2026-03-02T12:00:00Z").unwrap())
    }

    #[test]
    fn seconds_and_dates_are_read_and_nonsense_is_not() {
        let date = ("date", "Mon, 02 Mar 2026 08:00:00 GMT");
        for (value, span) in [
            ("30", Some(Span::from_secs(30))),
            ("0", Some(Span::ZERO)),
            ("Mon, 02 Mar 2026 08:02:00 GMT", Some(Span::from_mins(2))),
            ("Mon, 02 Mar 2026 07:00:00 GMT", Some(Span::ZERO)),
            ("99999999", Some(LONGEST)),
            ("soon", None),
            ("-5", None),
            ("NaN", None),
        ] {
            assert_eq!(
                said(&[date, ("retry-after", value)]).retry_after,
                span,
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_left_counts_only_with_its_reset() {
        assert_eq!(said(&[("x-rate-limit-remaining", "3")]).left, None);
        let epoch = Time::parse("2026-03-02T12:00:40Z").unwrap().millis() / 1_000;
        assert_eq!(
            said(&[
                ("x-rate-limit-remaining", "3"),
                ("x-rate-limit-reset", &epoch.to_string())
            ])
            .left,
            Some((3.0, Span::from_secs(40)))
        );
    }
}
