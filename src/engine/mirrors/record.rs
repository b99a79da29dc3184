//! What came of telling: on record with the marks of the rows it was told of, and in the journal when it is news.

use super::duty::Memory;
use super::wanted::{Marks, Wanted};
use crate::engine::shared::Shared;
use crate::model::fault::Fault;
use crate::model::row::{RowId, Values};
use crate::model::text::clean;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::definition::Mirror;
use crate::store::{Cause, Level, MirrorRecord, MirrorState, NewEntry, StoreError, Tx};
use serde_json::Value as Json;

/// Marks written in one transaction: more would keep the store's writer for too long.
const TOGETHER: usize = 2_000;
/// An alarm is given when it has failed for so many times its `every`.
const ALARM_AFTER: f64 = 3.0;

/// One end of telling.
pub(super) struct Ended {
    pub wanted: Wanted,
    pub ended: Result<Json, Fault>,
    pub now: Time,
}

/// Keeps what came of it.
pub(super) async fn keep(
    shared: &Shared,
    mirror: &Mirror,
    ended: Ended,
    memory: &mut Memory,
) -> Result<(), StoreError> {
    let Ended { wanted, ended, now } = ended;
    match ended {
        Ok(result) => keep_told(shared, mirror, wanted, result).await,
        Err(fault) => {
            let known = wanted.known;
            let before = known
                .as_ref()
                .filter(|known| known.state == MirrorState::Failed);
            let (since, is_new) = (before.map_or(now, |known| known.since), before.is_none());
            let (title, lasts) = (&mirror.title, now.since(since));
            let entry = if is_new {
                let text = format!("{title} could not be told: {fault}");
                Some((Level::Warning, text))
            } else if !memory.alarmed && lasts >= mirror.every.times(ALARM_AFTER) {
                memory.alarmed = true;
                let text = format!("{title} could not be told for {lasts}: {fault}");
                Some((Level::Alarm, text))
            } else {
                None
            };
            let text = clean(&fault.to_string());
            if entry.is_none() && before.is_some_and(|known| known.text == text) {
                return Ok(());
            }
            let record = MirrorRecord {
                state: MirrorState::Failed,
                since,
                text,
                ..known.unwrap_or_else(|| never(mirror, now))
            };
            let entry = entry.map(|(level, text)| said(mirror, level, &text));
            let kept = shared.store.write(move |tx| {
                tx.set_mirror(&record)?;
                entry.map_or(Ok(()), |entry| tx.say(entry))
            });
            kept.await
        }
    }
}

/// What is wanted waits until it may be told.
pub(super) async fn keep_owed(
    shared: &Shared,
    mirror: &Mirror,
    known: Option<MirrorRecord>,
    why: String,
) -> Result<(), StoreError> {
    let now = shared.clock.now();
    let record = MirrorRecord {
        state: MirrorState::Owed,
        since: now,
        text: clean(&why),
        ..known.unwrap_or_else(|| never(mirror, now))
    };
    shared.store.write(move |tx| tx.set_mirror(&record)).await
}

async fn keep_told(
    shared: &Shared,
    mirror: &Mirror,
    wanted: Wanted,
    result: Json,
) -> Result<(), StoreError> {
    let entry = news(mirror, &wanted, &result);
    let known = wanted.known;
    let mut marks = pieces(wanted.marks);
    let last = marks.pop().unwrap_or_default();
    for piece in marks {
        shared.store.write(move |tx| mark(tx, &piece)).await?;
    }
    let (name, hash) = (mirror.name.clone(), wanted.hash);
    let kept = shared.store.write(move |tx| {
        mark(tx, &last)?;
        let now = tx.now();
        let before = known.filter(|known| known.state == MirrorState::Told);
        tx.set_mirror(&MirrorRecord {
            name,
            state: MirrorState::Told,
            since: before.map_or(now, |known| known.since),
            told_at: Some(now),
            told: hash,
            result,
            text: String::new(),
        })?;
        entry.map_or(Ok(()), |entry| tx.say(entry))
    });
    kept.await
}

