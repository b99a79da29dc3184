//! One live message per night that says how it stands, edited in place.

use super::{CHAT_POST, CHAT_UPDATE};
use crate::connectors::action::{Call, Registry};
use crate::engine::plan::stopped;
use crate::engine::shared::Shared;
use crate::model::time::{Span, Time};
use crate::store::{StoreError, View};
use serde_json::{Map, Value as Json, json};
use std::sync::Arc;

/// Slack takes some fifty edits a minute (`api/slack.md` §3); one a minute is plenty to read.
const RHYTHM: Span = Span::from_secs(60);
/// While nothing changes.
const IDLE: Span = Span::from_mins(3);
const NOTE: &str = "board";

pub(in crate::engine) async fn board(shared: Arc<Shared>) {
    let mut stop = shared.stop.subscribe();
    if shared.registry.find(CHAT_POST).is_err() {
        return;
    }
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        let rhythm = match shared.show_board().await {
            Ok(true) => RHYTHM,
            Ok(false) => IDLE,
            Err(StoreError::Closed) => return,
            Err(error) => {
                tracing::error!("the board message: {error}");
                IDLE
            }
        };
        drop(busy);
        tokio::select! {
            _ = stop.changed() => {}
            () = shared.clock.sleep(rhythm) => {}
        }
    }
}

impl Shared {
    /// True when it had changed.
    async fn show_board(&self) -> Result<bool, StoreError> {
        let now = self.clock.now();
        let title = self.pipeline.title.clone();
        let night = self.night(now);
        let seen = self
            .store
            .read(move |view| {
                if stopped(view)? {
                    return Ok(None);
                }
                Ok(Some((board_text(view, &title, now)?, view.note(NOTE)?)))
            })
            .await?;
        let Some((text, note)) = seen else {
            return Ok(false);
        };
        let known = note.filter(|note| note["night"] == json!(night));
        if known
            .as_ref()
            .is_some_and(|note| note["text"] == json!(text))
        {
            return Ok(false);
        }
        if known.as_ref().is_some_and(|note| note["ts"].is_null()) {
            // This chat cannot edit: one board a night, not one a minute.
            return Ok(false);
        }
        let address = known.and_then(|note| {
            Some((
                note["channel"].as_str()?.to_owned(),
                note["ts"].as_str()?.to_owned(),
            ))
        });
        let (action, input) = match &address {
            Some((channel, ts)) => (
                CHAT_UPDATE,
                json!({ "channel": channel, "ts": ts, "text": text }),
            ),
            None => (CHAT_POST, json!({ "text": text })),
        };
        let Some(result) = self.tell(&self.registry, action, input, now).await else {
            return Ok(false);
        };
        let note = json!({ "night": night, "text": text, "channel": result["channel"].as_str().map(str::to_owned).or(address.map(|a| a.0)), "ts": result["ts"] });
        self.store.write(move |tx| tx.set_note(NOTE, &note)).await?;
        Ok(true)
    }

    /// A board that could not be shown is shown a minute later: it carries no news that is not elsewhere.
    async fn tell(
        &self,
        registry: &Registry,
        action: &str,
        input: Json,
        now: Time,
    ) -> Option<Json> {
        let (connector, spec) = registry.find(action).ok()?;
        let input: Map<String, Json> = input.as_object().cloned().unwrap_or_default();
        let ended = connector
            .call(
                spec,
                Call {
                    input,
                    op: self.op(),
                    intent_at: now,
                },
            )
            .await;
        ended
            .inspect_err(|failure| tracing::debug!("the board message: {}", failure.fault))
            .ok()
            .map(|reply| reply.result)
    }

    /// The night's name: the evening on which the first window opened, else the day.
    fn night(&self, now: Time) -> String {
        let open = self
            .pipeline
            .windows
            .values()
            .find_map(|window| window.current(now));
        let start = open.map_or(now, |(from, _)| from);
        start.to_string()[..10].to_owned()
    }
}

fn board_text(view: &View<'_>, title: &str, now: Time) -> Result<String, StoreError> {
    let phases = view.phases()?;
    let all: u64 = phases.iter().map(|(_, count)| count).sum();
    let mut lines = vec![format!("{title}: {all} rows")];
    for (phase, count) in phases.iter().filter(|(_, count)| *count > 0) {
        lines.push(format!("{count:>6}  {}", phase.as_deref().unwrap_or("–")));
    }
    let counts = view.counts(now)?;
    let held: u64 = counts.iter().map(|count| count.held).sum();
    let backing_off: u64 = counts.iter().map(|count| count.backing_off).sum();
    lines.push(format!("{held} wait for a person, {backing_off} back off"));
    Ok(lines.join("\n"))
}
