//! One check, asked and recorded.

use super::agenda::Asked;
use crate::connectors::action::{Call, Registry};
use crate::engine::call::check_input;
use crate::engine::shared::Shared;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::asking::{self, Answer, Asking};
use crate::pipeline::definition::{Asks, Check};
use crate::pipeline::walk::{NextCall, Record};
use crate::store::{CheckRecord, CheckState, Level, NewEntry, StoreError, Tx, View};
use futures_util::FutureExt;
use serde_json::Value as Json;
use std::panic::AssertUnwindSafe;

/// Asks the outside; `None` for a check of the table. Nothing but reads is called, whatever the file says.
pub async fn ask_outside(
    pipeline: &Pipeline,
    registry: &Registry,
    clock: &Clock,
    check: &Check,
) -> Option<Answer> {
    let outside = asking::outside(check)?;
    let mut records = Vec::new();
    let now = clock.now();
    loop {
        match asking::next(pipeline, check, outside, &records, now) {
            Asking::Answered(answer) => return Some(answer),
            Asking::Call(call) => {
                let end = read(registry, clock, check, &call).await;
                records.push(Record {
                    path: call.path,
                    item: call.item,
                    end,
                    started_at: now,
                });
            }
        }
    }
}

async fn read(
    registry: &Registry,
    clock: &Clock,
    check: &Check,
    call: &NextCall,
) -> Result<Json, Fault> {
    let (connector, spec) = registry.find(&call.action)?;
    check_input(spec, &call.input)?;
    if connector.nature(spec, &call.input).mutates() {
        let text = format!("{} changes something, and a check may only read", spec.name);
        return Err(Fault::new(FaultKind::Misconfigured, text));
    }
    let sent = Call {
        input: call.input.clone(),
        op: format!("check/{}", check.name),
        intent_at: clock.now(),
    };
    match connector.call(spec, sent).await {
        Ok(reply) => Ok(reply.result),
        Err(failure) => Err(failure.fault),
    }
}

/// What the store says before a check is asked.
enum Seen {
    /// Not its turn, and why.
    NotDue(String),
    /// Rows that meet what none should, and all.
    Rows(u64, u64),
    Outside,
}

impl Shared {
    /// Asks one check and records what it came to.
    pub async fn ask(&self, check: &Check) -> Result<Asked, StoreError> {
        let (pipeline, asked) = (self.pipeline.clone(), check.clone());
        let seen = self
            .store
            .read(move |view| seen(view, &pipeline, &asked))
            .await?;
        let now = self.clock.now();
        let (state, text, advice) = match seen {
            Seen::NotDue(why) => (CheckState::NotDue, why, String::new()),
            Seen::Rows(meet, all) => told(asking::counted(&self.pipeline, check, (meet, all), now)),
            Seen::Outside => {
                let asked = ask_outside(&self.pipeline, &self.registry, &self.clock, check);
                let asked = AssertUnwindSafe(asked).catch_unwind().await;
                let broken = || Answer {
                    ok: None,
                    text: "asking broke in drover itself: please report it".into(),
                    advice: String::new(),
                };
                told(asked.ok().flatten().unwrap_or_else(broken))
            }
        };
        let stages = self.pipeline.stages_behind(&check.name);
        let found = Found {
            check: check.clone(),
            state,
            text,
            advice,
            keeps_back: stages.iter().map(|stage| stage.title.clone()).collect(),
        };
        self.store.write(move |tx| found.record(tx)).await
    }
}

fn told(answer: Answer) -> (CheckState, String, String) {
    let state = match answer.ok {
        Some(true) => CheckState::Ok,
        Some(false) => CheckState::Failed,
        None => CheckState::Unknown,
    };
    (state, answer.text, answer.advice)
}

