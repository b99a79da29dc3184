//! Something heard, understood as far as it can be before anything is written.

use super::suspects::{Quarantined, Suspects};
use crate::model::hash::sha256_hex;
use crate::model::row::Values;
use crate::model::time::{Span, Time};
use crate::model::{payload, text};
use crate::pipeline::definition::Intake;
use crate::pipeline::{Mapping, Pipeline, dedupe_key, map_event};
use crate::store::NewEvent;
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// An event sent further ahead of our own clock than this has no moment that can be compared: taken at its word it would
/// make every event after it late.
const AHEAD: Span = Span::from_mins(15);
/// What is kept of a body that is not understood, in bytes: a person reads the beginning, and a sender that has gone wrong
/// must not fill the disk.
const MOST_SPOILT: usize = 128 * 1024;
/// A key longer than this names nothing that exists.
const LONGEST_KEY: usize = 200;

/// Something heard and already understood as far as it can be; nothing is written yet.
#[derive(Clone, Debug)]
pub struct Heard {
    raw: String,
    dedupe: String,
    pub(super) sent_at: Option<Time>,
    pub(super) fate: Fate,
}

#[derive(Clone, Debug)]
pub(super) enum Fate {
    Malformed(String),
    NotWanted,
    Wanted {
        key: String,
        values: Values,
        problems: Vec<String>,
    },
}

impl Heard {
    /// A webhook's body.
    pub fn body(pipeline: &Pipeline, intake: &Intake, body: &[u8], now: Time) -> Self {
        let event = payload::parse(body).map_err(|bad| bad.to_string());
        let raw = as_text(body);
        let hash = || sha256_hex(body);
        Self::new(pipeline, intake, raw, event, now).named(hash)
    }

    /// A webhook's body, unless it ended the process too often.
    pub(super) fn watched(
        suspects: &Suspects,
        pipeline: &Pipeline,
        intake: &Intake,
        body: &[u8],
        now: Time,
    ) -> Self {
        match suspects.take(&intake.name, body) {
            Ok(_in_hand) => Self::body(pipeline, intake, body, now),
            Err(Quarantined(ends)) => Self::quarantined(as_text(body), ends),
        }
    }

    /// An item of a poll, unless it ended the process too often.
    pub(super) fn watched_item(
        suspects: &Suspects,
        pipeline: &Pipeline,
        intake: &Intake,
        item: Json,
        now: Time,
    ) -> Self {
        let raw = item.to_string();
        match suspects.take(&intake.name, raw.as_bytes()) {
            Ok(_in_hand) => Self::item(pipeline, intake, item, now),
            Err(Quarantined(ends)) => Self::quarantined(raw, ends),
        }
    }

    fn quarantined(raw: String, ends: u8) -> Self {
        let why = format!(
            "drover ended {ends} times while it read this, so it is not tried again: please report it with the raw event"
        );
        Self {
            dedupe: sha256_hex(raw.as_bytes()),
            raw: beginning(raw),
            sent_at: None,
            fate: Fate::Malformed(why),
        }
    }

    /// One item of a poll, met at `now`. An intake without a `dedupe` polls a state rather than events: what it shows
    /// may go back and forth, so the moment is part of its name.
    pub fn item(pipeline: &Pipeline, intake: &Intake, item: Json, now: Time) -> Self {
        let raw = item.to_string();
        let hash = sha256_hex(raw.as_bytes());
        let heard = Self::new(pipeline, intake, raw, Ok(item), now);
        let state = matches!(heard.fate, Fate::Wanted { .. });
        heard.named(|| if state { format!("{hash}@{now}") } else { hash })
    }

    fn new(
        pipeline: &Pipeline,
        intake: &Intake,
        raw: String,
        event: Result<Json, String>,
        now: Time,
    ) -> Self {
        let (fate, dedupe, sent_at) = match event {
            Err(why) => (Fate::Malformed(why), String::new(), None),
            Ok(event) => {
                let sent_at = ["timestamp", "created_at"]
                    .iter()
                    .find_map(|path| Time::parse(payload::text_at(&event, path)?).ok())
                    .filter(|sent| *sent <= now.plus(AHEAD));
                match understand(pipeline, intake, &event, now) {
                    Ok((fate, dedupe)) => (fate, dedupe, sent_at),
                    Err(why) => (Fate::Malformed(why), String::new(), sent_at),
                }
            }
        };
        let raw = match fate {
            Fate::Malformed(_) => beginning(raw),
            _ => raw,
        };
        Self {
            raw,
            dedupe,
            sent_at,
            fate,
        }
    }

    fn named(mut self, otherwise: impl FnOnce() -> String) -> Self {
        if self.dedupe.is_empty() {
            self.dedupe = otherwise();
        }
        self
    }

    /// What makes two of them the same event.
    pub fn dedupe(&self) -> &str {
        &self.dedupe
    }

    pub fn is_malformed(&self) -> bool {
        matches!(self.fate, Fate::Malformed(_))
    }

    /// The same event, kept for a person because it could not be written.
    pub(super) fn spoiled(self, why: String) -> Self {
        Self {
            fate: Fate::Malformed(text::clean_short(&why, 300)),
            ..self
        }
    }

    pub(super) fn event(&self, intake: &Intake) -> NewEvent {
        NewEvent {
            intake: intake.name.clone(),
            raw: self.raw.clone(),
            dedupe: self.dedupe.clone(),
            sent_at: self.sent_at,
        }
    }
}

/// A body as it is kept. What is not text grows when it is made text, so it is cut to what the inbox takes.
fn as_text(body: &[u8]) -> String {
    let mut text = String::from_utf8_lossy(body).into_owned();
    text.truncate(text.floor_char_boundary(payload::LARGEST_BODY));
    text
}

