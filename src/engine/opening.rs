//! Waves that open by themselves: at their moment, or once the wave before them is proven.

use super::shared::Shared;
use crate::model::actor::Actor;
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::pipeline::definition::Wave;
use crate::store::{Level, NewEntry, StoreError, SwitchKind, View};

/// When a closed wave opens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    /// By itself, and why.
    At(Time, String),
    /// By itself, once no brake is on.
    Braked,
    /// By itself, some time after the wave before it is proven.
    Unproven,
    /// Only by an operator's word.
    ByHand,
}

/// The closed waves of the file, each with when it opens. An operator's word stands, whatever the file says.
pub fn openings(
    view: &View<'_>,
    pipeline: &Pipeline,
) -> Result<Vec<(String, Opening)>, StoreError> {
    let mut found = Vec::new();
    for wave in &pipeline.waves {
        match view.switch(SwitchKind::Wave, &wave.name)? {
            Some(switch) if switch.on => {}
            Some(_) => found.push((wave.name.clone(), Opening::ByHand)),
            None => found.push((wave.name.clone(), opening(view, wave)?)),
        }
    }
    Ok(found)
}

fn opening(view: &View<'_>, wave: &Wave) -> Result<Opening, StoreError> {
    if let Some(at) = wave.opens {
        let why = "its moment, as the pipeline says".to_owned();
        return Ok(Opening::At(at, why));
    }
    let Some((before, pause)) = &wave.after else {
        return Ok(Opening::ByHand);
    };
    let proven = view.switch(SwitchKind::Proven, before)?;
    let Some(proven) = proven.filter(|switch| switch.on) else {
        return Ok(Opening::Unproven);
    };
    if is_braked(view)? {
        return Ok(Opening::Braked);
    }
    let why = if *pause == Span::ZERO {
        format!("wave {before} is proven")
    } else {
        format!("wave {before} has been proven for {pause}")
    };
    Ok(Opening::At(proven.at.plus(*pause), why))
}

/// Whether any brake is on: then nothing further is opened.
fn is_braked(view: &View<'_>) -> Result<bool, StoreError> {
    let switches = view.switches()?;
    Ok(switches
        .iter()
        .any(|switch| switch.kind == SwitchKind::Brake && switch.on))
}

impl Shared {
    /// Opens waves whose moment has come, unless something was said meanwhile.
    pub async fn open_waves(&self, waves: Vec<(String, String)>) -> Result<(), StoreError> {
        if waves.is_empty() {
            return Ok(());
        }
        let pipeline = self.pipeline.clone();
        let open = self.store.write(move |tx| {
            let now = tx.now();
            for (wave, opening) in openings(tx, &pipeline)? {
                let is_due = matches!(&opening, Opening::At(at, _) if *at <= now);
                let Some((_, why)) = waves.iter().find(|(name, _)| *name == wave && is_due) else {
                    continue;
                };
                tx.set_switch(SwitchKind::Wave, &wave, true, why, &Actor::Engine)?;
                tx.say(NewEntry {
                    level: Level::Info,
                    source: "waves".into(),
                    row: None,
                    text: format!("wave {wave} is open: {why}"),
                })?;
            }
            Ok(())
        });
        open.await
    }
}
