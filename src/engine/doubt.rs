//! A call that an earlier attempt had to give up on as unknown: looked up once more before anybody's retry sends it.

use super::begin::Begun;
use super::shared::Shared;
use crate::connectors::action::{Call, Connector, Landing};
use crate::model::action::ActionSpec;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::pipeline::walk::NextCall;
use crate::store::{AttemptState, NewStep, Step, StepEnd, StoreError};
use serde_json::{Value as Json, json};

/// What is known now of a call that was given up on.
pub(super) enum Doubted {
    /// There was none, or it certainly did not land.
    No,
    Landed(Json),
    Still(Fault),
}

impl Shared {
    /// Looks for the same step's call in the attempts that ended unknown for this row, and asks the service.
    pub async fn left_in_doubt(
        &self,
        begun: &Begun,
        call: &NextCall,
        (connector, spec): (&dyn Connector, &'static ActionSpec),
    ) -> Result<Doubted, StoreError> {
        let Some(step) = self.given_up(begun, call).await? else {
            return Ok(Doubted::No);
        };
        let asked = Call {
            input: step.input.as_object().cloned().unwrap_or_default(),
            op: step.op.clone(),
            intent_at: step.started_at,
        };
        let found = if spec.probe {
            connector.probe(spec, asked).await
        } else {
            Ok(Landing::Undecided(
                "it cannot be looked up afterwards".into(),
            ))
        };
        let still = |why: String| {
            let text = format!(
                "an earlier {} may have landed: {why}; look at the service, then retry from the start",
                call.action
            );
            Doubted::Still(Fault::new(FaultKind::Unknown, text))
        };
        match found {
            Ok(Landing::Landed(result)) => {
                self.adopt(begun, call, &step, result.clone()).await?;
                Ok(Doubted::Landed(result))
            }
            // Absent: the service has long settled. Undecided: it cannot tell, now or ever, and the operator who asked
            // for the retry has looked, and said why.
            Ok(Landing::Absent | Landing::Undecided(_)) => Ok(Doubted::No),
            Err(failure) => Ok(still(failure.fault.to_string())),
        }
    }

    async fn given_up(&self, begun: &Begun, call: &NextCall) -> Result<Option<Step>, StoreError> {
        let (row, rule) = (begun.attempt.row, begun.attempt.rule.clone());
        let resumes = begun.attempt.resumes;
        let (path, item, action) = (call.path.clone(), call.item, call.action.clone());
        self.store
            .read(move |view| {
                let earlier = view.attempts_of(row, 200)?.into_iter();
                // Only what this attempt goes on from: an operator who starts from the beginning has looked.
                let Some(last) = earlier
                    .filter(|a| a.rule == rule)
                    .find(|a| Some(a.id) == resumes)
                else {
                    return Ok(None);
                };
                if last.state != AttemptState::Unknown {
                    return Ok(None);
                }
                let same =
                    |step: &Step| step.name == path && step.item == item && step.action == action;
                let unknown = |step: &Step| step.outcome == Some(Outcome::Unknown);
                Ok(view
                    .steps(last.id)?
                    .into_iter()
                    .rev()
                    .find(|step| same(step) && unknown(step)))
            })
            .await
    }

    /// Records the landed call as this attempt's own.
    async fn adopt(
        &self,
        begun: &Begun,
        call: &NextCall,
        step: &Step,
        result: Json,
    ) -> Result<(), StoreError> {
        let new = NewStep {
            attempt: begun.attempt.id,
            name: call.path.clone(),
            item: call.item,
            action: call.action.clone(),
            mutates: true,
            op: step.op.clone(),
            input: step.input.clone(),
        };
        let end = StepEnd {
            outcome: Some(Outcome::Accepted),
            result: Some(result),
            fault: None,
            exchanges: json!([]),
        };
        self.store
            .write(move |tx| tx.record_step(new, end).map(drop))
            .await
    }
}
