//! One event onto the table: heard, mapped, written, journalled, all in one transaction.

use super::heard::{Fate, Heard};
use crate::model::row::{RowId, Values};
use crate::model::text;
use crate::pipeline::definition::{Intake, Source};
use crate::store::{Cause, EventId, EventState, Level, NewEntry, Store, StoreError, Tx};
use std::sync::Arc;

/// How an event reached us, which decides what of it is worth keeping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// A webhook: each one accepted is kept raw.
    Hook,
    /// An item of a poll: kept only when it changed a row or could not be understood.
    Polled,
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
    matches!(intake.source, Source::Poll { .. })
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
