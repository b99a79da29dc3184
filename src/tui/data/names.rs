//! Titles for names, and when windows open: what the pipeline file says, where there is one.

use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Tone, Window};
use std::sync::Arc;

/// Looks names up; without a pipeline a name is its own title.
#[derive(Clone, Default)]
pub struct Names {
    pipeline: Option<Arc<Pipeline>>,
}

impl Names {
    pub fn new(pipeline: Option<Arc<Pipeline>>) -> Self {
        Self { pipeline }
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

    /// An intake's title.
    pub fn intake<'a>(&'a self, name: &'a str) -> &'a str {
        let known = self.pipeline.as_ref().and_then(|pipeline| {
            let mut intakes = pipeline.intakes.iter();
            intakes.find(|intake| intake.name == name)
        });
        let title = known.map(|intake| intake.title.as_str());
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// Every stage, then every ladder, each with its title; none without a pipeline.
    pub fn rules(&self) -> Vec<(&str, &str)> {
        let Some(pipeline) = self.pipeline() else {
            return Vec::new();
        };
        let stages = pipeline.stages.iter().map(|stage| stage.name.as_str());
        let ladders = pipeline.ladders.iter().map(|ladder| ladder.name.as_str());
        let names = stages.chain(ladders);
        names.map(|name| (name, self.rule(name))).collect()
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
