//! At start: what an earlier process left running is taken up before anything new.

use super::look_back::begin_or_go_on;
use super::shared::Shared;
use crate::model::time::{Span, Time};
use crate::pipeline::walk::place;
use crate::store::{
    Attempt, AttemptState, HaltKind, Level, MessageState, NewEntry, StoreError, Tx,
};
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// How long a chat service may still be working on what it was handed (`reliability.md` §3.3).
const SETTLE: Span = Span::from_mins(1);

impl Shared {
    /// Attempts with a call under way are probed first, the others go on from their records; messages that were being
    /// handed over are looked up by whoever delivers them.
    pub async fn rescue(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.quarantine().await?;
        let taken_up = self
            .store
            .write(move |tx| {
                let mut taken_up = 0_usize;
                for attempt in tx.open_attempts()? {
                    if attempt.state != AttemptState::Running {
                        continue;
                    }
                    taken_up += 1;
                    set_aside(tx, &attempt, now)?;
                }
                if taken_up > 0 {
                    tx.say(NewEntry {
                        level: Level::Warning,
                        source: "engine".into(),
                        row: None,
                        text: format!(
                            "started; {taken_up} attempts were under way when the last engine ended"
                        ),
                    })?;
                } else {
                    tx.say(NewEntry {
                        level: Level::Info,
                        source: "engine".into(),
                        row: None,
                        text: "started".into(),
                    })?;
                }
                Ok(taken_up)
            })
            .await?;
        tracing::info!("started, {taken_up} attempts to take up");
        self.rescue_messages(now).await
    }

    /// Takes up attempts that are running on record and that nobody in this process works on: the store would not take
    /// their last word.
    pub async fn take_up_orphans(self: &Arc<Self>) {
        let open = self
            .store
            .read(|view| view.open_attempts())
            .await
            .unwrap_or_default();
        for attempt in open
            .into_iter()
            .filter(|attempt| attempt.state == AttemptState::Running)
        {
            let Some(working) = self.take_up(&attempt.rule, attempt.row) else {
                continue;
            };
            let (id, now) = (attempt.id, self.clock.now());
            let taken = self
                .store
                .write(move |tx| {
                    match tx.attempt(id)?.filter(|a| a.state == AttemptState::Running) {
                        Some(attempt) => set_aside(tx, &attempt, now),
                        None => Ok(()),
                    }
                })
                .await;
            if let Err(error) = taken {
                tracing::error!("taking up attempt {}: {error}", id.0);
            }
            drop(working);
        }
    }

    /// A store put back from a backup has forgotten what the world remembers: nothing is sent until that is looked up,
    /// and a person has looked it over.
    async fn quarantine(&self) -> Result<(), StoreError> {
        let id = self.op();
        let era = self.store.write(|tx| begin_or_go_on(tx, id)).await?;
        let Some(era) = era else { return Ok(()) };
        self.was_restored.store(true, Ordering::Relaxed);
        if era.ended.is_none() {
            self.halt(HaltKind::Restored, &era.said()).await;
        }
        Ok(())
    }

    async fn rescue_messages(&self, now: Time) -> Result<(), StoreError> {
        self.store
            .write(move |tx| {
                for message in tx.messages_in_flight()? {
                    tx.settle_message(
                        message.id,
                        MessageState::Sending,
                        "the engine ended while it was going out",
                        Some(now.plus(SETTLE)),
                    )?;
                }
                Ok(())
            })
            .await
    }
}

/// An attempt whose process is gone: a call under way is probed, anything else goes on from its records.
fn set_aside(tx: &mut Tx<'_>, attempt: &Attempt, now: Time) -> Result<(), StoreError> {
    let steps = tx.steps(attempt.id)?;
    match steps
        .into_iter()
        .find(|step| step.mutates && step.finished_at.is_none())
    {
        Some(step) => {
            let why = format!(
                "whether {} landed (the engine ended while it was under way)",
                step.action
            );
            let at = place(&step.name, step.item);
            tx.wait(attempt.id, AttemptState::Probing, &at, &why, now)
        }
        None => tx.wait(
            attempt.id,
            AttemptState::Waiting,
            "",
            "the engine to start",
            now,
        ),
    }
}
