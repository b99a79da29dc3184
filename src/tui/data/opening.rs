//! What opens a wave.

use super::names::Names;
use crate::model::time::{Span, Time};
use crate::pipeline::definition::{Wave, WaveMembers};
use crate::store::{Switch, SwitchKind};

/// What opens a wave of which nobody said anything yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Opening {
    ByHand,
    /// At this moment, whatever else.
    At(Time),
    /// So long after this wave is proven, which it is not yet.
    After(String, Span),
    /// The wave before is proven, and its pause ends then.
    Pause(Time),
    /// It would be open, but for a brake.
    Braked,
}

impl Names {
    /// A wave of the file.
    pub fn wave(&self, name: &str) -> Option<&Wave> {
        let mut waves = self.pipeline()?.waves.iter();
        waves.find(|wave| wave.name == name)
    }

    /// `50 %`, of a wave that is a share of all rows.
    pub fn share(&self, wave: &str) -> Option<String> {
        match self.wave(wave)?.members {
            WaveMembers::Percent { percent, .. } => Some(format!("{percent} %")),
            _ => None,
        }
    }

    /// A wave in as few words as there are: its share, else its title.
    pub fn wave_label(&self, name: &str) -> String {
        self.share(name)
            .unwrap_or_else(|| self.wave_title(name).to_owned())
    }

    pub fn wave_title<'a>(&'a self, name: &'a str) -> &'a str {
        let title = self.wave(name).map(|wave| wave.title.as_str());
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// The closed wave that keeps a row of it from a stage.
    pub fn shut_wave<'r>(
        &self,
        wave: Option<&'r str>,
        rule: &str,
        switches: &[Switch],
    ) -> Option<&'r str> {
        let stage = self.pipeline()?.stage(rule)?;
        let wave = wave.filter(|_| stage.waves)?;
        let mut switches = switches.iter();
        let open = switches.any(|one| one.kind == SwitchKind::Wave && one.name == wave && one.on);
        (!open).then_some(wave)
    }

    /// What opens it; `None` once anybody opened or closed it.
    pub fn opening(&self, name: &str, switches: &[Switch]) -> Option<Opening> {
        let said = |kind, name: &str| {
            let mut switches = switches.iter();
            switches.find(|known| known.kind == kind && known.name == name)
        };
        if said(SwitchKind::Wave, name).is_some() {
            return None;
        }
        let wave = self.wave(name);
        let Some((before, pause)) = wave.and_then(|wave| wave.after.as_ref()) else {
            let opens = wave.and_then(|wave| wave.opens);
            return Some(opens.map_or(Opening::ByHand, Opening::At));
        };
        let proven = said(SwitchKind::Proven, before).filter(|proven| proven.on);
        let braked = || {
            let mut switches = switches.iter();
            switches.any(|known| known.kind == SwitchKind::Brake && known.on)
        };
        Some(match proven {
            None => Opening::After(before.clone(), *pause),
            Some(_) if braked() => Opening::Braked,
            Some(proven) => Opening::Pause(proven.at.plus(*pause)),
        })
    }
}