/// Of what is not understood, as much as is kept.
fn beginning(raw: String) -> String {
    if raw.len() <= MOST_SPOILT {
        return raw;
    }
    let kept = &raw[..raw.floor_char_boundary(MOST_SPOILT)];
    format!("{kept}\n… cut; {} bytes in all", raw.len())
}

/// Maps an event and names it. A panic in here is the event's fault, not the intake's: it is caught and told.
fn understand(
    pipeline: &Pipeline,
    intake: &Intake,
    event: &Json,
    now: Time,
) -> Result<(Fate, String), String> {
    catch_unwind(AssertUnwindSafe(|| {
        let mapped = map_event(pipeline, intake, event, now)
            .map_err(|error| text::clean_short(&error.to_string(), 300))?;
        let fate = match mapped {
            Mapping::NotWanted => Fate::NotWanted,
            Mapping::Wanted {
                key,
                values,
                problems,
            } => {
                fit_key(&key)?;
                if values.is_empty() && !problems.is_empty() {
                    return Err(text::clean_short(&problems.join("; "), 300));
                }
                Fate::Wanted {
                    key,
                    values,
                    problems,
                }
            }
        };
        Ok((fate, name_of(pipeline, intake, event, now)?))
    }))
    .unwrap_or_else(|_| Err("it broke the mapping: please report it with the raw event".into()))
}

fn fit_key(key: &str) -> Result<(), String> {
    if key.trim().is_empty() {
        Err("its key is empty: it names nothing".into())
    } else if key.len() > LONGEST_KEY {
        Err(format!(
            "its key has {} bytes: at most {LONGEST_KEY} can be one",
            key.len()
        ))
    } else if key.contains(text::SUBSTITUTE) {
        Err("its key holds characters that cannot be shown, so it may pose as another".into())
    } else {
        Ok(())
    }
}

/// The pipeline's own name for the event; empty when it gives none.
fn name_of(
    pipeline: &Pipeline,
    intake: &Intake,
    event: &Json,
    now: Time,
) -> Result<String, String> {
    let name = dedupe_key(pipeline, intake, event, now)
        .map_err(|error| format!("dedupe: {}", text::clean_short(&error.to_string(), 280)))?
        .unwrap_or_default();
    Ok(if name.len() > LONGEST_KEY {
        sha256_hex(name.as_bytes())
    } else {
        text::clean(&name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::kit;

    const CLICK: &str =
        r#"{"timestamp":"2026-03-02T09:14:58Z","host":{"id":121,"hardware_serial":"C02A"}}"#;

    fn heard(body: &[u8]) -> Heard {
        let pipeline = kit::pipeline();
        let intake = pipeline.intake("migrate").unwrap();
        Heard::body(&pipeline, intake, body, Time::from_millis(0))
    }

    #[test]
    fn a_key_that_could_pose_as_another_names_no_row() {
        for serial in ["", "  ", "C02\u{202E}A", "C02\u{0}A", &"x".repeat(201)] {
            let body = serde_json::json!({"host": {"id": 1, "hardware_serial": serial}});
            assert!(
                heard(body.to_string().as_bytes()).is_malformed(),
                "{serial:?}"
            );
        }
        assert!(!heard(CLICK.as_bytes()).is_malformed());
    }

    #[test]
    fn the_same_bytes_are_the_same_event_and_other_bytes_are_not() {
        let (a, b) = (heard(CLICK.as_bytes()), heard(CLICK.as_bytes()));
        assert_eq!(a.dedupe(), b.dedupe());
        let later = CLICK.replace(":58Z", ":59Z");
        assert_ne!(a.dedupe(), heard(later.as_bytes()).dedupe());
        // Both are shown alike, as neither is text.
        assert_ne!(heard(b"\xff").dedupe(), heard(b"\xfe").dedupe());
    }

    #[test]
    fn what_is_no_text_fits_the_inbox_too() {
        let heard = heard(&vec![0xff; payload::LARGEST_BODY]);
        assert!(heard.is_malformed());
        assert!(heard.raw.len() <= MOST_SPOILT + 100);
        assert!(heard.raw.ends_with("bytes in all"));
    }

    #[test]
    fn a_moment_far_ahead_is_not_believed() {
        let now = Time::parse("2026-03-02T09:10:00Z").unwrap();
        let pipeline = kit::pipeline();
        let sent = |at: &str| {
            let body = CLICK.replace("2026-03-02T09:14:58Z", at);
            let intake = pipeline.intake("migrate").unwrap();
            Heard::body(&pipeline, intake, body.as_bytes(), now).sent_at
        };
        assert!(sent("2026-03-02T09:14:58Z").is_some());
        assert!(sent("2999-03-02T09:14:58Z").is_none());
    }

    proptest::proptest! {
        #![proptest_config(proptest::test_runner::Config { cases: 64, failure_persistence: None, ..Default::default() })]
        #[test]
        fn no_body_breaks_the_mapping(
            at in 0..CLICK.len(),
            cut in 0_usize..40,
            put in proptest::collection::vec(proptest::num::u8::ANY, 0..40),
        ) {
            let mut body = CLICK.as_bytes().to_vec();
            body.splice(at..(at + cut).min(CLICK.len()), put);
            let heard = heard(&body);
            proptest::prop_assert!(!heard.dedupe().is_empty());
            if let Fate::Malformed(why) = &heard.fate {
                proptest::prop_assert!(!why.contains("broke the mapping"));
            }
        }
    }
}
