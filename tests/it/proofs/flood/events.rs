//! Bodies: events that each are a fact of their own, and what nobody should send.

use drover::model::clock::real_now;
use drover::model::random::Random;
use drover::model::time::Span;
use serde_json::Value as Json;

/// One event: where it goes, what it says, and of which Mac.
#[derive(Clone)]
pub(super) struct Event {
    pub(super) hook: &'static str,
    pub(super) serial: String,
    pub(super) body: String,
    /// The column that only this event writes.
    pub(super) column: &'static str,
}

/// The `nth` event: clicks and enrollments in turn, each of a Mac of its own.
pub(super) fn event(name: &str, nth: usize) -> Event {
    let serial = format!("{name}{nth:06}");
    let at = real_now().minus(Span::from_millis(60_000 + nth as i64));
    if nth.is_multiple_of(2) {
        return Event {
            hook: "migrate",
            body: click(&serial, nth as u64, &at.to_string()),
            serial,
            column: "requested_at",
        };
    }
    Event {
        hook: "activity",
        body: enrolled(&serial, &at.to_string()),
        serial,
        column: "enrolled_heard_at",
    }
}

/// `api/fleet.md` §8.3.
pub(super) fn click(serial: &str, id: u64, at: &str) -> String {
    format!(
        r#"{{"timestamp":"{at}","host":{{"id":{id},"uuid":"309A4B7D-1122-4A5B-8C9D-{id:012}","hardware_serial":"{serial}"}}}}"#
    )
}

/// `api/fleet.md` §7.3.
pub(super) fn enrolled(serial: &str, at: &str) -> String {
    format!(
        r#"{{"timestamp":"{at}","actor_full_name":null,"actor_id":null,"actor_email":null,"type":"mdm_enrolled","details":{{"host_serial":"{serial}","host_display_name":"MacBookPro16,1 ({serial})","installed_from_dep":true,"mdm_platform":"apple","enrollment_id":null,"platform":"darwin"}}}}"#
    )
}

/// What the services really send, from the examples of their wire.
pub(super) fn samples() -> Vec<String> {
    let all: Vec<Json> =
        serde_json::from_str(include_str!("../../payloads/examples.json")).unwrap();
    all.iter()
        .map(|example| example["body"].to_string())
        .collect()
}

/// A sample spoilt in one of many ways; the content type it comes with.
pub(super) fn spoilt(random: &mut Random, samples: &[String]) -> (Vec<u8>, &'static str) {
    let sample = random.pick(samples).cloned().unwrap_or_default();
    let mut bytes = sample.clone().into_bytes();
    let at = random.below(bytes.len().max(1));
    match random.below(14) {
        0 => bytes.truncate(at),
        1 => drop(bytes.splice(..0, *b"\xef\xbb\xbf")),
        2 => bytes = sample.encode_utf16().flat_map(u16::to_le_bytes).collect(),
        3 => bytes = sample.encode_utf16().flat_map(u16::to_be_bytes).collect(),
        4 => bytes.insert(at, 0),
        5 => bytes = text_as(&sample, r"\ud800"),
        6 => bytes = text_as(&sample, r"\u0000\u202e\u001b[2J"),
        7 => bytes = number_as(&sample, "1e308"),
        8 => bytes = number_as(&sample, "1e999"),
        9 => {
            bytes = sample
                .replacen('{', r#"{"timestamp":1,"type":[],"host":null,"#, 1)
                .into_bytes();
        }
        10 => return (bytes, "multipart/form-data; boundary=x"),
        11 => {
            for _ in 0..=random.below(8) {
                let at = random.below(bytes.len().max(1));
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << random.below(8);
                }
            }
        }
        12 => bytes.extend_from_slice(sample.as_bytes()),
        _ => bytes = number_as(&sample, r#"{"$ne":null}"#),
    }
    (bytes, "application/json")
}

/// The first text that is a value, replaced.
fn text_as(sample: &str, text: &str) -> Vec<u8> {
    sample
        .replacen(r#":""#, &format!(r#":"{text}"#), 1)
        .into_bytes()
}

/// The first number, replaced; without one, the first value that is none.
fn number_as(sample: &str, number: &str) -> Vec<u8> {
    let digit = |pair: &[u8]| pair[0] == b':' && pair[1].is_ascii_digit();
    match sample.as_bytes().windows(2).position(digit) {
        Some(colon) => {
            let rest = sample[colon + 1..].trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{}{number}{rest}", &sample[..=colon]).into_bytes()
        }
        None => sample.replacen("null", number, 1).into_bytes(),
    }
}