fn seen(view: &View<'_>, pipeline: &Pipeline, check: &Check) -> Result<Seen, StoreError> {
    if let Some(why) = comes_after(view, pipeline, check)? {
        return Ok(Seen::NotDue(why));
    }
    if let Some(condition) = &check.once_all
        && let Some(why) = asking::not_yet(pipeline, view.meeting(condition)?)
    {
        return Ok(Seen::NotDue(why));
    }
    Ok(match &check.asks {
        Asks::NoRow(condition) => {
            let (meet, all) = view.meeting(condition)?;
            Seen::Rows(meet, all)
        }
        Asks::Outside { .. } => Seen::Outside,
    })
}

/// That checks which come first are not ok.
fn comes_after(
    view: &View<'_>,
    pipeline: &Pipeline,
    check: &Check,
) -> Result<Option<String>, StoreError> {
    if check.after.is_empty() {
        return Ok(None);
    }
    let standings = view.check_standings(view.now())?;
    let met = |name: &&String| {
        let mut standings = standings.iter();
        standings.any(|one| one.name == **name && one.is_met())
    };
    let title = |name: &String| {
        let found = pipeline.check(name);
        found.map_or_else(|| name.clone(), |found| found.title.clone())
    };
    let unmet = check.after.iter().filter(|name| !met(name));
    let unmet: Vec<String> = unmet.map(title).collect();
    Ok((!unmet.is_empty()).then(|| format!("after {}", unmet.join(" and "))))
}

/// What a check came to, on its way to the store.
struct Found {
    check: Check,
    state: CheckState,
    text: String,
    advice: String,
    /// Titles of the stages that take no rows unless it is ok.
    keeps_back: Vec<String>,
}

impl Found {
    /// Records it, unless it is no news of the table and the last record is young: a record wakes whoever looks at
    /// checks, this very check of the table among them.
    fn record(&self, tx: &mut Tx<'_>) -> Result<Asked, StoreError> {
        let now = tx.now();
        let before = tx.check(&self.check.name)?;
        let asked = |at: Time| Asked {
            state: self.state,
            at,
        };
        if let Some(before) = &before {
            let same = before.state == self.state
                && before.text == self.text
                && before.advice == self.advice;
            let of_outside =
                matches!(self.check.asks, Asks::Outside { .. }) && self.state != CheckState::NotDue;
            let age = now.since(before.at);
            if same && !of_outside && age < self.check.every && before.at <= now {
                return Ok(asked(before.at));
            }
        }
        let same_state = before.as_ref().filter(|before| before.state == self.state);
        tx.set_check(&CheckRecord {
            name: self.check.name.clone(),
            state: self.state,
            since: same_state.map_or(now, |before| before.since),
            at: now,
            text: self.text.clone(),
            advice: self.advice.clone(),
        })?;
        if same_state.is_none()
            && let Some(entry) = self.news(before.is_some())
        {
            tx.say(entry)?;
        }
        Ok(asked(now))
    }

    /// The journal's line of a new state; that a check is not due at first is none.
    fn news(&self, known: bool) -> Option<NewEntry> {
        let (title, text) = (&self.check.title, &self.text);
        let advice = match self.advice.as_str() {
            "" => String::new(),
            advice => format!(" — {advice}"),
        };
        let (level, said) = match self.state {
            CheckState::Ok if text.is_empty() => (Level::Info, format!("{title} is ok")),
            CheckState::Ok => (Level::Info, format!("{title} is ok: {text}")),
            CheckState::Failed if self.keeps_back.is_empty() => {
                (Level::Warning, format!("{title} failed: {text}{advice}"))
            }
            CheckState::Failed => {
                let stages = self.keeps_back.join(", ");
                let said = format!("{title} failed and keeps back {stages}: {text}{advice}");
                (Level::Alarm, said)
            }
            CheckState::Unknown => {
                let said = format!("{title} could not be asked: {text}{advice}");
                (Level::Warning, said)
            }
            CheckState::NotDue if known => (Level::Info, format!("{title} is not due: {text}")),
            CheckState::NotDue => return None,
        };
        Some(NewEntry {
            level,
            source: "checks".into(),
            row: None,
            text: said,
        })
    }
}
