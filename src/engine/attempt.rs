//! One attempt, from its first step to its end or its next wait.

use super::begin::Begun;
use super::shared::{Shared, Working};
use crate::model::fault::FaultKind;
use crate::model::rule::RuleKind;
use crate::model::time::Span;
use crate::pipeline::definition::{Notify, OnError, Retry, Step, Target, Then, Wait};
use crate::pipeline::template::Template;
use crate::pipeline::walk::{self, Next, Record, Unit, keep_for_retry};
use crate::store::{Attempt, AttemptState, StoreError, View};
use std::sync::Arc;

/// What an attempt works through: the steps of a stage, or one rung.
pub(super) struct Work<'p> {
    pub steps: &'p [Step],
    pub set: &'p [(String, Template)],
    pub notify: Option<&'p Notify>,
    pub retry: &'p Retry,
    pub window: Option<&'p str>,
}

/// A rung is tried once; its limit says how often it may come again.
const RUNG_RETRY: Retry = Retry {
    attempts: 1,
    wait: STAND_BY,
    factor: 1.0,
    most: STAND_BY,
    on: None,
};

const STAND_BY: Span = Span::from_secs(60);

impl Shared {
    /// The work of an attempt; `None` when the file no longer has its stage or rung.
    pub fn work(&self, attempt: &Attempt) -> Option<Work<'_>> {
        match attempt.kind {
            RuleKind::Stage => self.pipeline.stage(&attempt.rule).map(|stage| Work {
                steps: &stage.steps,
                set: &stage.set,
                notify: stage.notify.as_ref(),
                retry: &stage.retry,
                window: stage.window.as_deref(),
            }),
            RuleKind::Ladder => {
                let ladder = self.pipeline.ladder(&attempt.rule)?;
                let rung = ladder.rungs.get(attempt.rung?)?;
                Some(Work {
                    steps: std::slice::from_ref(&rung.step),
                    set: &rung.set,
                    notify: None,
                    retry: &RUNG_RETRY,
                    window: ladder.window.as_deref(),
                })
            }
        }
    }

    /// Takes up an attempt that waited or was being probed.
    pub async fn resume(self: &Arc<Self>, attempt: Attempt, working: Working) {
        let probing = attempt.state == AttemptState::Probing;
        let id = attempt.id;
        let row = attempt.row;
        let taken = self
            .store
            .write(move |tx| {
                if !probing {
                    tx.wake(id)?;
                }
                tx.row(row)
            })
            .await;
        match taken {
            Ok(Some(row)) => {
                let begun = Begun {
                    attempt,
                    row,
                    working,
                };
                if probing {
                    self.look_if_it_landed(begun).await;
                } else {
                    self.run(begun, Vec::new()).await;
                }
            }
            Ok(None) => {}
            Err(error) => tracing::error!("taking up attempt {}: {error}", id.0),
        }
    }

    /// Walks on until the attempt waits or ends. `just_ended` are records not in the store yet at the last look.
    pub async fn run(self: &Arc<Self>, begun: Begun, just_ended: Vec<Record>) {
        if let Err(error) = self.walk(&begun, just_ended).await {
            match error {
                StoreError::Closed => {}
                error => tracing::error!(
                    "attempt {} of {}: {error}",
                    begun.attempt.id.0,
                    begun.attempt.rule
                ),
            }
        }
    }

    async fn walk(
        self: &Arc<Self>,
        begun: &Begun,
        just_ended: Vec<Record>,
    ) -> Result<(), StoreError> {
        let attempt = &begun.attempt;
        let Some(work) = self.work(attempt) else {
            return self.orphaned(attempt).await;
        };
        let chain = attempt.clone();
        let pipeline = self.pipeline.clone();
        let mut records = if attempt.resumes.is_none() && attempt.state == AttemptState::Running {
            Vec::new()
        } else {
            self.store
                .read(move |view| records_of(view, &pipeline, &chain))
                .await?
        };
        records.extend(just_ended);
        let row = begun.row.to_json();
        let last_resort = self.last_resort(attempt);
        let mut lost: Option<(String, crate::model::fault::Fault)> = None;
        let mut unit = Unit {
            pipeline: &self.pipeline,
            steps: work.steps,
            set: work.set,
            notify: work.notify,
            retry: work.retry,
            number: attempt.number,
        };
        let mut reads = super::call::Reads::default();
        loop {
            if *self.stop.borrow() {
                return self.put_by(attempt, reads).await;
            }
            match walk::next(unit, &row, &records, self.clock.now()) {
                Next::Call(call) => match self.perform(begun, &work, call, &mut reads).await? {
                    Some(record) => records.push(record),
                    None => return Ok(()),
                },
                Next::Wait { at, until, why } => {
                    return self.leave_waiting(attempt, reads, (&at, &why), until).await;
                }
                Next::Fail { at, fault, .. } => {
                    if let Some(step) = &last_resort
                        && lost.is_none()
                        && self.again_after(attempt, &fault).is_none()
                    {
                        lost = Some((at, fault));
                        unit = Unit {
                            steps: std::slice::from_ref(step),
                            set: &[],
                            notify: None,
                            ..unit
                        };
                        continue;
                    }
                    let (at, fault) = lost.unwrap_or((at, fault));
                    return self.failed(begun, reads, &at, fault).await;
                }
                Next::Done { set, notify } => match lost {
                    Some((at, fault)) => return self.failed(begun, reads, &at, fault).await,
                    None => {
                        return self
                            .done(begun, reads, set, notify, !records.is_empty())
                            .await;
                    }
                },
            }
        }
    }

    /// The helper that `then` names, as a step: walked when the attempt is lost for good.
    fn last_resort(&self, attempt: &Attempt) -> Option<Step> {
        let Then::Helper(name) = self.then(attempt) else {
            return None;
        };
        Some(Step {
            name: "then".into(),
            title: self.pipeline.helper(&name)?.title.clone(),
            call: Target::Helper(name),
            with: Vec::new(),
            when: None,
            for_each: None,
            wait_if: None,
            wait: Wait {
                every: STAND_BY,
                factor: 1.0,
                longest: STAND_BY,
                most: STAND_BY,
            },
            fail_if: None,
            fail_text: None,
            on_error: OnError::Fail,
            else_step: None,
        })
    }

    /// The engine is stopping: what was read is recorded, and the next process takes the attempt up.
    async fn put_by(&self, attempt: &Attempt, reads: super::call::Reads) -> Result<(), StoreError> {
        let (id, now) = (attempt.id, self.clock.now());
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                tx.wait(id, AttemptState::Waiting, "", "the engine was stopped", now)
            })
            .await
    }

    async fn leave_waiting(
        &self,
        attempt: &Attempt,
        reads: super::call::Reads,
        (at, why): (&str, &str),
        until: crate::model::time::Time,
    ) -> Result<(), StoreError> {
        let (id, at, why) = (attempt.id, at.to_owned(), why.to_owned());
        self.store
            .write(move |tx| {
                reads.record(tx)?;
                tx.wait(id, AttemptState::Waiting, &at, &why, until)
            })
            .await
    }

    /// The file that began this attempt had a stage or rung that is gone.
    async fn orphaned(&self, attempt: &Attempt) -> Result<(), StoreError> {
        let fault = crate::model::fault::Fault::new(
            FaultKind::Cancelled,
            format!("the pipeline no longer has {}", attempt.rule),
        );
        let id = attempt.id;
        self.store
            .write(move |tx| tx.end(id, AttemptState::Cancelled, None, Some(&fault)))
            .await
    }
}

