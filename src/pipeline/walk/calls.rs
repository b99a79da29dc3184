//! One call of an action within a walk: not made, failed, waiting, or good.

use super::record::place;
use super::{Next, NextCall, Stop, Walk, fail, template_fault};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::definition::{OnError, Step};
use crate::pipeline::template::Context;
use serde_json::{Map, Value as Json};

impl Walk<'_> {
    pub(super) fn action(
        &self,
        step: &Step,
        action: &str,
        (path, item): (&str, Option<usize>),
        context: &Context,
    ) -> Result<Json, Stop> {
        let looks = || {
            self.records
                .iter()
                .filter(|r| r.path == path && r.item == item)
        };
        match looks().next_back().map(|r| &r.end) {
            None => Err(make(step, action, (path, item), context)?),
            Some(Err(fault)) if step.on_error == OnError::Continue && self.is_final(fault) => {
                Ok(error_result(fault))
            }
            Some(Err(fault)) => Err(fail(&place(path, item), fault.clone())),
            Some(Ok(result)) => {
                let first = looks().next().map(|r| r.started_at);
                let last = looks().next_back().map(|r| r.started_at);
                let seen = first.zip(last).map(|(first, last)| Looks {
                    first,
                    last,
                    count: looks().count(),
                    action: action.to_owned(),
                });
                self.weigh(step, (path, item), result.clone(), context, seen)
            }
        }
    }

    fn is_final(&self, fault: &Fault) -> bool {
        !self.unit.retry.covers(fault.kind) || self.unit.number >= self.unit.retry.attempts
    }

    /// A good end, held against `wait_if` and `fail_if`. `looks` is set for actions, which can be asked again.
    pub(super) fn weigh(
        &self,
        step: &Step,
        (path, item): (&str, Option<usize>),
        result: Json,
        context: &Context,
        looks: Option<Looks>,
    ) -> Result<Json, Stop> {
        let seen = Context {
            result: Some(result.clone()),
            ..context.clone()
        };
        if let (Some(wait_if), Some(looks)) = (&step.wait_if, looks)
            && wait_if
                .holds(&seen)
                .map_err(|e| template_fault(path, "wait_if", &e))?
        {
            return Err(self.wait(step, (path, item), context, &looks)?);
        }
        if let Some(fail_if) = &step.fail_if
            && fail_if
                .holds(&seen)
                .map_err(|e| template_fault(path, "fail_if", &e))?
        {
            let said = match &step.fail_text {
                Some(text) => text
                    .render_text(&seen)
                    .map_err(|e| template_fault(path, "fail_text", &e))?,
                None => format!("step {path}: fail_if holds ({})", fail_if.source),
            };
            return if step.on_error == OnError::Continue {
                Ok(error_result(&Fault::new(FaultKind::FailIf, said)))
            } else {
                Err(fail(
                    &place(path, item),
                    Fault::new(FaultKind::FailIf, said),
                ))
            };
        }
        Ok(result)
    }

    /// Not yet: look again, wait, or give up when the look at `most` after the first one did not help either.
    fn wait(
        &self,
        step: &Step,
        (path, item): (&str, Option<usize>),
        context: &Context,
        looks: &Looks,
    ) -> Result<Stop, Stop> {
        // The last look is at the very end: an effect that shows by then has been in time.
        let end = looks.first.plus(step.wait.most);
        let again_at = looks.last.plus(step.wait.after(looks.count)).min(end);
        // A look of a time that has not come was made under a wrong clock, and says nothing of how long it has been.
        let wrong = looks.last > self.now;
        if looks.last >= end && !wrong {
            let said = format!(
                "not confirmed: {} still not so after {}",
                step.title, step.wait.most
            );
            let fault = Fault::new(FaultKind::NotConfirmed, said);
            return Ok(Box::new(Next::Fail {
                at: place(path, item),
                fault,
                retry_from: step.else_step.clone(),
            }));
        }
        if self.now >= again_at || wrong {
            return make(step, &looks.action, (path, item), context);
        }
        Ok(Box::new(Next::Wait {
            at: place(path, item),
            until: again_at,
            why: step.title.clone(),
        }))
    }
}

/// When an action was first and last asked by this step.
pub(super) struct Looks {
    first: Time,
    last: Time,
    count: usize,
    action: String,
}

fn make(
    step: &Step,
    action: &str,
    (path, item): (&str, Option<usize>),
    context: &Context,
) -> Result<Stop, Stop> {
    let input = render_input(step, path, context)?;
    let call = NextCall {
        path: path.to_owned(),
        item,
        action: action.to_owned(),
        input,
    };
    Ok(Box::new(Next::Call(call)))
}

/// The inputs of a step's call; a null is an input not given.
pub(super) fn render_input(
    step: &Step,
    path: &str,
    context: &Context,
) -> Result<Map<String, Json>, Stop> {
    let mut input = Map::new();
    for (name, template) in &step.with {
        let value = template
            .render(context)
            .map_err(|e| template_fault(path, &format!("input {name}"), &e))?;
        if !value.is_null() {
            input.insert(name.clone(), value);
        }
    }
    Ok(input)
}

fn error_result(fault: &Fault) -> Json {
    serde_json::json!({ "error": { "kind": fault.kind.word(), "message": fault.message, "status": fault.status } })
}
