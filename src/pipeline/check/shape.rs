//! Faults that need nothing but the pipeline: order, loops of helpers, two things in one place.

use super::run::Checker;
use crate::pipeline::definition::{Helper, OnError, Source, Step, Target, Then};
use crate::pipeline::finding::hint;
use std::collections::BTreeMap;

impl Checker<'_> {
    pub(super) fn shapes(&mut self) {
        self.webhooks();
        self.waves();
        self.keeps();
        let pipeline = self.pipeline;
        for stage in &pipeline.stages {
            self.elses(&format!("stage.{}", stage.name), &stage.steps);
            self.then(&format!("stage.{}.then", stage.name), &stage.then);
        }
        for ladder in &pipeline.ladders {
            self.then(&format!("ladder.{}.after", ladder.name), &ladder.after);
        }
        for helper in &pipeline.helpers {
            self.elses(&format!("helper.{}", helper.name), &helper.steps);
            self.recursion(helper);
        }
        for (path, step) in self.steps() {
            self.helper_call(&path, step);
        }
    }

    fn webhooks(&mut self) {
        let mut paths: BTreeMap<&str, &str> = BTreeMap::new();
        for intake in &self.pipeline.intakes {
            if let Source::Webhook { path, .. } = &intake.source
                && let Some(other) = paths.insert(path, &intake.name)
            {
                let subject = format!("intake.{}.webhook.path", intake.name);
                let problem = format!("the path \"{path}\" is already the intake {other}'s");
                self.report
                    .error(&subject, problem, Some("give it a path of its own".into()));
            }
        }
    }

    fn keeps(&mut self) {
        for intake in &self.pipeline.intakes {
            for column in &intake.keep {
                let set = intake.set.iter().map(|(name, _)| name.as_str());
                if !set.clone().any(|name| name == column) {
                    let subject = format!("intake.{}.keep", intake.name);
                    let problem =
                        format!("keep names \"{column}\", which this intake does not set");
                    self.report.error(&subject, problem, hint(column, set));
                }
            }
        }
    }

    fn elses(&mut self, owner: &str, steps: &[Step]) {
        let place = |name: &str| steps.iter().position(|step| step.name == name);
        for (at, step) in steps.iter().enumerate() {
            let subject = format!("{owner}.step.{}.else", step.name);
            let Some(name) = &step.else_step else {
                continue;
            };
            if step.wait_if.is_none() {
                let hint = Some("add wait_if, or take it out".into());
                self.report
                    .error(&subject, "`else` means nothing without wait_if", hint);
            }
            if place(name).is_some_and(|other| other >= at) {
                let problem = format!("`else` names \"{name}\", which is not an earlier step");
                let hint = Some("a retry can only start at a step before this one".into());
                self.report.error(&subject, problem, hint);
            }
        }
    }

    fn then(&mut self, subject: &str, then: &Then) {
        let Then::Helper(name) = then else {
            return;
        };
        let helper = self.pipeline.helper(name);
        let needed = helper.and_then(|helper| helper.inputs.iter().find(|input| input.required));
        if let Some(input) = needed {
            let problem = format!(
                "the helper {name} needs the input \"{}\", and nobody gives it here",
                input.name
            );
            let hint = Some("make it required = false; the helper sees row".into());
            self.report.error(subject, problem, hint);
        }
    }

    fn recursion(&mut self, helper: &Helper) {
        let mut path = vec![helper.name.as_str()];
        if self.comes_back(helper, &mut path) {
            let subject = format!("helper.{}", helper.name);
            let problem = format!("the helper calls itself: {}", path.join(" → "));
            self.report
                .error(&subject, problem, Some("take one of the calls out".into()));
        }
    }

    /// Whether calls lead from `from` back to the first of `path`, which then names them.
    fn comes_back<'p>(&'p self, from: &'p Helper, path: &mut Vec<&'p str>) -> bool
    where
        Self: 'p,
    {
        for step in &from.steps {
            let Target::Helper(name) = &step.call else {
                continue;
            };
            if path.first() == Some(&name.as_str()) {
                path.push(name);
                return true;
            }
            if let Some(next) = self
                .pipeline
                .helper(name)
                .filter(|_| !path.contains(&name.as_str()))
            {
                path.push(name);
                if self.comes_back(next, path) {
                    return true;
                }
                path.pop();
            }
        }
        false
    }

    /// A helper's own steps look again and continue; the call of a helper as a whole cannot.
    fn helper_call(&mut self, path: &str, step: &Step) {
        let Target::Helper(name) = &step.call else {
            return;
        };
        let hint = || Some(format!("put it into a step of the helper {name}"));
        if step.wait_if.is_some() {
            let problem = "wait_if on the call of a helper is never looked at";
            self.report
                .error(&format!("{path}.wait_if"), problem, hint());
        }
        if step.on_error == OnError::Continue {
            let problem = "on_error = \"continue\" on the call of a helper has no effect";
            self.report
                .error(&format!("{path}.on_error"), problem, hint());
        }
    }
}
