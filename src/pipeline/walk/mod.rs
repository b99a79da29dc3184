//! Walks over the steps of a stage or a rung: given what is recorded so far, says what comes next.
//!
//! The walk keeps no state of its own. Each time it goes over the steps from the first, taking recorded ends where
//! there are any, and stops at the first thing that is not recorded: a call to make, a wait, a failure, or the end. So
//! a crash, a wait of three days and a retry are all the same thing: the same records, asked again.
//!
//! The engine drives it with real calls, a trial with canned ones.
//!
//! Ways to get this wrong: a condition that reads something which changes between two looks (`now` in a `when`); a
//! record whose path no longer exists in the file (it is passed over).

mod calls;
mod ending;
mod record;

pub use ending::render_set;
pub use record::{Record, keep_for_retry, place};

use super::definition::{Notify, Pipeline, Retry, Step, Target};
use super::template::{Context, Template};
use crate::model::fault::{Fault, FaultKind};
use crate::model::row::Values;
use crate::model::time::Time;
use serde_json::{Map, Value as Json};

/// What is walked: a stage, or one rung of a ladder.
#[derive(Clone, Copy)]
pub struct Unit<'p> {
    pub pipeline: &'p Pipeline,
    pub steps: &'p [Step],
    pub set: &'p [(String, Template)],
    pub notify: Option<&'p Notify>,
    pub retry: &'p Retry,
    /// Which attempt this is, from 1: `on_error = "continue"` applies to what no further attempt would mend.
    pub number: u32,
}

/// What comes next.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    Call(NextCall),
    /// A `wait_if` holds: look again at `until`.
    Wait {
        at: String,
        until: Time,
        why: String,
    },
    /// The attempt has failed. A retry starts at `retry_from` when the file names a step for that, else at `at`.
    Fail {
        at: String,
        fault: Fault,
        retry_from: Option<String>,
    },
    /// Every step is done: write these columns, and say this.
    Done {
        set: Values,
        notify: Option<String>,
    },
}

/// A call to make.
#[derive(Clone, Debug, PartialEq)]
pub struct NextCall {
    /// The step's name; inside a helper `step/inner`.
    pub path: String,
    /// Which item of `for_each`.
    pub item: Option<usize>,
    /// The action's full name.
    pub action: String,
    pub input: Map<String, Json>,
}

/// Helpers may call helpers, but not deeper than this.
const DEEPEST: usize = 8;

/// What comes next for `unit`, with `row` as templates see it and everything recorded so far, oldest first.
pub fn next(unit: Unit<'_>, row: &Json, records: &[Record], now: Time) -> Next {
    let base = Context {
        row: Some(row.clone()),
        settings: unit.pipeline.settings_json(),
        now: Some(now),
        ..Context::default()
    };
    let walk = Walk { unit, records, now };
    let mut context = base;
    match walk.steps(unit.steps, &mut context, "", 0) {
        Err(stop) => *stop,
        Ok(()) => ending::done(unit, &context),
    }
}

/// The results of `unit`'s steps as far as they have ended, with what comes next when some have not. There is no row.
pub(super) fn results(
    unit: Unit<'_>,
    records: &[Record],
    now: Time,
) -> (Context, Option<Box<Next>>) {
    let mut context = Context {
        settings: unit.pipeline.settings_json(),
        now: Some(now),
        ..Context::default()
    };
    let walk = Walk { unit, records, now };
    let stop = walk.steps(unit.steps, &mut context, "", 0).err();
    (context, stop)
}

struct Walk<'w> {
    unit: Unit<'w>,
    records: &'w [Record],
    now: Time,
}

/// A walk that cannot go on carries what comes next.
type Stop = Box<Next>;

impl Walk<'_> {
    /// Goes over `steps`, putting each result into the context.
    fn steps(
        &self,
        steps: &[Step],
        context: &mut Context,
        prefix: &str,
        depth: usize,
    ) -> Result<(), Stop> {
        for step in steps {
            let path = format!("{prefix}{}", step.name);
            let wanted = match &step.when {
                None => true,
                Some(when) => when
                    .holds(context)
                    .map_err(|e| template_fault(&path, "when", &e))?,
            };
            let result = if !wanted {
                serde_json::json!({ "skipped": true })
            } else if let Some(list) = &step.for_each {
                let items = list
                    .eval(context)
                    .map_err(|e| template_fault(&path, "for_each", &e))?;
                let Json::Array(items) = items else {
                    let fault = Fault::new(
                        FaultKind::Template,
                        format!("step {path}: for_each gives {items}, not a list"),
                    );
                    return Err(fail(&path, fault));
                };
                let mut results = Vec::with_capacity(items.len());
                for (at, item) in items.into_iter().enumerate() {
                    context.item = Some(item);
                    results.push(self.one(step, &path, Some(at), context, depth)?);
                }
                context.item = None;
                Json::Array(results)
            } else {
                self.one(step, &path, None, context, depth)?
            };
            context.steps.insert(step.name.clone(), result);
        }
        Ok(())
    }

    /// One call of a step: an action's, or a whole helper's.
    fn one(
        &self,
        step: &Step,
        path: &str,
        item: Option<usize>,
        context: &Context,
        depth: usize,
    ) -> Result<Json, Stop> {
        match &step.call {
            Target::Action(action) => self.action(step, action, (path, item), context),
            Target::Helper(helper) => self.helper(step, helper, (path, item), context, depth),
        }
    }

    fn helper(
        &self,
        step: &Step,
        name: &str,
        (path, item): (&str, Option<usize>),
        context: &Context,
        depth: usize,
    ) -> Result<Json, Stop> {
        let wrong = |text: String| fail(path, Fault::new(FaultKind::Misconfigured, text));
        let helper = self
            .unit
            .pipeline
            .helper(name)
            .ok_or_else(|| wrong(format!("step {path}: there is no helper {name}")))?;
        if depth >= DEEPEST {
            return Err(wrong(format!(
                "step {path}: helpers call each other more than {DEEPEST} deep"
            )));
        }
        let input = calls::render_input(step, path, context)?;
        let mut inner = Context {
            row: context.row.clone(),
            settings: context.settings.clone(),
            now: context.now,
            input: Some(Json::Object(input)),
            ..Context::default()
        };
        let prefix = record::inner_prefix(path, item);
        self.steps(&helper.steps, &mut inner, &prefix, depth + 1)?;
        let mut output = Map::new();
        for (key, template) in &helper.output {
            let value = template
                .render(&inner)
                .map_err(|e| template_fault(path, &format!("helper {name}, output {key}"), &e))?;
            output.insert(key.clone(), value);
        }
        self.weigh(step, (path, item), Json::Object(output), context, None)
    }
}

fn template_fault(path: &str, what: &str, error: &super::template::TemplateError) -> Stop {
    fail(
        path,
        Fault::new(FaultKind::Template, format!("step {path}, {what}: {error}")),
    )
}

fn fail(at: &str, fault: Fault) -> Stop {
    Box::new(Next::Fail {
        at: at.to_owned(),
        fault,
        retry_from: None,
    })
}
