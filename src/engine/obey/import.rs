//! Rows from a file, and rows read afresh: the commands that do more than the table alone can.

use super::{answer, record};
use crate::control::protocol::{Request, RowResult};
use crate::engine::shared::Shared;
use crate::model::actor::Actor;
use crate::model::row::{RowId, Values};
use crate::model::value::Value;
use crate::pipeline::Pipeline;
use crate::store::{Cause, CommandId, CommandResult, CommandState, StoreError, Tx};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

type Answer = (i64, String, Vec<RowResult>);

impl Shared {
    pub(super) async fn import(
        &self,
        actor: &Actor,
        request: &Request,
        rows: Vec<Map<String, Json>>,
    ) -> Result<Answer, StoreError> {
        let (actor, request, pipeline) = (actor.clone(), request.clone(), self.pipeline.clone());
        self.store
            .write(move |tx| {
                let command = record(tx, &actor, &request)?;
                let mut results = Vec::with_capacity(rows.len());
                for row in &rows {
                    results.push(import_row(tx, &pipeline, row, &Cause::Command(command))?);
                }
                let done = results.iter().filter(|result| result.done).count();
                let note = format!("{done} of {} rows taken", rows.len());
                answer(tx, &actor.to_string(), &request, command, (note, results))
            })
            .await
    }

    pub(super) async fn refresh_rows(
        self: &Arc<Self>,
        actor: &Actor,
        request: &Request,
    ) -> Result<Answer, StoreError> {
        let (asker, asked) = (actor.clone(), request.clone());
        let command = self
            .store
            .write(move |tx| record(tx, &asker, &asked))
            .await?;
        self.refresh_as(&actor.to_string(), request, command).await
    }

    /// Reads the rows of a command that is on record. What came of each is written as it comes, for whoever watches.
    pub(super) async fn refresh_as(
        self: &Arc<Self>,
        who: &str,
        request: &Request,
        command: CommandId,
    ) -> Result<Answer, StoreError> {
        let mut results = Vec::new();
        for id in request.rows().unwrap_or_default() {
            let id = *id;
            let Some(row) = self.store.read(move |view| view.row(id)).await? else {
                continue;
            };
            let (done, note) = match self.refresh(&row, Cause::Command(command)).await {
                Ok(Some(changed)) if changed.is_empty() => (true, "nothing has changed".to_owned()),
                Ok(Some(changed)) => (true, format!("changed: {}", changed.join(", "))),
                Ok(None) => (false, "no intake can read this row afresh yet".to_owned()),
                Err(fault) => (false, fault.to_string()),
            };
            let result = CommandResult {
                row: id,
                key: row.key,
                done,
                note,
            };
            results.push(result.clone());
            self.store
                .write(move |tx| tx.answer(command, CommandState::Open, vec![result]))
                .await?;
        }
        let (who, request) = (who.to_owned(), request.clone());
        self.store
            .write(move |tx| {
                let read = ("read afresh".into(), results);
                answer(tx, &who, &request, command, read)
            })
            .await
    }
}

/// One row of an import: every column must be known and fit, or the row is left out with a sentence.
fn import_row(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    row: &Map<String, Json>,
    cause: &Cause,
) -> Result<CommandResult, StoreError> {
    let key = row
        .get(&pipeline.key)
        .and_then(Json::as_str)
        .map(str::trim)
        .unwrap_or_default()
        .to_owned();
    let refused = |note: String| CommandResult {
        row: RowId(0),
        key: key.clone(),
        done: false,
        note,
    };
    if key.is_empty() {
        return Ok(refused(format!("the column {} is empty", pipeline.key)));
    }
    let mut values = Values::new();
    for (name, json) in row
        .iter()
        .filter(|(name, _)| **name != pipeline.key && *name != "wave")
    {
        let Some(column) = pipeline.column(name) else {
            return Ok(refused(format!("there is no column {name}")));
        };
        match Value::fit(column.kind, json) {
            Ok(value) => values.insert(name.clone(), value),
            Err(error) => return Ok(refused(format!("{name}: {error}"))),
        };
    }
    let (id, made) = tx.row_of(&key)?;
    let changed = tx.set(id, &values, cause)?;
    if let Some(wave) = row
        .get("wave")
        .and_then(Json::as_str)
        .filter(|wave| !wave.is_empty())
    {
        tx.set_wave(id, Some(wave), cause)?;
    }
    let note = if made {
        "new".to_owned()
    } else {
        format!("{} columns changed", changed.len())
    };
    Ok(CommandResult {
        row: id,
        key,
        done: true,
        note,
    })
}
