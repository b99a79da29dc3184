//! What a stage, a rung or a refresh calls for each row: for whoever says beforehand what an act will come to.

use super::Pipeline;
use super::definition::{Check, Intake, Rung, Stage, Step, Target};

/// Helpers call helpers no deeper than this; the checker refuses loops, and this is for a file it has not seen.
const DEEPEST: usize = 8;

/// One call that is made for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedCall {
    /// The action's full name.
    pub action: String,
    /// The step, as people read it.
    pub title: String,
    /// It has a condition, or a list of items: it may be made less often, or more.
    pub maybe: bool,
}

impl Pipeline {
    /// What one attempt of a stage calls, from its first step on. Looks while it waits are not counted.
    pub fn calls_of_stage(&self, stage: &Stage) -> Vec<PlannedCall> {
        let mut calls = Vec::new();
        self.expand(&stage.steps, false, 0, &mut calls);
        calls
    }

    /// What a rung calls: the row is read afresh before it.
    pub fn calls_of_rung(&self, rung: Option<&Rung>) -> Vec<PlannedCall> {
        let mut calls = self.calls_of_refresh();
        if let Some(rung) = rung {
            self.expand(std::slice::from_ref(&rung.step), false, 0, &mut calls);
        }
        calls
    }

    /// What reading one row afresh calls; nothing when no intake can.
    pub fn calls_of_refresh(&self) -> Vec<PlannedCall> {
        let call = |intake: &Intake| {
            let refresh = intake.refresh.as_ref()?;
            Some(PlannedCall {
                action: refresh.call.clone(),
                title: "read it afresh".into(),
                maybe: false,
            })
        };
        self.intakes.iter().find_map(call).into_iter().collect()
    }

    /// What one asking of a check calls.
    pub fn calls_of_check(&self, check: &Check) -> Vec<PlannedCall> {
        let mut calls = Vec::new();
        if let Some((steps, _)) = super::asking::outside(check) {
            self.expand(steps, false, 0, &mut calls);
        }
        calls
    }

    fn expand(&self, steps: &[Step], maybe: bool, depth: usize, calls: &mut Vec<PlannedCall>) {
        for step in steps {
            let maybe = maybe || step.when.is_some() || step.for_each.is_some();
            match &step.call {
                Target::Action(action) => calls.push(PlannedCall {
                    action: action.clone(),
                    title: step.title.clone(),
                    maybe,
                }),
                Target::Helper(name) if depth < DEEPEST => {
                    if let Some(helper) = self.helper(name) {
                        self.expand(&helper.steps, maybe, depth + 1, calls);
                    }
                }
                Target::Helper(_) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::pipeline::parse;

    const FILE: &str = r#"
name    = "p"
title   = "P"
subject = "thing"
key     = "serial"
[columns]
serial = "text"
[[helper]]
name = "twice"
[[helper.step]]
name = "one"
call = "svc.look"
[[helper.step]]
name = "two"
call = "svc.put"
when = "true"
[[stage]]
name = "send"
[stage.gate]
"named" = "serial IS NOT NULL"
[[stage.step]]
name = "first"
call = "svc.look"
[[stage.step]]
name = "then"
call = "helper.twice"
"#;

    #[test]
    fn helpers_are_seen_through_and_conditions_are_said() {
        let pipeline = parse("p.toml", FILE).unwrap_or_else(|found| panic!("{found:?}"));
        let calls = pipeline.calls_of_stage(&pipeline.stages[0]);
        let said: Vec<_> = calls
            .iter()
            .map(|call| (call.action.as_str(), call.maybe))
            .collect();
        assert_eq!(
            said,
            [("svc.look", false), ("svc.look", false), ("svc.put", true)]
        );
        assert!(pipeline.calls_of_refresh().is_empty());
    }
}
