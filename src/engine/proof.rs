//! Which waves are proven: open, and every row of them settled by the pipeline's own `proof`.
//!
//! It is written down as a switch and stays, whatever rows do later: what follows a proven wave must not be taken back
//! by a row that joins it late.

use super::pacing::rest;
use super::shared::Shared;
use crate::model::actor::Actor;
use crate::model::clock::{Stopwatch, real_sleep};
use crate::model::text::clean;
use crate::model::time::Span;
use crate::pipeline::Pipeline;
use crate::store::{Level, NewEntry, Query, StoreError, SwitchKind, View, WaveProof};
use std::sync::Arc;
use std::time::Duration;

/// A look whatever was told: a missed wake-up costs minutes.
const AT_LEAST_EVERY: Span = Span::from_mins(5);
/// After the store would not take something, in real time.
const BREATH: Duration = Duration::from_secs(1);

/// Looks whenever the table has changed, for a pipeline that says when a row is settled.
pub(super) async fn prove(shared: Arc<Shared>) {
    if shared.pipeline.proof.is_empty() {
        return;
    }
    let mut changed = shared.store.revision();
    let mut stop = shared.stop.subscribe();
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        changed.borrow_and_update();
        let (looked_at, watch) = (shared.clock.now(), Stopwatch::start());
        match shared.prove_waves().await {
            Ok(()) => {}
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!("looking whether waves are proven: {error}");
                real_sleep(BREATH).await;
            }
        }
        let took = watch.elapsed();
        drop(busy);
        tokio::select! {
            it = changed.changed() => if it.is_err() { return },
            _ = stop.changed() => continue,
            () = shared.clock.sleep_until(looked_at.plus(AT_LEAST_EVERY)) => {}
        }
        rest(&shared, (looked_at, took), &mut stop).await;
    }
}

impl Shared {
    /// Writes down what is proven now; judged again by the writer, where nothing changes meanwhile.
    async fn prove_waves(&self) -> Result<(), StoreError> {
        let pipeline = self.pipeline.clone();
        let found = self.store.read(move |view| proven(view, &pipeline)).await?;
        if found.is_empty() {
            return Ok(());
        }
        let pipeline = self.pipeline.clone();
        let written = self.store.write(move |tx| {
            for (wave, why) in proven(tx, &pipeline)? {
                tx.set_switch(SwitchKind::Proven, &wave, true, &why, &Actor::Engine)?;
                tx.say(NewEntry {
                    level: Level::Info,
                    source: "waves".into(),
                    row: None,
                    text: format!("wave {wave} is proven: {why}"),
                })?;
            }
            Ok(())
        });
        written.await
    }
}

/// Open waves that are proven and not yet written down as such, in the file's order, each with the numbers.
fn proven(view: &View<'_>, pipeline: &Pipeline) -> Result<Vec<(String, String)>, StoreError> {
    let mut asked = Vec::new();
    for wave in &pipeline.waves {
        let is_on = |kind| {
            let switch = view.switch(kind, &wave.name)?;
            Ok::<_, StoreError>(switch.is_some_and(|switch| switch.on))
        };
        asked.push((
            wave.name.as_str(),
            is_on(SwitchKind::Wave)?,
            is_on(SwitchKind::Proven)?,
        ));
    }
    if !asked.iter().any(|(_, open, proven)| *open && !proven) {
        return Ok(Vec::new());
    }
    let proofs = view.wave_proofs()?;
    let mut found = Vec::new();
    let mut before = true;
    for (wave, is_open, was_proven) in asked {
        let is_new = is_open && !was_proven;
        let why = match proofs.iter().find(|proof| proof.wave == wave) {
            Some(proof) if is_new && proof.open == 0 => Some(said(proof)),
            None if is_new && before && all_sorted(view)? => Some("no row is in it".to_owned()),
            _ => None,
        };
        before = was_proven || why.is_some();
        found.extend(why.map(|why| (wave.to_owned(), why)));
    }
    Ok(found)
}

/// There are rows, and of each it is known which wave it is in: an empty wave stays empty.
fn all_sorted(view: &View<'_>) -> Result<bool, StoreError> {
    let unsorted = Query {
        condition: Some("wave = ''".into()),
        ..Query::all()
    };
    Ok(view.count(&Query::all())? > 0 && view.count(&unsorted)? == 0)
}

/// `218 of 218: 212 answered, 6 rolled back`
fn said(proof: &WaveProof) -> String {
    let lines = proof.settled.iter().filter(|(_, rows)| *rows > 0);
    let lines: Vec<String> = lines
        .map(|(title, rows)| format!("{rows} {title}"))
        .collect();
    let settled = proof.rows - proof.open;
    clean(&format!(
        "{settled} of {}: {}",
        proof.rows,
        lines.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_say_which_line_settled_how_many() {
        let line = |title: &str, rows| (title.to_owned(), rows);
        let proof = WaveProof {
            wave: "w".into(),
            rows: 218,
            settled: vec![
                line("answered", 212),
                line("left", 0),
                line("rolled back", 6),
            ],
            open: 0,
            proven_at: None,
        };
        assert_eq!(said(&proof), "218 of 218: 212 answered, 6 rolled back");
    }
}
