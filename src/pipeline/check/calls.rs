//! What is called, and what it is given.

use super::run::Checker;
use crate::model::action::{ActionSpec, Nature};
use crate::model::value::{Value, ValueType};
use crate::pipeline::definition::{Intake, Source, Step, Target};
use crate::pipeline::finding::hint;
use crate::pipeline::template::Template;
use serde_json::Value as Json;

/// One input something called may be given.
struct Input<'a> {
    name: &'a str,
    kind: ValueType,
    required: bool,
}

impl<'a> Checker<'a> {
    pub(super) fn calls(&mut self) {
        for (path, step) in self.steps() {
            self.call(&path, step);
        }
        for intake in &self.pipeline.intakes {
            self.asks(intake);
        }
        for trial in &self.pipeline.trials {
            for (number, reply) in trial.replies.iter().enumerate() {
                self.action(
                    &format!("trial.{}.reply.{}.call", trial.name, number + 1),
                    &reply.call,
                );
            }
        }
        for (owner, column, template) in self.sets() {
            self.set(&owner, column, template);
        }
    }

    /// The action of this name; says so when there is none.
    pub(super) fn action(&mut self, subject: &str, name: &str) -> Option<&'static ActionSpec> {
        let found = self.catalogue.get(name);
        if found.is_none() && !name.is_empty() {
            let known = self.catalogue.iter().map(|action| action.name);
            let near = hint(name, known).or_else(|| {
                let connector = name.split('.').next().unwrap_or_default();
                let same = self
                    .catalogue
                    .iter()
                    .filter(|action| action.connector() == connector);
                let same: Vec<_> = same.map(|action| action.name).collect();
                Some(if same.is_empty() {
                    "see `drover pipeline help actions`".to_owned()
                } else {
                    format!("known are: {}", same.join(", "))
                })
            });
            self.report
                .error(subject, format!("there is no action \"{name}\""), near);
        }
        found
    }

    fn call(&mut self, path: &str, step: &'a Step) {
        let subject = format!("{path}.call");
        match &step.call {
            Target::Action(name) => {
                if let Some(spec) = self.action(&subject, name) {
                    self.inputs(path, name, &of_action(spec), &step.with);
                    self.encoded(path, name, &step.with);
                    self.looking_again(path, step, spec);
                }
            }
            Target::Helper(name) => {
                if let Some(helper) = self.pipeline.helper(name) {
                    let inputs: Vec<_> = helper
                        .inputs
                        .iter()
                        .map(|input| Input {
                            name: &input.name,
                            kind: input.kind,
                            required: input.required,
                        })
                        .collect();
                    self.inputs(path, &format!("helper.{name}"), &inputs, &step.with);
                }
            }
        }
    }

    fn looking_again(&mut self, path: &str, step: &Step, spec: &ActionSpec) {
        if step.wait_if.is_none() || !spec.nature.mutates() {
            return;
        }
        let subject = format!("{path}.wait_if");
        let hint = Some("wait in a step of its own, with a call that only reads".into());
        if spec.nature == Nature::Once {
            let problem = format!(
                "wait_if would call {} again, which must land once only",
                spec.name
            );
            self.report.error(&subject, problem, hint);
        } else {
            let problem = format!(
                "wait_if calls {} again for each look, and it changes something",
                spec.name
            );
            self.report.warning(&subject, problem, hint);
        }
    }

    /// What an action is given, where nothing but an action can be named.
    pub(super) fn action_inputs(
        &mut self,
        path: &str,
        spec: &'static ActionSpec,
        with: &[(String, Template)],
    ) {
        self.inputs(path, spec.name, &of_action(spec), with);
    }

    fn inputs(
        &mut self,
        path: &str,
        called: &str,
        inputs: &[Input<'_>],
        with: &[(String, Template)],
    ) {
        for (name, template) in with {
            let subject = format!("{path}.with.{name}");
            match inputs.iter().find(|input| input.name == name) {
                None => {
                    let problem = format!("{called} has no input \"{name}\"");
                    let known = inputs.iter().map(|input| input.name);
                    self.report.error(&subject, problem, hint(name, known));
                }
                Some(input) => self.literal(&subject, name, input.kind, template, input.required),
            }
        }
        for input in inputs.iter().filter(|input| input.required) {
            if !with.iter().any(|(name, _)| name == input.name) {
                let problem = format!(
                    "{called} needs the input \"{}\" ({})",
                    input.name,
                    input.kind.word()
                );
                let hint = Some(format!("add {} = … to `with`", input.name));
                self.report.error(path, problem, hint);
            }
        }
    }

    /// A value that is written out must be of the type it is for.
    fn literal(
        &mut self,
        subject: &str,
        name: &str,
        kind: ValueType,
        template: &Template,
        needed: bool,
    ) {
        let Some(literal) = template.literal() else {
            return;
        };
        if needed && literal.is_null() {
            self.report
                .error(subject, format!("\"{name}\" must not be empty"), None);
        } else if !fits(kind, literal) {
            let shown = crate::model::text::clean_short(&literal.to_string(), 60);
            let problem = format!("\"{name}\" is {}, got {shown}", kind.word());
            self.report.error(subject, problem, None);
        }
    }

    fn asks(&mut self, intake: &'a Intake) {
        let path = format!("intake.{}", intake.name);
        if let Source::Poll { call, with, .. } = &intake.source {
            let subject = format!("{path}.poll");
            if let Some(spec) = self.reading(&subject, call, with)
                && !spec.nature.mutates()
                && !spec.outputs.iter().any(|field| field.name == "items")
            {
                let problem =
                    format!("{call} answers no `items`, so that there is nothing to take from it");
                self.report.error(&format!("{subject}.call"), problem, None);
            }
        }
        if let Some(refresh) = &intake.refresh {
            self.reading(&format!("{path}.refresh"), &refresh.call, &refresh.with);
        }
    }

    fn reading(
        &mut self,
        path: &str,
        call: &str,
        with: &[(String, Template)],
    ) -> Option<&'static ActionSpec> {
        let subject = format!("{path}.call");
        let spec = self.action(&subject, call)?;
        self.inputs(path, call, &of_action(spec), with);
        if spec.nature.mutates() {
            let problem = format!("{call} changes something; an intake may only read");
            self.report.error(&subject, problem, None);
        }
        Some(spec)
    }

    /// Every `set` of the file: its path, the column, the template.
    pub(super) fn sets(&self) -> Vec<(String, &'a str, &'a Template)> {
        let pipeline = self.pipeline;
        let intakes = pipeline
            .intakes
            .iter()
            .map(|it| (format!("intake.{}.set", it.name), &it.set));
        let stages = pipeline
            .stages
            .iter()
            .map(|it| (format!("stage.{}.set", it.name), &it.set));
        let rungs = pipeline.ladders.iter().flat_map(|ladder| {
            let path = |number: usize| format!("ladder.{}.rung.{}.set", ladder.name, number + 1);
            ladder
                .rungs
                .iter()
                .enumerate()
                .map(move |(number, rung)| (path(number), &rung.set))
        });
        let acts = pipeline
            .acts
            .iter()
            .map(|it| (format!("act.{}.set", it.name), &it.set));
        intakes
            .chain(stages)
            .chain(rungs)
            .chain(acts)
            .flat_map(|(path, set)| {
                set.iter()
                    .map(move |(column, template)| (path.clone(), column.as_str(), template))
            })
            .collect()
    }

    fn set(&mut self, owner: &str, column: &str, template: &Template) {
        let subject = format!("{owner}.{column}");
        match self.pipeline.column(column) {
            None => {
                let problem = format!("there is no column \"{column}\"");
                self.report
                    .error(&subject, problem, hint(column, self.column_names()));
            }
            Some(_) if column == self.pipeline.key => {
                let problem =
                    format!("\"{column}\" is the key, which names the row and is never changed");
                self.report
                    .error(&subject, problem, Some("take it out".into()));
            }
            Some(found) => self.literal(&subject, column, found.kind, template, false),
        }
    }
}

fn of_action(spec: &'static ActionSpec) -> Vec<Input<'static>> {
    let input = |field: &'static crate::model::action::Field| Input {
        name: field.name,
        kind: field.kind,
        required: field.required,
    };
    spec.inputs.iter().map(input).collect()
}

/// A literal is held to its type more strictly than what comes from outside: `"5"` is no number here.
fn fits(kind: ValueType, literal: &Json) -> bool {
    match (kind, literal) {
        (_, Json::Null) => true,
        (ValueType::Text, json) => json.is_string(),
        (ValueType::Integer, json) => json.is_i64() || json.is_u64(),
        (ValueType::Boolean, json) => json.is_boolean(),
        (ValueType::Time | ValueType::Json, json) => Value::fit(kind, json).is_ok(),
    }
}
