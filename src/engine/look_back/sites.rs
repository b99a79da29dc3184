//! Where in a pipeline calls stand that may be made only once.

use super::found::Site;
use crate::connectors::action::Registry;
use crate::model::action::Nature;
use crate::model::rule::RuleKind;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Step, Target};
use std::collections::BTreeSet;

/// The pipeline as it is walked for looking: such calls are come to whatever their `when` says now, since it may have
/// said otherwise when they were made.
pub(super) struct Sites {
    pub pipeline: Pipeline,
    pub all: Vec<Site>,
    /// The actions called there.
    pub actions: BTreeSet<String>,
}

impl Sites {
    pub fn of(pipeline: &Pipeline, registry: &Registry) -> Self {
        let once = |action: &str| {
            let found = registry.find(action);
            found.is_ok_and(|(_, spec)| spec.nature == Nature::Once)
        };
        let mut pipeline = pipeline.clone();
        let helpers = helpers_with(&pipeline, &once);
        let holds = |step: &Step| match &step.call {
            Target::Action(action) => once(action),
            Target::Helper(name) => helpers.contains(name),
        };
        let mut all = Vec::new();
        for stage in &pipeline.stages {
            if stage.steps.iter().any(&holds) {
                all.push(Site {
                    kind: RuleKind::Stage,
                    rule: stage.name.clone(),
                    rung: None,
                    title: stage.title.clone(),
                });
            }
        }
        for ladder in &pipeline.ladders {
            for (at, rung) in ladder.rungs.iter().enumerate() {
                if holds(&rung.step) {
                    all.push(Site {
                        kind: RuleKind::Ladder,
                        rule: ladder.name.clone(),
                        rung: Some(at),
                        title: rung.title.clone(),
                    });
                }
            }
        }
        let stages = pipeline.stages.iter_mut().flat_map(|s| &mut s.steps);
        let helpers = pipeline.helpers.iter_mut().flat_map(|h| &mut h.steps);
        let ladders = pipeline.ladders.iter_mut().flat_map(|l| &mut l.rungs);
        let steps = stages
            .chain(helpers)
            .chain(ladders.map(|rung| &mut rung.step));
        let mut actions = BTreeSet::new();
        for step in steps.filter(|step| holds(step)) {
            step.when = None;
            if let Target::Action(action) = &step.call {
                actions.insert(action.clone());
                step.wait_if = None;
                step.fail_if = None;
            }
        }
        Self {
            pipeline,
            all,
            actions,
        }
    }

    /// The steps that are walked at a site.
    pub fn steps(&self, site: &Site) -> &[Step] {
        match site.rung {
            None => self
                .pipeline
                .stage(&site.rule)
                .map_or(&[], |stage| &stage.steps),
            Some(rung) => self
                .pipeline
                .ladder(&site.rule)
                .and_then(|ladder| ladder.rungs.get(rung))
                .map_or(&[], |rung| std::slice::from_ref(&rung.step)),
        }
    }
}

/// Helpers in which such a call stands, however deep.
fn helpers_with(pipeline: &Pipeline, once: &impl Fn(&str) -> bool) -> BTreeSet<String> {
    let mut with = BTreeSet::new();
    loop {
        let before = with.len();
        for helper in &pipeline.helpers {
            let holds = helper.steps.iter().any(|step| match &step.call {
                Target::Action(action) => once(action),
                Target::Helper(name) => with.contains(name),
            });
            if holds {
                with.insert(helper.name.clone());
            }
        }
        if with.len() == before {
            return with;
        }
    }
}
