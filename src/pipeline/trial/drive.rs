//! Drives the step walker with canned answers, as the engine does with real ones: waits, retries and all.

use super::case::{Answer, Canned, Ending, Trial};
use super::run::row_json;
use crate::model::action::Catalogue;
use crate::model::fault::Fault;
use crate::model::row::Values;
use crate::model::time::Time;
use crate::pipeline::walk::{self, Next, NextCall, Record, Unit};
use serde_json::{Map, Value as Json};

/// More turns than any sensible trial takes.
const MOST_TURNS: usize = 2_000;

/// What was seen on the way.
#[derive(Default)]
pub(super) struct Run {
    pub(super) calls: Vec<String>,
    pub(super) problems: Vec<String>,
}

/// How it ended.
pub(super) struct Ended {
    pub(super) state: Ending,
    pub(super) at: String,
    pub(super) fault: Option<Fault>,
    /// The message, or the fault's sentence.
    pub(super) said: Option<String>,
    pub(super) set: Values,
    /// What time it was then.
    pub(super) now: Time,
}

pub(super) struct Drive<'t> {
    trial: &'t Trial,
    catalogue: &'t Catalogue,
    unit: Unit<'t>,
    row: Json,
    records: Vec<Record>,
    now: Time,
    /// How often each canned answer was used.
    used: Vec<u32>,
}

impl<'t> Drive<'t> {
    pub(super) fn new(
        trial: &'t Trial,
        catalogue: &'t Catalogue,
        unit: Unit<'t>,
        row: &Values,
    ) -> Self {
        Self {
            trial,
            catalogue,
            unit,
            row: row_json(row),
            records: Vec::new(),
            now: trial.now,
            used: vec![0; trial.replies.len()],
        }
    }

    /// Goes on until the attempt is done, has failed for good, or waits for something no answer is left for.
    pub(super) fn go(mut self, run: &mut Run) -> Option<Ended> {
        for _ in 0..MOST_TURNS {
            let next = walk::next(self.unit, &self.row, &self.records, self.now);
            let ended = match next {
                Next::Call(call) => {
                    if !self.answer(call, run) {
                        return None;
                    }
                    continue;
                }
                Next::Wait { at, until, .. } => {
                    if self.any_left() {
                        self.now = until.max(self.now);
                        continue;
                    }
                    self.ended(Ending::Waiting, at)
                }
                Next::Fail {
                    at,
                    fault,
                    retry_from,
                } => {
                    if self.retries(&fault) {
                        self.retry(&at, retry_from.as_deref());
                        continue;
                    }
                    Ended {
                        said: Some(fault.message.clone()),
                        fault: Some(fault),
                        ..self.ended(Ending::Failed, at)
                    }
                }
                Next::Done { set, notify } => Ended {
                    set,
                    said: notify,
                    ..self.ended(Ending::Done, String::new())
                },
            };
            self.unused(run);
            return Some(ended);
        }
        run.problems
            .push(format!("it did not end within {MOST_TURNS} turns"));
        None
    }

    fn ended(&self, state: Ending, at: String) -> Ended {
        Ended {
            state,
            at,
            fault: None,
            said: None,
            set: Values::new(),
            now: self.now,
        }
    }

    /// Records the next canned answer for a call; false when there is none.
    fn answer(&mut self, call: NextCall, run: &mut Run) -> bool {
        run.calls.push(call.action.clone());
        let replies = self.trial.replies.iter().zip(&self.used);
        let found = replies
            .enumerate()
            .find(|(_, (reply, used))| reply.call == call.action && **used < reply.times)
            .map(|(at, (reply, _))| (at, reply));
        let Some((at, reply)) = found else {
            let input = Json::Object(call.input);
            run.problems.push(format!(
                "step {} calls {} with {input}, and no reply is left for it",
                call.path, call.action
            ));
            return false;
        };
        self.used[at] += 1;
        given(reply, &call.input, run);
        self.records.push(Record {
            end: match &reply.answer {
                Answer::Result(result) => Ok(self.whole(&call.action, result, run)),
                Answer::Fault(fault) => Err(fault.clone()),
            },
            path: call.path,
            item: call.item,
            started_at: self.now,
        });
        true
    }

    /// A result as the connector gives it: all its fields, null where the trial names none and the action may say so.
    fn whole(&self, action: &str, result: &Json, run: &mut Run) -> Json {
        let (Some(spec), Json::Object(named)) = (self.catalogue.get(action), result) else {
            return result.clone();
        };
        let strange = named
            .keys()
            .filter(|name| !spec.outputs.iter().any(|field| field.name == **name));
        run.problems
            .extend(strange.map(|name| format!("{action} answers no \"{name}\"")));
        let nullable = spec.outputs.iter().filter(|field| !field.required);
        let mut whole: Map<_, _> = nullable
            .map(|field| (field.name.to_owned(), Json::Null))
            .collect();
        whole.extend(named.clone());
        Json::Object(whole)
    }

    fn any_left(&self) -> bool {
        let mut replies = self.trial.replies.iter().zip(&self.used);
        replies.any(|(reply, used)| *used < reply.times)
    }

    /// Whether another attempt follows. A trial without replies for it ends with the attempt that failed.
    fn retries(&self, fault: &Fault) -> bool {
        self.unit.retry.covers(fault.kind)
            && self.unit.number < self.unit.retry.attempts
            && self.any_left()
    }

    fn retry(&mut self, at: &str, from: Option<&str>) {
        let records = std::mem::take(&mut self.records);
        self.records = walk::keep_for_retry(records, self.unit.steps, Some(at), from);
        self.now = self.now.plus(self.unit.retry.after(self.unit.number));
        self.unit.number += 1;
    }

    fn unused(&self, run: &mut Run) {
        for (reply, used) in self.trial.replies.iter().zip(&self.used) {
            if *used == 0 {
                run.problems
                    .push(format!("a reply of {} was never asked for", reply.call));
            }
        }
    }
}

/// Holds a call's inputs against what its reply says it must be given.
fn given(reply: &Canned, input: &Map<String, Json>, run: &mut Run) {
    for (name, expected) in &reply.with {
        let got = input.get(name).unwrap_or(&Json::Null);
        if got != expected {
            run.problems.push(format!(
                "{}, input {name}: expected {expected}, got {got}",
                reply.call
            ));
        }
    }
}
