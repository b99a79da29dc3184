//! The waves and who is in them.

use crate::pipeline::definition::Tone;
use crate::store::{StoreError, View};
use crate::tui::data::Names;
use std::collections::BTreeSet;

/// The waves and who is in them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WavesTopic {
    /// Those of the file in its order, then those only rows or switches know, then the rows in none.
    pub waves: Vec<WaveLine>,
    /// Stages that take rows of open waves only.
    pub stages: Vec<String>,
}

/// One wave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WaveLine {
    /// `None`: the rows in no wave.
    pub name: Option<String>,
    pub title: String,
    pub rows: u64,
    pub done: u64,
    /// Begun and not done.
    pub moving: u64,
    pub not_begun: u64,
    /// Parked or held, whatever their phase.
    pub held: u64,
}

impl WavesTopic {
    pub fn read(view: &View<'_>, names: &Names) -> Result<Self, StoreError> {
        let counts = view.wave_counts()?;
        let (mut order, mut known) = (Vec::new(), BTreeSet::new());
        let mut add = |name: &str, title: &str| {
            if known.insert(name.to_owned()) {
                order.push(WaveLine {
                    name: Some(name.to_owned()),
                    title: title.to_owned(),
                    ..WaveLine::default()
                });
            }
        };
        for wave in names.pipeline().map(|it| &it.waves[..]).unwrap_or_default() {
            add(&wave.name, &wave.title);
        }
        for wave in counts.iter().filter_map(|count| count.wave.as_deref()) {
            add(wave, wave);
        }
        for wave in view.open_waves()? {
            add(&wave, &wave);
        }
        order.push(WaveLine::default());
        for count in counts {
            let Some(line) = order.iter_mut().find(|line| line.name == count.wave) else {
                continue;
            };
            line.rows += count.rows;
            line.held += count.held;
            let sum = match names.tone(count.phase.as_deref()) {
                Tone::Done => &mut line.done,
                Tone::Idle => &mut line.not_begun,
                Tone::Active | Tone::Waiting | Tone::Warning => &mut line.moving,
            };
            *sum += count.rows;
        }
        // Where every row is in a wave, nobody asks for those in none.
        if !view.rules().proof.is_empty() && order.len() > 1 {
            order.retain(|wave| wave.name.is_some() || wave.rows > 0);
        }
        let stages = view.rules().rules.iter().filter(|rule| rule.waves);
        Ok(Self {
            waves: order,
            stages: stages.map(|rule| rule.name.clone()).collect(),
        })
    }

    /// True when rows are in waves, or the file or a switch names one.
    pub fn are_used(&self) -> bool {
        self.waves.iter().any(|wave| wave.name.is_some())
    }

    /// The wave under this id.
    pub fn wave(&self, id: &str) -> Option<&WaveLine> {
        self.waves.iter().find(|wave| wave.id() == id)
    }

    pub fn ids(&self) -> Vec<String> {
        if self.are_used() {
            self.waves.iter().map(WaveLine::id).collect()
        } else {
            Vec::new()
        }
    }
}

impl WaveLine {
    /// The wave's name. No wave has an empty one, so that stands for none.
    fn id(&self) -> String {
        self.name.clone().unwrap_or_default()
    }
}
