//! One event onto the table: heard, mapped, written, journalled, all in one transaction.

use crate::model::hash::sha256_hex;
use crate::model::row::{RowId, Values};
use crate::model::time::Time;
use crate::model::{payload, text};
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Intake;
use crate::pipeline::{Mapping, dedupe_key, map_event};
use crate::store::{Cause, EventId, EventState, Level, NewEntry, NewEvent, Store, StoreError, Tx};
use serde_json::Value as Json;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A key longer than this names nothing that exists.
const LONGEST_KEY: usize = 200;

/// How an event reached us, which decides what of it is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A webhook: each one accepted is kept raw.
    Hook,
    /// An item of a poll: kept only when it changed a row or could not be understood.
    Polled,
}

/// Something heard and already understood as far as it can be; nothing is written yet.
#[derive(Clone, Debug)]
pub struct Heard {
    raw: String,
    dedupe: String,
    sent_at: Option<Time>,
    fate: Fate,
}

#[derive(Clone, Debug)]
enum Fate {
    Malformed(String),
    NotWanted,
    Wanted {
        key: String,
        values: Values,
        problems: Vec<String>,
    },
}

/// What became of it.
#[derive(Clone, Debug, PartialEq)]
pub enum Did {
    /// Mapped onto this row; `changed` are the columns that changed.
    Applied {
        row: RowId,
        made: bool,
        changed: Vec<String>,
    },
    /// A polled item that says what the row says already.
    Unchanged,
    /// The same event was heard before.
    Repeat,
    /// The intake's `when` does not want it.
    Ignored,
    /// No row has its key, and this intake makes none.
    Unmatched,
    /// Kept raw for a person; says why.
    Malformed(String),
}

impl Heard {
    /// A webhook's body.
    pub fn body(pipeline: &Pipeline, intake: &Intake, body: &[u8], now: Time) -> Self {
        let event = payload::parse(body).map_err(|bad| bad.to_string());
        let raw = String::from_utf8_lossy(body).into_owned();
        let hash = || sha256_hex(body);
        Self::new(pipeline, intake, raw, event, now).named(hash)
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
                    .find_map(|path| Time::parse(payload::text_at(&event, path)?).ok());
                match understand(pipeline, intake, &event, now) {
                    Ok((fate, dedupe)) => (fate, dedupe, sent_at),
                    Err(why) => (Fate::Malformed(why), String::new(), sent_at),
                }
            }
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
    fn spoiled(self, why: String) -> Self {
        Self {
            fate: Fate::Malformed(text::clean_short(&why, 300)),
            ..self
        }
    }

