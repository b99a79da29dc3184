//! At start: what an earlier process left running is taken up before anything new.

use super::shared::Shared;
use crate::model::actor::Actor;
use crate::model::time::Time;
use crate::store::{AttemptState, Level, MessageState, NewEntry, StoreError, SwitchKind, Tx};

impl Shared {
    /// Attempts with a call under way are probed first, the others go on from their records; messages that were being
    /// handed over are looked up by whoever delivers them.
    pub async fn rescue(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        self.store.write(quarantine).await?;
        let taken_up = self
            .store
            .write(move |tx| {
                let mut taken_up = 0_usize;
                for attempt in tx.open_attempts()? {
                    if attempt.state != AttemptState::Running {
                        continue;
                    }
                    taken_up += 1;
                    let open = tx
                        .steps(attempt.id)?
                        .into_iter()
                        .find(|s| s.mutates && s.finished_at.is_none());
                    match open {
                        Some(step) => {
                            let why = format!(
                                "whether {} landed (the engine ended while it was under way)",
                                step.action
                            );
                            tx.wait(attempt.id, AttemptState::Probing, &step.name, &why, now)?;
                        }
                        None => tx.wait(
                            attempt.id,
                            AttemptState::Waiting,
                            "",
                            "the engine to start",
                            now,
                        )?,
                    }
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

    async fn rescue_messages(&self, now: Time) -> Result<(), StoreError> {
        self.store
            .write(move |tx| {
                for message in tx.messages_in_flight()? {
                    tx.settle_message(
                        message.id,
                        MessageState::Sending,
                        "the engine ended while it was going out",
                        Some(now),
                    )?;
                }
                Ok(())
            })
            .await
    }
}

/// A store put back from a backup has forgotten what the world remembers: nothing is sent until a person has looked.
fn quarantine(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    if tx.note("restored")?.is_none_or(|note| note.is_null()) {
        return Ok(());
    }
    let reason = "the store was restored from a backup; look at what was done since, then resume";
    tx.set_switch(SwitchKind::Stop, "*", true, reason, &Actor::Engine)?;
    tx.set_note("restored", &serde_json::Value::Null)?;
    tx.say(NewEntry {
        level: Level::Alarm,
        source: "engine".into(),
        row: None,
        text: format!("all sending is stopped: {reason}"),
    })
}
