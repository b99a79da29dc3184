//! `[[check]]`: what it may ask, and what its templates may name.

use super::run::Checker;
use super::scope::Scope;
use crate::pipeline::asking;
use crate::pipeline::definition::{Asks, Check, Helper, Step, Target};
use crate::pipeline::template::{Expression, Template};

impl<'a> Checker<'a> {
    /// The steps of checks, with their paths.
    pub(super) fn asked_steps(&self) -> impl Iterator<Item = (String, &'a Step)> + use<'a> {
        self.pipeline.checks.iter().flat_map(|check| {
            let steps = asking::outside(check).map_or(&[][..], |(steps, _)| steps);
            let path =
                move |step: &'a Step| (format!("check.{}.step.{}", check.name, step.name), step);
            steps.iter().map(path)
        })
    }

    /// A check only reads, and is asked anew rather than waits.
    pub(super) fn only_reads(&mut self) {
        for check in &self.pipeline.checks {
            for call in self.pipeline.calls_of_check(check) {
                let spec = self.catalogue.get(&call.action);
                if spec.is_some_and(|spec| spec.nature.mutates()) {
                    let subject = format!("check.{}.step", check.name);
                    let problem =
                        format!("{} changes something; a check may only read", call.action);
                    self.report.error(&subject, problem, None);
                }
            }
        }
        for (path, step) in self.asked_steps() {
            if let Target::Helper(name) = &step.call {
                self.without_row(&format!("{path}.call"), name);
            }
            if step.wait_if.is_some() {
                let hint = Some("put it into ok_if: a check is asked again and again".into());
                self.report
                    .error(&format!("{path}.wait_if"), "a check never waits", hint);
            }
        }
    }

    /// A helper sees its caller's row, and a check has none.
    fn without_row(&mut self, subject: &str, helper: &str) {
        let mut names = vec![helper.to_owned()];
        let mut at = 0;
        while let Some(helper) = names.get(at).and_then(|name| self.pipeline.helper(name)) {
            at += 1;
            let mentions = mentions(helper);
            if mentions
                .iter()
                .any(|name| name.split('.').next() == Some("row"))
            {
                let problem = format!("the helper {} reads row, and a check has none", helper.name);
                let hint = Some("give it what it needs as an input".into());
                self.report.error(subject, problem, hint);
            }
            for step in &helper.steps {
                if let Target::Helper(inner) = &step.call
                    && self.pipeline.helper(inner).is_some()
                    && !names.contains(inner)
                {
                    names.push(inner.clone());
                }
            }
        }
    }

    pub(super) fn check_templates(&mut self, check: &'a Check) {
        let path = format!("check.{}", check.name);
        let scope = match &check.asks {
            Asks::NoRow(_) => Scope::default(),
            Asks::Outside { steps, ok_if } => {
                self.step_templates(&path, steps, &Scope::default());
                let after = Scope {
                    steps: Some(steps),
                    ..Scope::default()
                };
                self.expression(&format!("{path}.ok_if"), Some(ok_if), &after);
                after
            }
        };
        if let Some(evidence) = &check.evidence {
            self.template(&format!("{path}.evidence"), evidence, &scope);
        }
        self.template(&format!("{path}.advice"), &check.advice, &scope);
    }

    /// The SQL of checks, with its paths.
    pub(super) fn asked_of_rows(&self) -> Vec<(String, &'a str)> {
        let checks = self.pipeline.checks.iter();
        let of = |check: &'a Check| {
            let no_row = match &check.asks {
                Asks::NoRow(sql) => Some((format!("check.{}.no_row", check.name), sql.as_str())),
                Asks::Outside { .. } => None,
            };
            let once_all = check.once_all.as_deref();
            let once_all = once_all.map(|sql| (format!("check.{}.once_all", check.name), sql));
            no_row.into_iter().chain(once_all)
        };
        checks.flat_map(of).collect()
    }
}

/// Every name a helper's templates use.
fn mentions(helper: &Helper) -> Vec<String> {
    let mut names = Vec::new();
    for step in &helper.steps {
        let expressions = [&step.when, &step.for_each, &step.wait_if, &step.fail_if];
        let expressions = expressions.into_iter().flatten();
        names.extend(expressions.flat_map(Expression::mentions));
        let templates = step.with.iter().map(|(_, template)| template);
        let templates = templates.chain(&step.fail_text);
        names.extend(templates.flat_map(Template::mentions));
    }
    let output = helper.output.iter();
    names.extend(output.flat_map(|(_, template)| template.mentions()));
    names
}
