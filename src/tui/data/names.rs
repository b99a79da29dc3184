//! Titles for names, and when windows open: what the pipeline file says, where there is one.

use crate::control::deed::Deed;
use crate::model::action::{Catalogue, Nature};
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::pipeline::definition::{Act, Brake, Check, Tone, Window};
use crate::pipeline::{Pipeline, PlannedCall};
use crate::store::{Switch, SwitchKind};
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

    /// A stage's, a ladder's, a column's, a check's or an act's title.
    pub fn title<'a>(&'a self, name: &'a str) -> &'a str {
        let title = self.rule(name);
        if title != name {
            return title;
        }
        let column = self.pipeline().and_then(|pipeline| pipeline.column(name));
        if let Some(column) = column {
            return &column.title;
        }
        let title = self.check(name);
        if title == name { self.act(name) } else { title }
    }

    /// A check's title.
    pub fn check<'a>(&'a self, name: &'a str) -> &'a str {
        let check = self.pipeline().and_then(|pipeline| pipeline.check(name));
        let title = check.map(|check| check.title.as_str());
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// The title of what a deed is about: an act may have the name of a stage or a column.
    pub fn title_in<'a>(&'a self, deed: &Deed, name: &'a str) -> &'a str {
        match deed {
            Deed::Act { act } if act == name => self.act(name),
            _ => self.title(name),
        }
    }

    /// An act's title.
    pub fn act<'a>(&'a self, name: &'a str) -> &'a str {
        let act = self.pipeline().and_then(|pipeline| pipeline.act(name));
        let title = act.map(|act| act.title.as_str());
        title.filter(|title| !title.is_empty()).unwrap_or(name)
    }

    /// What the pipeline lets operators do, in the file's order.
    pub fn acts(&self) -> &[Act] {
        self.pipeline().map_or(&[], |pipeline| &pipeline.acts)
    }

    /// Checks that must be ok for a stage to take rows.
    pub fn checks_of(&self, rule: &str) -> impl Iterator<Item = &Check> {
        let stage = self.pipeline().and_then(|pipeline| pipeline.stage(rule));
        let names = stage.map_or(&[][..], |stage| &stage.checks);
        names.iter().filter_map(|name| self.pipeline()?.check(name))
    }

    /// A brake's title, by its switch: of one that stops a slice, with the slice.
    pub fn brake(&self, name: &str) -> String {
        let (base, slice) = name.split_once('/').unwrap_or((name, ""));
        let found = self.brake_of(name);
        let title = found.map(|brake| brake.title.as_str());
        let title = title.filter(|title| !title.is_empty()).unwrap_or(base);
        match slice.split_once('=') {
            Some((column, text)) => format!("{title}, {} {text}", self.title(column)),
            None => title.to_owned(),
        }
    }

    /// The brake whose switch is called so, the whole's or a slice's.
    pub fn brake_of(&self, name: &str) -> Option<&Brake> {
        let base = name.split_once('/').map_or(name, |(base, _)| base);
        let mut brakes = self.pipeline()?.brakes.iter();
        brakes.find(|known| known.name == base)
    }

    /// What keeps a row of these values from `rule`: the switch of a brake that is on, of the whole or of a slice.
    pub fn braked<'s>(
        &self,
        switches: &'s [Switch],
        rule: &str,
        value: impl Fn(&str) -> Option<String>,
    ) -> Option<&'s Switch> {
        switches.iter().find(|switch| {
            let ours = || {
                self.brake_of(&switch.name)
                    .is_some_and(|brake| brake.stopped() == rule)
            };
            let holds = || match switch
                .name
                .split_once('/')
                .and_then(|(_, s)| s.split_once('='))
            {
                Some((column, text)) => value(column).as_deref() == Some(text),
                None => true,
            };
            switch.kind == SwitchKind::Brake && switch.on && ours() && holds()
        })
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
