//! Brakes: judged before each start, so that a stage stops before the row that would be one too many.

use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::text::clean;
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Brake;
use crate::store::{Level, MessageKind, NewEntry, NewMessage, StoreError, SwitchKind, Tx, View};

/// True when a brake of `stage` is tripped, or trips now as `row` would be too much; then nothing more of it is started
/// until an operator releases it.
pub(super) fn stopped_by_brake(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    stage: &str,
    row: RowId,
) -> Result<bool, StoreError> {
    for brake in pipeline.brakes.iter().filter(|brake| brake.stage == stage) {
        if is_tripped(tx, brake)? {
            return Ok(true);
        }
        if let Some(why) = exceeded(tx, pipeline, brake, row)? {
            trip(tx, brake, &why)?;
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the brake waits for an operator.
pub(super) fn is_tripped(view: &View<'_>, brake: &Brake) -> Result<bool, StoreError> {
    Ok(view
        .switch(SwitchKind::Brake, &brake.name)?
        .is_some_and(|switch| switch.on))
}

/// What is too much, in words; nothing before the brake's last release counts.
fn exceeded(
    tx: &Tx<'_>,
    pipeline: &Pipeline,
    brake: &Brake,
    row: RowId,
) -> Result<Option<String>, StoreError> {
    let now = tx.now();
    let released = tx
        .switch(SwitchKind::Brake, &brake.name)?
        .map(|switch| switch.at);
    let since = |from: Time| released.map_or(from, |released| released.max(from));
    if let Some((most, span)) = brake.failures {
        let count = tx
            .failures_since(&brake.stage, since(now.minus(span)))?
            .len();
        if count >= most as usize {
            return Ok(Some(format!("{count} failures in {span}")));
        }
    }
    let window = since(opened(pipeline, brake, now));
    let failed = tx.failures_since(&brake.stage, window)?.len() as u64;
    let done: u64 = tx
        .throughput(&brake.stage, window, Span::from_hours(24))?
        .iter()
        .sum();
    let all = failed + done;
    if let Some((share, of)) = brake.share
        && all >= u64::from(of)
        && failed as f64 > share * all as f64
    {
        return Ok(Some(format!("{failed} of {all} failed")));
    }
    let Some(most) = brake.most else {
        return Ok(None);
    };
    let touched = tx.touched_since(&brake.stage, window, row)?;
    Ok((touched >= u64::from(most))
        .then(|| format!("{touched} rows touched, and {most} are the most")))
}

/// When the stage's window opened; a day ago when it has none.
fn opened(pipeline: &Pipeline, brake: &Brake, now: Time) -> Time {
    let window = pipeline
        .stage(&brake.stage)
        .and_then(|stage| stage.window.as_ref());
    let window = window.and_then(|name| pipeline.windows.get(name)?.current(now));
    window.map_or(now.minus(Span::from_hours(24)), |(from, _)| from)
}

fn trip(tx: &mut Tx<'_>, brake: &Brake, why: &str) -> Result<(), StoreError> {
    tx.set_switch(SwitchKind::Brake, &brake.name, true, why, &Actor::Engine)?;
    let text = clean(&format!(
        "brake {}: {} is stopped: {why}",
        brake.title, brake.stage
    ));
    tx.post(NewMessage {
        kind: MessageKind::Page,
        row: None,
        rule: Some(brake.stage.clone()),
        text: text.clone(),
    })?;
    tx.say(NewEntry {
        level: Level::Alarm,
        source: brake.stage.clone(),
        row: None,
        text,
    })
}