    fn event(&self, intake: &Intake) -> NewEvent {
        NewEvent {
            intake: intake.name.clone(),
            raw: self.raw.clone(),
            dedupe: self.dedupe.clone(),
            sent_at: self.sent_at,
        }
    }
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

/// Writes one event durably and says what it did. What the table refuses is kept as malformed.
pub async fn write(
    store: &Store,
    intake: &Arc<Intake>,
    heard: Heard,
    manner: Manner,
) -> Result<Did, StoreError> {
    let (by, what) = (Arc::clone(intake), heard.clone());
    match store.write(move |tx| apply(tx, &by, &what, manner)).await {
        Err(StoreError::Bad(why)) => {
            let (by, spoiled) = (Arc::clone(intake), heard.spoiled(why));
            store
                .write(move |tx| apply(tx, &by, &spoiled, manner))
                .await
        }
        done => done,
    }
}

/// Writes one event inside a transaction.
///
/// [`StoreError::Bad`] when the table refuses a value: write it again through [`write`], which keeps it as malformed.
pub fn apply(
    tx: &mut Tx<'_>,
    intake: &Intake,
    heard: &Heard,
    manner: Manner,
) -> Result<Did, StoreError> {
    let polled = manner == Manner::Polled;
    match &heard.fate {
        Fate::Malformed(why) => malformed(tx, intake, heard, why),
        Fate::NotWanted if polled => Ok(Did::Ignored),
        Fate::NotWanted => {
            let Some(event) = tx.hear(heard.event(intake))? else {
                return Ok(Did::Repeat);
            };
            tx.settle_event(
                event,
                EventState::Ignored,
                None,
                "this intake does not want it",
            )?;
            Ok(Did::Ignored)
        }
        Fate::Wanted { key, values, .. } => {
            let row = tx.row_by_key(key)?;
            let mut values = values.clone();
            if let Some(row) = &row {
                let kept =
                    |column: &String| intake.keep.contains(column) && !row.get(column).is_null();
                values.retain(|column, _| !kept(column));
                if polled
                    && values
                        .iter()
                        .all(|(column, value)| row.get(column) == value)
                {
                    return Ok(Did::Unchanged);
                }
            } else if polled && !intake.create {
                return Ok(Did::Unmatched);
            }
            let Some(event) = tx.hear(heard.event(intake))? else {
                return Ok(Did::Repeat);
            };
            let row = match row {
                Some(row) => Some((row.id, false)),
                None if intake.create => Some(tx.row_of(key)?),
                None => None,
            };
            match row {
                Some((row, made)) => wanted(tx, intake, heard, event, (row, made), &values),
                None => unmatched(tx, intake, event, key),
            }
        }
    }
}

fn wanted(
    tx: &mut Tx<'_>,
    intake: &Intake,
    heard: &Heard,
    event: EventId,
    (row, made): (RowId, bool),
    values: &Values,
) -> Result<Did, StoreError> {
    let Fate::Wanted { key, problems, .. } = &heard.fate else {
        return Ok(Did::Ignored);
    };
    let changed = tx.set(row, values, &Cause::Event(event))?;
    let mut note = match (made, changed.is_empty()) {
        (true, true) => "new".to_owned(),
        (true, false) => format!("new; {}", changed.join(", ")),
        (false, true) => "nothing new".to_owned(),
        (false, false) => changed.join(", "),
    };
    if !problems.is_empty() {
        note = format!("{note}; left out: {}", problems.join("; "));
    }
    let note = text::clean_short(&note, 500);
    tx.settle_event(event, EventState::Applied, Some(row), &note)?;
    // What merely repeats a state (a poll without `dedupe`) is summed up once a round instead.
    let news = made || intake.dedupe.is_some() || !is_poll(intake);
    if news || !problems.is_empty() {
        let level = if problems.is_empty() {
            Level::Info
        } else {
            Level::Warning
        };
        say(tx, intake, level, Some(row), &format!("{key}: {note}"))?;
    }
    Ok(Did::Applied { row, made, changed })
}

fn unmatched(
    tx: &mut Tx<'_>,
    intake: &Intake,
    event: EventId,
    key: &str,
) -> Result<Did, StoreError> {
    let note = format!("no row has the key {key}");
    tx.settle_event(event, EventState::Unmatched, None, &note)?;
    let line = format!("{note}; the event is parked in the inbox");
    say(tx, intake, Level::Warning, None, &line)?;
    Ok(Did::Unmatched)
}

fn malformed(
    tx: &mut Tx<'_>,
    intake: &Intake,
    heard: &Heard,
    why: &str,
) -> Result<Did, StoreError> {
    let Some(event) = tx.hear(heard.event(intake))? else {
        return Ok(Did::Repeat);
    };
    tx.settle_event(event, EventState::Malformed, None, why)?;
    let line = format!("an event was not understood and is parked in the inbox: {why}");
    say(tx, intake, Level::Warning, None, &line)?;
    Ok(Did::Malformed(why.to_owned()))
}

fn is_poll(intake: &Intake) -> bool {
    matches!(
        intake.source,
        crate::pipeline::definition::Source::Poll { .. }
    )
}

/// One line of the journal in the intake's name.
pub(super) fn say(
    tx: &mut Tx<'_>,
    intake: &Intake,
    level: Level,
    row: Option<RowId>,
    line: &str,
) -> Result<(), StoreError> {
    tx.say(NewEntry {
        level,
        source: intake.name.clone(),
        row,
        text: text::clean_short(&format!("{}: {line}", intake.title), 600),
    })
}