/// The journal's line: for people when the outside has something else now, or trouble is over.
fn news(mirror: &Mirror, wanted: &Wanted, result: &Json) -> Option<NewEntry> {
    let known = wanted.known.as_ref();
    let was_failed = known.is_some_and(|known| known.state == MirrorState::Failed);
    let same = known.is_some_and(|known| known.told_at.is_some() && known.result == *result);
    let again = if was_failed { " again" } else { "" };
    let text = format!("{}: told{again}{}", mirror.title, figures(result));
    if was_failed || !same {
        return Some(said(mirror, Level::Info, &text));
    }
    let other = known.is_some_and(|known| known.told != wanted.hash);
    other.then(|| said(mirror, Level::Debug, &text))
}

/// `: percentage 10, listed 212`
fn figures(result: &Json) -> String {
    let fields = result.as_object().into_iter().flatten();
    let figure = |(name, value): (&String, &Json)| match value {
        Json::String(text) => format!("{name} {text}"),
        other => format!("{name} {other}"),
    };
    let figures: Vec<String> = fields.map(figure).collect();
    if figures.is_empty() {
        return String::new();
    }
    format!(": {}", figures.join(", "))
}

fn said(mirror: &Mirror, level: Level, text: &str) -> NewEntry {
    NewEntry {
        level,
        source: mirror.name.clone(),
        row: None,
        text: clean(text),
    }
}

fn never(mirror: &Mirror, now: Time) -> MirrorRecord {
    MirrorRecord {
        name: mirror.name.clone(),
        state: MirrorState::Owed,
        since: now,
        told_at: None,
        told: String::new(),
        result: Json::Null,
        text: String::new(),
    }
}

/// The same in parts that are each written at once.
fn pieces(marks: Vec<Marks>) -> Vec<Vec<Marks>> {
    let mut pieces: Vec<Vec<Marks>> = Vec::new();
    for Marks {
        column,
        mark,
        clear,
    } in marks
    {
        let part = |rows: &[RowId], is_set: bool| Marks {
            column: column.clone(),
            mark: if is_set { rows.to_vec() } else { Vec::new() },
            clear: if is_set { Vec::new() } else { rows.to_vec() },
        };
        pieces.extend(mark.chunks(TOGETHER).map(|rows| vec![part(rows, true)]));
        pieces.extend(clear.chunks(TOGETHER).map(|rows| vec![part(rows, false)]));
    }
    pieces
}

/// Rows of the lists as they were sent. One that was marked by somebody else meanwhile keeps its moment.
fn mark(tx: &mut Tx<'_>, marks: &[Marks]) -> Result<(), StoreError> {
    let now = tx.now();
    for one in marks {
        for row in &one.mark {
            let found = tx.row(*row)?;
            if found.is_some_and(|row| row.get(&one.column).is_null()) {
                set(tx, *row, &one.column, Value::Time(now))?;
            }
        }
        for row in &one.clear {
            if tx.row(*row)?.is_some() {
                set(tx, *row, &one.column, Value::Null)?;
            }
        }
    }
    Ok(())
}

fn set(tx: &mut Tx<'_>, row: RowId, column: &str, value: Value) -> Result<(), StoreError> {
    let values = Values::from([(column.to_owned(), value)]);
    tx.set(row, &values, &Cause::Schedule).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_told_reads_as_one_line() {
        assert_eq!(
            figures(&json!({"percentage": 10, "listed": 212})),
            ": percentage 10, listed 212"
        );
        assert_eq!(figures(&json!({})), "");
    }

    #[test]
    fn many_marks_are_written_in_parts() {
        let rows = |n: i64| (0..n).map(RowId).collect::<Vec<_>>();
        let marks = vec![Marks {
            column: "at".into(),
            mark: rows(4_500),
            clear: rows(10),
        }];
        let sizes: Vec<_> = pieces(marks)
            .iter()
            .map(|piece| (piece[0].mark.len(), piece[0].clear.len()))
            .collect();
        assert_eq!(sizes, [(2_000, 0), (2_000, 0), (500, 0), (0, 10)]);
    }
}
