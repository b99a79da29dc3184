//! Checks, brakes and waves, as far as they keep rows back or come next.

use super::dialogue::Dialogue;
use crate::pipeline::definition::Brake;
use crate::store::SwitchKind;
use crate::tui::ages;
use crate::tui::data::Stand;
use crate::tui::outlook::waves;
use std::io::Write;

impl<W: Write> Dialogue<W> {
    /// Stages that take no rows because of a check, with what to change.
    pub(super) fn kept_back_said(&self) -> Vec<String> {
        let state = &self.state;
        let (names, standing) = (&state.facts.names, &state.data.standing);
        let mut said = Vec::new();
        for count in &state.data.counts {
            let Some((check, stand)) = standing.unmet(names, &count.rule, state.now) else {
                continue;
            };
            // A stage with nothing to do waits for nothing, unless somebody must act for it.
            if count.queued == 0 && stand != Stand::Failed {
                continue;
            }
            let stage = names.rule(&count.rule);
            let record = standing.check(&check.name);
            let found = record.map_or("", |record| record.text.as_str());
            let found = match found.trim_end_matches('.') {
                "" => String::new(),
                found => format!(": {found}"),
            };
            let advice = record.map_or("", |record| record.advice.as_str());
            let advice = match advice.trim_end_matches('.') {
                "" => String::new(),
                advice => format!(" To change: {advice}."),
            };
            let word = stand.word();
            let title = &check.title;
            said.push(format!(
                "{stage} takes no rows: the check {title} is {word}{found}.{advice}"
            ));
        }
        said
    }

    /// The stage that a brake stops, after the sentence that says why it is on.
    pub(super) fn stopped_said(&self, brake: &str) -> String {
        let names = &self.state.facts.names;
        let stage = names.brake_of(brake).map(Brake::stopped);
        stage.map_or(String::new(), |stage| {
            format!(" {} takes no rows until it is released.", names.rule(stage))
        })
    }

    /// How far the waves are, and which opens next.
    pub(super) fn waves_said(&self) -> Vec<String> {
        let state = &self.state;
        let Some(headline) = waves::headline(state) else {
            return Vec::new();
        };
        let mut said = vec![format!("Waves: {headline}.")];
        let pipeline = state.facts.names.pipeline();
        let all = pipeline.map_or(&[][..], |pipeline| &pipeline.waves);
        let closed = all
            .iter()
            .find(|wave| waves::stand(state, &wave.name) == waves::Stand::Closed);
        if let Some(wave) = closed {
            let label = state.facts.names.wave_label(&wave.name);
            if let Some(opens) = waves::opening_said(state, &wave.name) {
                said.push(format!("The wave {label} opens {opens}."));
            } else if let Some(switch) = waves::switch(state, SwitchKind::Wave, &wave.name) {
                let ago = ages::said(state.now, switch.at);
                said.push(format!(
                    "The wave {label} was closed {ago} by {}.",
                    switch.by
                ));
            }
        }
        said
    }

    /// Why nobody may sleep: checks that fail.
    pub(super) fn failing_said(&self) -> Vec<String> {
        let state = &self.state;
        let failed = state.data.standing.alarming(&state.facts.names, state.now);
        let said = failed.into_iter().map(|(check, stand)| {
            let verb = match stand {
                Stand::Failed => "fails",
                _ => "cannot be asked",
            };
            let title = &check.title;
            format!("No: the check {title} {verb}; checks tells what to change.")
        });
        said.collect()
    }
}
