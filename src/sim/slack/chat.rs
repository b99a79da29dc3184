//! `chat.postMessage`, `chat.update`, `chat.delete`.

use super::args::{Args, Refusal};
use super::checks::{Content, calls_everybody, content};
use super::routes::{Answer, limited, ok};
use super::workspace::{Author, Channel, Slack, State};
use crate::model::time::Time;
use crate::sim::ledger::{Effect, verb};
use serde_json::{Value as Json, json};

/// Characters of text at which an update, unlike a post, is refused.
const MOST_UPDATED_TEXT: usize = 4_000;
const MOST_METADATA: usize = 16 * 1024;

impl Slack {
    pub(super) fn post(&self, args: &Args, body: &[u8], arrived: Time) -> Result<Answer, Refusal> {
        let mut state = self.state();
        state.need("chat:write")?;
        let channel = state.place(&args.text("channel").unwrap_or_default())?;
        let bucket = format!("chat.postMessage {}", channel.id);
        self.gate().arrive(&bucket, arrived);
        if state.paces.too_fast(&channel.id, arrived) {
            self.ledger().violation(format!(
                "slack: more than one post a second into {}",
                channel.id
            ));
        }
        if let Err(wait) = state.paces.post(&channel.id, arrived) {
            return Ok(limited(self, &bucket, wait));
        }
        let content = self.checked(args)?;
        let metadata = metadata(args)?;
        let thread_ts = args.text("thread_ts");
        if let Some(parent) = &thread_ts {
            state.parent(&channel.id, parent)?;
        }
        let op = metadata
            .as_ref()
            .and_then(|m| m["event_payload"]["op"].as_str())
            .map(str::to_owned);
        let truncated = content.truncated;
        let ts = state.add(self.now(), &channel.id, Author::Bot, |message| {
            message.text = content.text;
            message.blocks = content.blocks;
            message.metadata = metadata;
            message.thread_ts = thread_ts;
        });
        let effect = Effect::new(self.now(), "slack", verb::POST, &channel.id, body);
        self.ledger().record(effect.detail(&ts).op(op));
        let message = state.find(&channel.id, &ts).map(|m| m.json(false));
        let mut warnings = args.warnings.clone();
        if truncated {
            warnings.push("message_truncated");
        }
        Ok(ok(
            json!({"ok": true, "channel": channel.id, "ts": ts, "message": message}),
            &warnings,
        ))
    }

    pub(super) fn update(
        &self,
        args: &Args,
        body: &[u8],
        arrived: Time,
    ) -> Result<Answer, Refusal> {
        let mut state = self.state();
        state.need("chat:write")?;
        if let Some(answer) = self.tier3(&mut state, "chat.update", arrived) {
            return Ok(answer);
        }
        let (channel, ts) = state.own_message(args)?;
        let content = self.checked(args)?;
        if content.text.chars().count() > MOST_UPDATED_TEXT {
            return Err("msg_too_long".into());
        }
        let metadata = metadata(args)?;
        let (now, window) = (self.now(), state.settings.edit_window);
        let message = state
            .messages
            .iter_mut()
            .find(|m| m.channel == channel && m.ts == ts)
            .ok_or("message_not_found")?;
        if window.is_some_and(|window| now.since(message.at) > window) {
            return Err("edit_window_closed".into());
        }
        message.text.clone_from(&content.text);
        message.blocks = content.blocks;
        if metadata.is_some() {
            message.metadata = metadata;
        }
        message.edits += 1;
        message.edited_at = Some(now);
        let shown = message.json(false);
        self.ledger()
            .record(Effect::new(now, "slack", verb::UPDATE, &channel, body).detail(&ts));
        Ok(ok(
            json!({"ok": true, "channel": channel, "ts": ts, "text": content.text, "message": shown}),
            &args.warnings,
        ))
    }

