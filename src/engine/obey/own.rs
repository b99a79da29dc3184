//! The pipeline's own acts: columns written, holds lifted.

use super::acts::cancel;
use crate::model::actor::Actor;
use crate::model::row::{Row, Values};
use crate::model::value::Value;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Act;
use crate::pipeline::template::Context;
use crate::store::{Attempt, AttemptState, Cause, CommandId, StoreError, Tx};

/// Attempts of one row among which an open one is: a rule has one at most.
const LATELY: usize = 200;

/// Does an act to a row whose conditions hold. The inner error says why it cannot be done to this row, of which nothing
/// is changed then.
pub(super) fn act(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    command: CommandId,
    (name, reason): (&str, &str),
    (actor, row): (&Actor, &Row),
) -> Result<Result<(), String>, StoreError> {
    let Some(act) = pipeline.act(name) else {
        return Ok(Err(format!("there is no act {name}")));
    };
    let values = match rendered(tx, pipeline, act, row) {
        Ok(values) => values,
        Err(why) => return Ok(Err(why)),
    };
    tx.set(row.id, &values, &Cause::Command(command))?;
    for rule in &act.releases {
        // One that waits would go on with what it found before; one that is sending comes to its end first.
        let waiting =
            |attempt: &Attempt| attempt.rule == *rule && attempt.state == AttemptState::Waiting;
        for attempt in tx.attempts_of(row.id, LATELY)? {
            if waiting(&attempt) {
                cancel(tx, &attempt, format!("{actor}: {}: {reason}", act.title))?;
            }
        }
        tx.release(row.id, rule, true)?;
    }
    Ok(Ok(()))
}

fn rendered(tx: &Tx<'_>, pipeline: &Pipeline, act: &Act, row: &Row) -> Result<Values, String> {
    let context = Context {
        row: Some(row.to_json()),
        settings: pipeline.settings_json(),
        now: Some(tx.now()),
        ..Context::default()
    };
    let scope = context.scope();
    let mut values = Values::new();
    for (column, template) in &act.set {
        let value = template.render_in(&scope);
        let value = value.map_err(|error| format!("{column}: {error}"))?;
        let declared = pipeline.column(column);
        let kind = declared
            .ok_or_else(|| format!("there is no column {column}"))?
            .kind;
        let value = Value::fit(kind, &value).map_err(|error| format!("{column}: {error}"))?;
        values.insert(column.clone(), value);
    }
    Ok(values)
}
