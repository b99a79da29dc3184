//! One event onto the table: heard, mapped, written, journalled, all in one transaction.

use super::heard::{Fate, Heard};
use super::late::{Open, open};
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
    let heard = Arc::new(heard);
    let (by, what) = (Arc::clone(intake), Arc::clone(&heard));
    match store.write(move |tx| apply(tx, &by, &what, manner)).await {
        Err(StoreError::Bad(why)) => {
            let spoiled = Arc::unwrap_or_clone(heard).spoiled(why);
            let by = Arc::clone(intake);
            store
                .write(move |tx| apply(tx, &by, &spoiled, manner))
                .await
        }
        done => done,
    }
}

/// Writes one event inside a transaction.
///
/// [`StoreError::Bad`] when the table refuses a value: write it again through [`write()`], which keeps it as malformed.
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
        Fate::Wanted { key, values, .. } if polled => take(tx, intake, heard, key, values),
        Fate::Wanted { key, values, .. } => {
            let Some(event) = tx.hear(heard.event(intake))? else {
                return Ok(Did::Repeat);
            };
            let row = if intake.create {
                Some(tx.row_of(key)?)
            } else {
                tx.row_by_key(key)?.map(|row| (row.id, false))
            };
            let Some((id, made)) = row else {
                return unmatched(tx, intake, event, key);
            };
            let known = if made { None } else { tx.row(id)? };
            let open = open(tx, intake, heard.sent_at, known.as_ref(), values)?;
            wanted(tx, intake, heard, event, (id, made), &open)
        }
    }
}

/// One polled item: nothing is kept of it unless it makes or changes a row.
fn take(
    tx: &mut Tx<'_>,
    intake: &Intake,
    heard: &Heard,
    key: &str,
    values: &Values,
) -> Result<Did, StoreError> {
    let row = tx.row_by_key(key)?;
    let open = open(tx, intake, heard.sent_at, row.as_ref(), values)?;
    match &row {
        None if !intake.create => return Ok(Did::Unmatched),
        Some(row)
            if open
                .values
                .iter()
                .all(|(column, new)| row.get(column) == new) =>
        {
            return Ok(Did::Unchanged);
        }
        _ => {}
    }
    let Some(event) = tx.hear(heard.event(intake))? else {
        return Ok(Did::Repeat);
    };
    let row = match row {
        Some(row) => (row.id, false),
        None => tx.row_of(key)?,
    };
    wanted(tx, intake, heard, event, row, &open)
}

fn wanted(
    tx: &mut Tx<'_>,
    intake: &Intake,
    heard: &Heard,
    event: EventId,
    (row, made): (RowId, bool),
    open: &Open<'_>,
) -> Result<Did, StoreError> {
    let Fate::Wanted { key, problems, .. } = &heard.fate else {
        return Ok(Did::Ignored);
    };
    let before = tx.phase(row)?;
    let changed = tx.set(row, &open.values, &Cause::Event(event))?;
    let after = tx.phase_now(row)?;
    let mut note = match (made, changed.is_empty()) {
        (true, true) => "new".to_owned(),
        (true, false) => format!("new; {}", changed.join(", ")),
        (false, true) => "nothing new".to_owned(),
        (false, false) => changed.join(", "),
    };
    if !open.late.is_empty() {
        note = format!(
            "{note}; it comes late, and newer is known of {}",
            open.late.join(", ")
        );
    }
    if !problems.is_empty() {
        note = format!("{note}; left out: {}", problems.join("; "));
    }
    let note = text::clean_short(&note, 500);
    tx.settle_event(event, EventState::Applied, Some(row), &note)?;
    // What merely repeats a state (a poll without `dedupe`) is summed up once a round instead.
    let news = made || intake.dedupe.is_some() || !is_poll(intake);
    if news || !problems.is_empty() {
        // What moves a row on is for people; which columns were written is for whoever digs.
        let (level, said) = match &after {
            _ if !problems.is_empty() => (Level::Warning, note),
            Some(phase) if made => (Level::Info, format!("new, {phase}")),
            Some(phase) if after != before => (Level::Info, format!("now {phase}")),
            _ if made => (Level::Info, note),
            _ => (Level::Debug, note),
        };
        say(tx, intake, level, Some(row), &format!("{key}: {said}"))?;
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
        // Said again, it is understood no better: whoever asks again hears no again.
        return Ok(Did::Malformed(why.to_owned()));
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
