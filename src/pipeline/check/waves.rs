//! Waves: somebody minds them, and each comes after one that can be proven.

use super::run::Checker;
use crate::pipeline::definition::{Wave, WaveMembers};

impl Checker<'_> {
    pub(super) fn waves(&mut self) {
        self.unminded();
        self.follows();
    }

    /// Waves that nothing minds must not be believed in.
    fn unminded(&mut self) {
        let minded = self.pipeline.stages.iter().any(|stage| stage.waves);
        for wave in self.pipeline.waves.iter().filter(|_| !minded) {
            let key = match wave.members {
                WaveMembers::Named if wave.after.is_some() => "after",
                WaveMembers::Named => "opens",
                WaveMembers::Condition(_) => "when",
                WaveMembers::Percent { .. } => "percent",
            };
            if key == "opens" && wave.opens.is_none() {
                continue;
            }
            let subject = format!("wave.{}.{key}", wave.name);
            let problem = "no stage minds waves, so every row is taken at once";
            let hint = "give the stages that are to wait for an open wave the line: waves = true";
            self.report.error(&subject, problem, Some(hint.into()));
        }
    }

    fn follows(&mut self) {
        let pipeline = self.pipeline;
        for wave in pipeline.waves.iter().filter(|wave| wave.after.is_some()) {
            let subject = format!("wave.{}.after", wave.name);
            if pipeline.proof.is_empty() {
                let problem =
                    "no wave is ever proven, as the file does not say when a row is settled";
                let hint = "add [proof] with at least one named SQL condition";
                self.report.error(&subject, problem, Some(hint.into()));
            }
            if let Some(path) = self.comes_back_to(wave) {
                let problem = format!("the wave waits for itself: {}", path.join(" → "));
                let hint = "let the first of them open by hand, or at a time";
                self.report.error(&subject, problem, Some(hint.into()));
            }
        }
    }

    /// The waves on the way from this one to what it comes after, if that leads back to it.
    fn comes_back_to(&self, wave: &Wave) -> Option<Vec<String>> {
        let mut path = vec![wave.name.clone()];
        let mut at = wave;
        // No way without a loop is longer than there are waves.
        for _ in &self.pipeline.waves {
            let (before, _) = at.after.as_ref()?;
            path.push(before.clone());
            if *before == wave.name {
                return Some(path);
            }
            let mut waves = self.pipeline.waves.iter();
            at = waves.find(|known| known.name == *before)?;
        }
        None
    }
}