    pub(super) fn delete(
        &self,
        args: &Args,
        body: &[u8],
        arrived: Time,
    ) -> Result<Answer, Refusal> {
        let mut state = self.state();
        state.need("chat:write")?;
        if let Some(answer) = self.tier3(&mut state, "chat.delete", arrived) {
            return Ok(answer);
        }
        let (channel, ts) = state.own_message(args).map_err(|refusal| {
            if refusal.error() == "cant_update_message" {
                "cant_delete_message".into()
            } else {
                refusal
            }
        })?;
        state
            .messages
            .retain(|m| m.channel != channel || m.ts != ts);
        self.ledger().record(
            Effect::new(self.now(), "slack", verb::REMOVE_MESSAGE, &channel, body).detail(&ts),
        );
        Ok(ok(
            json!({"ok": true, "channel": channel, "ts": ts}),
            &args.warnings,
        ))
    }

    /// The content of a message; one that would call on everybody is a violation, since names must be escaped.
    pub(super) fn checked(&self, args: &Args) -> Result<Content, Refusal> {
        let content = content(args)?;
        if calls_everybody(&content) {
            self.ledger()
                .violation("slack: a message calls on everybody; a name was not escaped");
        }
        Ok(content)
    }

    pub(super) fn tier3(&self, state: &mut State, method: &str, arrived: Time) -> Option<Answer> {
        self.gate().arrive(method, arrived);
        let wait = state.paces.tier3(method, arrived).err()?;
        Some(limited(self, method, wait))
    }
}

fn metadata(args: &Args) -> Result<Option<Json>, Refusal> {
    let metadata = args.json("metadata")?;
    match &metadata {
        Some(m) if m.to_string().len() > MOST_METADATA => Err("metadata_too_large".into()),
        Some(m) if !m["event_type"].is_string() || !m["event_payload"].is_object() => {
            Err("invalid_metadata_format".into())
        }
        _ => Ok(metadata),
    }
}

impl State {
    pub(super) fn need(&self, scope: &str) -> Result<(), Refusal> {
        if self.has_scope(scope) {
            return Ok(());
        }
        Err(Refusal::missing_scope(scope, &self.settings.scopes))
    }

    /// The channel to post into, by id or by name.
    fn place(&self, wanted: &str) -> Result<Channel, Refusal> {
        let name = wanted.trim_start_matches('#');
        let channel = self
            .settings
            .channels
            .iter()
            .find(|c| c.id == wanted || c.name == name)
            .ok_or("channel_not_found")?;
        self.may_post(channel)?;
        Ok(channel.clone())
    }

    pub(super) fn may_post(&self, channel: &Channel) -> Result<(), Refusal> {
        if channel.private && !channel.member {
            return Err("channel_not_found".into());
        }
        if channel.archived {
            return Err("is_archived".into());
        }
        if !channel.member && !self.has_scope("chat:write.public") {
            return Err("not_in_channel".into());
        }
        Ok(())
    }

    pub(super) fn find(&self, channel: &str, ts: &str) -> Option<&super::Message> {
        self.messages
            .iter()
            .find(|m| m.channel == channel && m.ts == ts)
    }

    fn parent(&self, channel: &str, ts: &str) -> Result<(), Refusal> {
        match self.find(channel, ts) {
            Some(parent) if parent.thread_ts.is_none() => Ok(()),
            Some(_) => Err("cannot_reply_to_message".into()),
            None => Err("thread_not_found".into()),
        }
    }

    /// The message `channel` (an id, never a name) and `ts` point at, when the bot wrote it.
    fn own_message(&self, args: &Args) -> Result<(String, String), Refusal> {
        let id = args.text("channel").unwrap_or_default();
        let channel = self
            .settings
            .channels
            .iter()
            .find(|c| c.id == id)
            .ok_or("channel_not_found")?;
        if channel.archived {
            return Err("is_archived".into());
        }
        let ts = args.text("ts").ok_or("message_not_found")?;
        let message = self.find(&id, &ts).ok_or("message_not_found")?;
        if message.by != Author::Bot {
            return Err("cant_update_message".into());
        }
        Ok((id, ts))
    }
}
