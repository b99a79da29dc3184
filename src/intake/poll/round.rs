//! One listing, read to its end: call, map, write, next page.

use super::memory::{Memory, Tally};
use super::run::Parts;
use crate::connectors::action::Call;
use crate::intake::apply::{Did, Manner, apply, say, write};
use crate::intake::heard::Heard;
use crate::model::action::ActionSpec;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::definition::{Intake, Source};
use crate::pipeline::template::Context;
use crate::store::{Level, StoreError};
use serde_json::{Map, Value as Json};
use std::sync::Arc;

/// Items written in one transaction: enough to be quick, few enough for hooks not to wait behind them.
const BATCH: usize = 100;
/// A listing of more pages than this has no end.
const MOST_PAGES: usize = 20_000;

/// One intake that polls.
pub(super) struct Poll {
    pub(super) intake: Arc<Intake>,
    pub(super) parts: Parts,
}

/// Why a round ended before its listing did.
#[derive(Debug)]
pub(super) enum Trouble {
    Service(Fault),
    Store(StoreError),
}

impl From<Fault> for Trouble {
    fn from(fault: Fault) -> Self {
        Self::Service(fault)
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// One page of an action's answer.
struct Page {
    items: Vec<Json>,
    /// `None`: the action has no cursor.
    cursor: Option<Json>,
    more: bool,
    skipped: u64,
}

impl Poll {
    /// Reads from where the last round ended to the end of the listing.
    pub(super) async fn round(&self) -> Result<Tally, Trouble> {
        let began = self.parts.clock.now();
        let name = self.intake.name.clone();
        let mut memory = self
            .parts
            .store
            .read(move |view| Memory::read(view, &name))
            .await?;
        memory.tally = Tally::default();
        for _ in 0..MOST_PAGES {
            let page = match self.page(&memory.cursor).await {
                Ok(page) => page,
                Err(fault) => return Err(self.without_cursor(memory, fault).await),
            };
            let stuck = page.more
                && page
                    .cursor
                    .as_ref()
                    .is_none_or(|next| *next == memory.cursor);
            if let Some(next) = page.cursor {
                memory.cursor = next;
            }
            memory.tally.malformed += page.skipped;
            if !page.more {
                memory.last_at = Some(began);
            }
            self.take(page.items, &mut memory, !page.more).await?;
            if !page.more {
                return Ok(memory.tally);
            }
            if stuck {
                break;
            }
        }
        Err(self
            .bad("says there is more but its cursor leads nowhere")
            .into())
    }

    async fn page(&self, cursor: &Json) -> Result<Page, Fault> {
        let Source::Poll { call, with, .. } = &self.intake.source else {
            return Err(self.bad("is not polled"));
        };
        let (connector, spec) = self.parts.registry.find(call)?;
        if spec.nature.mutates() {
            return Err(self.bad("calls an action that changes something: a poll may only read"));
        }
        let now = self.parts.clock.now();
        let input = self.input(spec, with, cursor, now)?;
        let call = Call {
            input,
            op: Memory::name(&self.intake.name),
            intent_at: now,
        };
        let reply = connector
            .call(spec, call)
            .await
            .map_err(|failure| failure.fault)?;
        let Json::Object(mut result) = reply.result else {
            return Err(unreadable(spec));
        };
        let Some(Json::Array(items)) = result.remove("items") else {
            return Err(unreadable(spec));
        };
        Ok(Page {
            items,
            cursor: result.remove("cursor"),
            more: result.get("more") == Some(&Json::Bool(true)),
            skipped: result.get("skipped").and_then(Json::as_u64).unwrap_or(0),
        })
    }

    fn input(
        &self,
        spec: &ActionSpec,
        with: &[(String, crate::pipeline::template::Template)],
        cursor: &Json,
        now: Time,
    ) -> Result<Map<String, Json>, Fault> {
        let context = Context {
            settings: self.parts.pipeline.settings_json(),
            now: Some(now),
            ..Context::default()
        };
        let mut input = Map::new();
        for (name, template) in with {
            let value = template.render(&context).map_err(|error| {
                Fault::new(
                    FaultKind::Template,
                    format!("intake {}, input {name}: {error}", self.intake.name),
                )
            })?;
            input.insert(name.clone(), value);
        }
        if !cursor.is_null() && spec.input("cursor").is_some() {
            input.insert("cursor".into(), cursor.clone());
        }
        let given = |name: &str| input.get(name).is_some_and(|value| !value.is_null());
        match spec.inputs.iter().find(|f| f.required && !given(f.name)) {
            Some(missing) => Err(self.bad(&format!("needs the input {}", missing.name))),
            None => Ok(input),
        }
    }

    /// Writes a page's items, and then what is kept between rounds.
    async fn take(&self, items: Vec<Json>, memory: &mut Memory, last: bool) -> Result<(), Trouble> {
        let now = self.parts.clock.now();
        memory.tally.read += items.len() as u64;
        let mut heard = items
            .into_iter()
            .map(|item| {
                let Parts {
                    suspects, pipeline, ..
                } = &self.parts;
                Heard::watched_item(suspects, pipeline, &self.intake, item, now)
            })
            .peekable();
        while heard.peek().is_some() {
            let batch: Vec<_> = heard.by_ref().take(BATCH).collect();
            for did in self.batch(batch).await? {
                memory.tally.count(&did);
            }
            // A page is mapped and written without a breath otherwise.
            tokio::task::yield_now().await;
        }
        let (intake, note) = (Arc::clone(&self.intake), memory.to_note());
        let line = memory.tally.line().filter(|_| last);
        let worst = if memory.tally.malformed > 0 {
            Level::Warning
        } else {
            Level::Info
        };
        let kept = self.parts.store.write(move |tx| {
            tx.set_note(&Memory::name(&intake.name), &note)?;
            match &line {
                Some(line) => say(tx, &intake, worst, None, line),
                None => Ok(()),
            }
        });
        Ok(kept.await?)
    }

    /// One transaction for all; when the table refuses one of them, one for each, so that the others go on.
    async fn batch(&self, batch: Vec<Heard>) -> Result<Vec<Did>, StoreError> {
        let batch = Arc::new(batch);
        let (intake, all) = (Arc::clone(&self.intake), Arc::clone(&batch));
        let together = self.parts.store.write(move |tx| {
            all.iter()
                .map(|heard| apply(tx, &intake, heard, Manner::Polled))
                .collect()
        });
        match together.await {
            Err(StoreError::Bad(_)) => {}
            done => return done,
        }
        let mut did = Vec::with_capacity(batch.len());
        for heard in batch.iter() {
            did.push(
                write(
                    &self.parts.store,
                    &self.intake,
                    heard.clone(),
                    Manner::Polled,
                )
                .await?,
            );
        }
        Ok(did)
    }

    /// A refusal may be the cursor's fault (another server, another version): the next round starts without it.
    async fn without_cursor(&self, mut memory: Memory, fault: Fault) -> Trouble {
        let suspect = matches!(fault.kind, FaultKind::Refused | FaultKind::Misconfigured);
        if suspect && !memory.cursor.is_null() {
            memory.cursor = Json::Null;
            let (name, note) = (Memory::name(&self.intake.name), memory.to_note());
            let kept = self
                .parts
                .store
                .write(move |tx| tx.set_note(&name, &note))
                .await;
            if let Err(error) = kept {
                return error.into();
            }
        }
        fault.into()
    }

    fn bad(&self, what: &str) -> Fault {
        let told = format!("the poll of intake {} {what}", self.intake.name);
        Fault::new(FaultKind::Misconfigured, told)
    }
}

fn unreadable(spec: &ActionSpec) -> Fault {
    let told = format!("{} answered without a list of items", spec.name);
    Fault::new(FaultKind::BadReply, told)
}

impl Tally {
    fn count(&mut self, did: &Did) {
        match did {
            Did::Applied { made, changed, .. } => {
                self.made += u64::from(*made);
                self.changed += u64::from(*made || !changed.is_empty());
            }
            Did::Unchanged => {}
            Did::Repeat | Did::Ignored => self.passed += 1,
            Did::Unmatched => self.unmatched += 1,
            Did::Malformed(_) => self.malformed += 1,
        }
    }
}
