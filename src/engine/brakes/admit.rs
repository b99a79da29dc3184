//! Lets rows begin, and trips what has gone too far.

use super::guilt::{by_count, by_share, exceeds};
use super::slice::Slice;
use super::standing::{OfBrake, Standing};
use super::tally::Count;
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::text::clean;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Brake;
use crate::store::{Level, MessageKind, NewEntry, NewMessage, StoreError, SwitchKind, Tx};
use std::collections::BTreeMap;

/// The brakes of the stages that begin rows in one transaction.
pub(in crate::engine) struct Brakes<'p> {
    pipeline: &'p Pipeline,
    stages: BTreeMap<String, Option<Standing<'p>>>,
}

/// A brake that is to be tripped, and why.
struct Trip<'p> {
    brake: &'p Brake,
    slice: Option<Slice>,
    why: String,
}

impl<'p> Brakes<'p> {
    pub fn new(pipeline: &'p Pipeline) -> Self {
        Self {
            pipeline,
            stages: BTreeMap::new(),
        }
    }

    /// False when a brake keeps `row` from `stage`, or trips now as it would be too much. What was let through counts as
    /// under way for the next.
    pub fn admit(&mut self, tx: &mut Tx<'_>, stage: &str, row: RowId) -> Result<bool, StoreError> {
        if !self.stages.contains_key(stage) {
            let standing = judged(tx, |tx| Standing::of(tx, self.pipeline, stage))?;
            self.stages.insert(stage.to_owned(), standing);
        }
        let Some(Some(standing)) = self.stages.get_mut(stage) else {
            return Ok(true);
        };
        let texts = tx.slice_of(row, &standing.columns)?;
        if !standing.admits(&texts) {
            return Ok(false);
        }
        for one in &mut standing.brakes {
            if let Some(why) = too_many_touched(tx, one, row)? {
                let brake = one.brake;
                one.whole = true;
                let slice = None;
                trip(tx, &Trip { brake, slice, why })?;
                return Ok(false);
            }
        }
        standing.take(&texts);
        Ok(true)
    }
}

/// Something of the stage has failed: what must trip does so now, not when the next row comes, and whether or not the
/// stage that is stopped has rows.
pub(in crate::engine) fn after_failure(
    tx: &mut Tx<'_>,
    pipeline: &Pipeline,
    stage: &str,
) -> Result<(), StoreError> {
    judged(tx, |tx| Standing::counting(tx, pipeline, stage)).map(drop)
}

/// How brakes stand once everything that must trip has.
fn judged<'p>(
    tx: &mut Tx<'_>,
    look: impl Fn(&Tx<'_>) -> Result<Option<Standing<'p>>, StoreError>,
) -> Result<Option<Standing<'p>>, StoreError> {
    loop {
        let Some(standing) = look(tx)? else {
            return Ok(None);
        };
        let mut next = None;
        for one in standing.brakes.iter().filter(|one| !one.whole) {
            if let Some(exceeded) = exceeded(tx, one)? {
                next = Some(exceeded);
                break;
            }
        }
        match next {
            // Each time round something more is stopped, so this ends.
            Some(one) => trip(tx, &one)?,
            None => return Ok(Some(standing)),
        }
    }
}

/// What has gone too far, in words; nothing before the last release counts.
fn exceeded<'p>(tx: &Tx<'_>, one: &OfBrake<'p>) -> Result<Option<Trip<'p>>, StoreError> {
    let size = |slice: &Slice| {
        let (all, of) = tx.share_of(&slice.column, &slice.text)?;
        Ok::<_, StoreError>((of, all))
    };
    let guilty = |(slice, own): (Slice, Count), rest: Count| Trip {
        brake: one.brake,
        why: format!(
            "{} of {} rows with {} {} failed, and {} of the other {}",
            own.failed,
            own.all(),
            slice.column,
            slice.text,
            rest.failed,
            rest.all()
        ),
        slice: Some(slice),
    };
    let whole = |why: String| Trip {
        brake: one.brake,
        slice: None,
        why,
    };
    if let Some((most, span)) = one.brake.failures {
        let all = one.tally.count(None, one.since);
        let limit = (u64::from(most), one.since);
        if let Some(found) = by_count(&one.tally, limit, &size)? {
            let rest = all.without(found.1);
            return Ok(Some(guilty(found, rest)));
        }
        if all.failed >= u64::from(most) {
            return Ok(Some(whole(format!("{} failures in {span}", all.failed))));
        }
    }
    if let Some((share, of)) = one.brake.share {
        let mut all = one.tally.count(None, one.from);
        if all.failed == 0 {
            return Ok(None);
        }
        if let Some(found) = by_share(&one.tally, (share, of), one.from, &size)? {
            let rest = all.without(found.1);
            return Ok(Some(guilty(found, rest)));
        }
        // Of what went well the tally has the newest only.
        all.done = all.done.max(tx.done_since(&one.brake.stage, one.from)?);
        if all.all() >= u64::from(of) && exceeds(all, share) {
            let why = format!("{} of {} failed", all.failed, all.all());
            return Ok(Some(whole(why)));
        }
    }
    Ok(None)
}

fn too_many_touched(
    tx: &Tx<'_>,
    one: &OfBrake<'_>,
    row: RowId,
) -> Result<Option<String>, StoreError> {
    let Some(most) = one.brake.most else {
        return Ok(None);
    };
    let touched = tx.touched_since(&one.brake.stage, one.from, row)?;
    Ok((touched >= u64::from(most))
        .then(|| format!("{touched} rows touched, and {most} are the most")))
}

fn trip(tx: &mut Tx<'_>, trip: &Trip<'_>) -> Result<(), StoreError> {
    let Trip { brake, slice, why } = trip;
    let stopped = brake.stopped();
    let why = if stopped == brake.stage {
        why.clone()
    } else {
        format!("{}: {why}", brake.stage)
    };
    let name = slice
        .as_ref()
        .map_or_else(|| brake.name.clone(), |slice| slice.switch(brake));
    tx.set_switch(SwitchKind::Brake, &name, true, &why, &Actor::Engine)?;
    let what = slice.as_ref().map_or_else(
        || format!("{stopped} is stopped"),
        |slice| {
            let (column, text) = (&slice.column, &slice.text);
            format!("{stopped} is stopped for {column} {text}, and goes on for the others")
        },
    );
    let text = clean(&format!("brake {}: {what}: {why}", brake.title));
    tx.post(NewMessage {
        kind: MessageKind::Page,
        row: None,
        rule: Some(stopped.to_owned()),
        text: text.clone(),
    })?;
    tx.say(NewEntry {
        level: Level::Alarm,
        source: stopped.to_owned(),
        row: None,
        text,
    })
}
