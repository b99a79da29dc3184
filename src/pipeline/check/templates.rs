//! Every template and expression of the file, each held against what its place offers.

use super::run::Checker;
use super::scope::Scope;
use crate::pipeline::definition::{Helper, Intake, Source, Step, Target};
use crate::pipeline::template::{Expression, Template};

impl<'a> Checker<'a> {
    pub(super) fn templates(&mut self) {
        let pipeline = self.pipeline;
        for intake in &pipeline.intakes {
            self.intake_templates(intake);
        }
        for stage in &pipeline.stages {
            let path = format!("stage.{}", stage.name);
            let scope = Scope {
                row: true,
                ..Scope::default()
            };
            self.step_templates(&path, &stage.steps, &scope);
            let after = Scope {
                steps: Some(&stage.steps),
                ..scope
            };
            self.table(&format!("{path}.set"), &stage.set, &after);
            if let Some(notify) = &stage.notify {
                self.expression(&format!("{path}.notify.when"), notify.when.as_ref(), &after);
                let guard = notify.when.as_ref().map(|when| when.source.as_str());
                let told = Scope { guard, ..after };
                self.template(&format!("{path}.notify.text"), &notify.text, &told);
            }
        }
        self.ladder_templates();
        for helper in &pipeline.helpers {
            self.helper_templates(helper);
        }
        for check in &pipeline.checks {
            self.check_templates(check);
        }
    }

    pub(super) fn template(&mut self, subject: &str, template: &Template, scope: &Scope<'a>) {
        let source = template.source.to_string();
        self.names(subject, &source, &template.mentions(), scope);
    }

    pub(super) fn expression(
        &mut self,
        subject: &str,
        expression: Option<&Expression>,
        scope: &Scope<'a>,
    ) {
        if let Some(expression) = expression {
            self.names(subject, &expression.source, &expression.mentions(), scope);
        }
    }

    pub(super) fn table(&mut self, path: &str, table: &[(String, Template)], scope: &Scope<'a>) {
        for (name, template) in table {
            self.template(&format!("{path}.{name}"), template, scope);
        }
    }

    fn intake_templates(&mut self, intake: &'a Intake) {
        let path = format!("intake.{}", intake.name);
        let scope = Scope {
            event: true,
            ..Scope::default()
        };
        self.expression(&format!("{path}.when"), intake.when.as_ref(), &scope);
        self.template(&format!("{path}.key"), &intake.key, &scope);
        self.table(&format!("{path}.set"), &intake.set, &scope);
        if let Some(dedupe) = &intake.dedupe {
            self.template(&format!("{path}.dedupe"), dedupe, &scope);
        }
        if let Source::Poll { with, .. } = &intake.source {
            self.table(&format!("{path}.poll.with"), with, &Scope::default());
        }
        if let Some(refresh) = &intake.refresh {
            let scope = Scope {
                row: true,
                ..Scope::default()
            };
            self.table(&format!("{path}.refresh.with"), &refresh.with, &scope);
            self.refreshed(intake, &refresh.call);
        }
    }

    /// A refresh goes through the same mapping, so its answer must have what the mapping reads.
    fn refreshed(&mut self, intake: &Intake, call: &str) {
        let Some(spec) = self.catalogue.get(call) else {
            return;
        };
        for (column, template) in &intake.set {
            for mention in template.mentions() {
                let field = mention
                    .strip_prefix("event.")
                    .and_then(|rest| rest.split('.').next());
                let known = |field: &str| spec.outputs.iter().any(|output| output.name == field);
                if let Some(field) = field.filter(|field| !known(field)) {
                    let subject = format!("intake.{}.set.{column}", intake.name);
                    let problem = format!("refresh calls {call}, which answers no \"{field}\"");
                    let names = spec.outputs.iter().map(|output| output.name);
                    self.report.warning(
                        &subject,
                        problem,
                        crate::pipeline::finding::hint(field, names),
                    );
                }
            }
        }
    }

    /// The steps of `owner`, each seeing the ones before it.
    pub(super) fn step_templates(&mut self, owner: &str, steps: &'a [Step], base: &Scope<'a>) {
        for (at, step) in steps.iter().enumerate() {
            let scope = Scope {
                steps: Some(&steps[..at]),
                later: &steps[at..],
                ..base.clone()
            };
            self.one_step(&format!("{owner}.step.{}", step.name), step, scope);
        }
    }

    fn one_step(&mut self, path: &str, step: &'a Step, scope: Scope<'a>) {
        self.expression(&format!("{path}.when"), step.when.as_ref(), &scope);
        let scope = Scope {
            guard: step.when.as_ref().map(|when| when.source.as_str()),
            ..scope
        };
        self.expression(&format!("{path}.for_each"), step.for_each.as_ref(), &scope);
        let scope = Scope {
            item: step.for_each.is_some(),
            ..scope
        };
        self.table(&format!("{path}.with"), &step.with, &scope);
        let seen = Scope {
            result: Some(step),
            ..scope
        };
        self.expression(&format!("{path}.wait_if"), step.wait_if.as_ref(), &seen);
        self.expression(&format!("{path}.fail_if"), step.fail_if.as_ref(), &seen);
        if let Some(text) = &step.fail_text {
            self.template(&format!("{path}.fail_text"), text, &seen);
        }
    }

    fn ladder_templates(&mut self) {
        for ladder in &self.pipeline.ladders {
            let path = format!("ladder.{}", ladder.name);
            let scope = Scope {
                row: true,
                ..Scope::default()
            };
            if let Some(text) = &ladder.text {
                self.template(&format!("{path}.text"), text, &scope);
            }
            for (number, rung) in ladder.rungs.iter().enumerate() {
                let path = format!("{path}.rung.{}", number + 1);
                let steps = std::slice::from_ref(&rung.step);
                let before = Scope {
                    steps: Some(&[]),
                    later: steps,
                    ..scope.clone()
                };
                self.one_step(&path, &rung.step, before);
                let after = Scope {
                    steps: Some(steps),
                    ..scope.clone()
                };
                self.table(&format!("{path}.set"), &rung.set, &after);
            }
        }
    }

    fn helper_templates(&mut self, helper: &'a Helper) {
        let path = format!("helper.{}", helper.name);
        let scope = Scope {
            row: true,
            helper: Some(helper),
            ..Scope::default()
        };
        self.step_templates(&path, &helper.steps, &scope);
        let after = Scope {
            steps: Some(&helper.steps),
            ..scope
        };
        self.table(&format!("{path}.output"), &helper.output, &after);
        let called = self
            .steps()
            .iter()
            .any(|(_, step)| step.call == Target::Helper(helper.name.clone()));
        let then = crate::pipeline::definition::Then::Helper(helper.name.clone());
        let ends = self.pipeline.stages.iter().any(|stage| stage.then == then)
            || self
                .pipeline
                .ladders
                .iter()
                .any(|ladder| ladder.after == then);
        if !called && !ends {
            let problem = "nothing calls this helper";
            self.report
                .warning(&path, problem, Some("call it, or take it out".into()));
        }
    }
}
