//! Titles for names, and when windows open: what the pipeline file says, where there is one.

use crate::model::action::{Catalogue, Nature};
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::pipeline::definition::{Tone, Window};
use crate::pipeline::{Pipeline, PlannedCall};
use std::sync::Arc;

/// Looks names up; without a pipeline a name is its own title.
#[derive(Clone, Default)]
pub struct Names {
    pipeline: Option<Arc<Pipeline>>,
    catalogue: Arc<Catalogue>,
}

impl Names {
    pub fn new(pipeline: Option<Arc<Pipeline>>) -> Self {
        Self {
            pipeline,
            catalogue: Arc::default(),
        }
    }

    /// With what is known of each action: without it every action that is not known to read is taken to last.
    pub fn with_actions(mut self, catalogue: Catalogue) -> Self {
        self.catalogue = Arc::new(catalogue);
        self
    }

    /// A stage's, a ladder's or a column's title.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        let title = self.rule(name);
        if title != name {
            return title;
        }
        let column = self.pipeline().and_then(|pipeline| pipeline.column(name));
        column.map_or(name, |column| &column.title)
    }

    /// A brake's title.
    pub fn brake<'a>(&'a self, name: &'a str) -> &'a str {
        let brakes = self.pipeline().map(|pipeline| pipeline.brakes.iter());
        let found = brakes
            .into_iter()
            .flatten()
            .find(|known| known.name == name);
        let title = found.map(|brake| brake.title.as_str());
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// `next: remove Jamf's profile on the Mac`.
    pub fn rung_title(&self, ladder: &str, rung: Option<usize>) -> String {
        let ladder = self.pipeline().and_then(|pipeline| pipeline.ladder(ladder));
        match ladder
            .zip(rung)
            .and_then(|(ladder, at)| ladder.rungs.get(at))
        {
            Some(rung) => format!("next: {}", rung.title),
            None => "no rung is left".into(),
        }
    }

    /// What a stage, or a rung of a ladder, calls for each row.
    pub fn calls(&self, rule: &str, rung: Option<usize>) -> Vec<PlannedCall> {
        let Some(pipeline) = self.pipeline() else {
            return Vec::new();
        };
        if let Some(ladder) = pipeline.ladder(rule) {
            let rung = rung.and_then(|at| ladder.rungs.get(at));
            return pipeline.calls_of_rung(rung);
        }
        let stage = pipeline.stage(rule);
        stage.map_or_else(Vec::new, |stage| pipeline.calls_of_stage(stage))
    }

    /// Whether a call of this action leaves something outside that cannot be called back from here.
    pub fn is_lasting(&self, action: &str) -> bool {
        let known = self.catalogue.get(action);
        known.is_none_or(|spec| {
            spec.nature.mutates() && (spec.destructive || spec.nature == Nature::Once)
        })
    }

    pub fn pipeline(&self) -> Option<&Pipeline> {
        self.pipeline.as_deref()
    }

    /// A stage's or ladder's title.
    pub fn rule<'a>(&'a self, name: &'a str) -> &'a str {
        let Some(pipeline) = &self.pipeline else {
            return name;
        };
        let stage = pipeline.stage(name).map(|stage| stage.title.as_str());
        let title = stage.or_else(|| pipeline.ladder(name).map(|ladder| ladder.title.as_str()));
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    pub fn kind(&self, name: &str) -> RuleKind {
        match &self.pipeline {
            Some(pipeline) if pipeline.ladder(name).is_some() => RuleKind::Ladder,
            _ => RuleKind::Stage,
        }
    }

    pub fn tone(&self, phase: Option<&str>) -> Tone {
        let Some(pipeline) = &self.pipeline else {
            return Tone::Idle;
        };
        let found = pipeline
            .phases
            .iter()
            .find(|known| Some(known.name.as_str()) == phase);
        found.map_or(Tone::Idle, |phase| phase.tone)
    }

    /// The window a stage or ladder keeps to.
    pub fn window(&self, rule: &str) -> Option<&Window> {
        let pipeline = self.pipeline.as_deref()?;
        let stage = pipeline.stage(rule).and_then(|stage| stage.window.as_ref());
        let name = stage.or_else(|| {
            pipeline
                .ladder(rule)
                .and_then(|ladder| ladder.window.as_ref())
        })?;
        pipeline.windows.get(name)
    }

    /// When the rule's window opens next; `None` when it is open, or there is none.
    pub fn shut_until(&self, rule: &str, now: Time) -> Option<(&Window, Option<Time>)> {
        let window = self.window(rule)?;
        (!window.is_open(now)).then(|| (window, window.opens_after(now)))
    }
}