/// Everything recorded that this attempt goes on from, oldest first: what the attempts before it leave, then its own.
pub(super) fn records_of(
    view: &View<'_>,
    pipeline: &crate::pipeline::Pipeline,
    attempt: &Attempt,
) -> Result<Vec<Record>, StoreError> {
    let mut records = match attempt
        .resumes
        .map(|id| view.attempt(id))
        .transpose()?
        .flatten()
    {
        None => Vec::new(),
        Some(earlier) => {
            let steps = pipeline
                .stage(&attempt.rule)
                .map_or(&[][..], |stage| &stage.steps);
            let kept = records_of(view, pipeline, &earlier)?;
            keep_for_retry(
                kept,
                steps,
                earlier.at_step.as_deref(),
                attempt.start_at.as_deref(),
            )
        }
    };
    records.extend(view.steps(attempt.id)?.into_iter().filter_map(record_of));
    Ok(records)
}

/// A step that ended, as a walk sees it. One that certainly did not land (its fault says cancelled) never was.
fn record_of(step: crate::store::Step) -> Option<Record> {
    step.finished_at?;
    let end = match (step.result, step.fault) {
        (_, Some(fault)) if fault.kind == FaultKind::Cancelled => return None,
        (_, Some(fault)) => Err(fault),
        (Some(result), None) => Ok(result),
        (None, None) => Ok(serde_json::Value::Null),
    };
    Some(Record {
        path: step.name,
        item: step.item,
        end,
        started_at: step.started_at,
    })
}
