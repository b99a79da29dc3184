//! The workspace: its channels, its messages, its bot.

use super::pace::Paces;
use crate::model::clock::Clock;
use crate::model::secret::SecretString;
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::wire::Gate;
use serde_json::{Value as Json, json};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How the workspace is set up.
pub struct Settings {
    /// The bot's token.
    pub token: SecretString,
    pub scopes: Vec<String>,
    pub channels: Vec<Channel>,
    /// The webhook's path below `/services/`: team, bot and secret.
    pub hook: SecretString,
    /// The id of the channel the webhook posts to.
    pub hook_channel: String,
    /// How long after posting a message may still be edited; none: for ever.
    pub edit_window: Option<Span>,
    /// Real time in which calls already under way may still arrive after a 429.
    pub grace: Duration,
}

impl Settings {
    /// One public channel of this name, whose member the bot is, and a webhook into it.
    pub fn simple(token: SecretString, hook: SecretString, channel: &str) -> Self {
        Self {
            token,
            scopes: ["chat:write", "channels:read", "channels:history"]
                .map(str::to_owned)
                .to_vec(),
            channels: vec![Channel::public(
                "C0MIGRATE",
                channel.trim_start_matches('#'),
            )],
            hook,
            hook_channel: "C0MIGRATE".into(),
            edit_window: None,
            grace: Duration::from_millis(200),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Channel {
    pub id: String,
    /// Without `#`.
    pub name: String,
    pub private: bool,
    pub archived: bool,
    /// Whether the bot is in it.
    pub member: bool,
}

impl Channel {
    pub fn public(id: &str, name: &str) -> Self {
        Self {
            id: id.to_owned(),
            name: name.to_owned(),
            private: false,
            archived: false,
            member: true,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author {
    Bot,
    Hook,
    /// A person, or another app.
    Other,
}

/// A message as it stands now.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The channel's id.
    pub channel: String,
    /// Slack's id of the message within its channel; a text, never a number.
    pub ts: String,
    /// Engine time of posting.
    pub at: Time,
    pub by: Author,
    pub text: String,
    pub blocks: Option<Json>,
    pub metadata: Option<Json>,
    /// The parent's `ts`, when this is a reply.
    pub thread_ts: Option<String>,
    /// How often it was edited.
    pub edits: usize,
    pub edited_at: Option<Time>,
}

impl Message {
    pub(super) fn json(&self, with_metadata: bool) -> Json {
        let mut message = json!({"type": "message", "text": self.text, "ts": self.ts});
        match self.by {
            Author::Bot | Author::Hook => {
                message["subtype"] = "bot_message".into();
                message["bot_id"] = "B0DROVER".into();
                message["username"] = "fleetops".into();
            }
            Author::Other => message["user"] = "U0PERSON".into(),
        }
        if let Some(blocks) = &self.blocks {
            message["blocks"] = blocks.clone();
        }
        if let Some(parent) = &self.thread_ts {
            message["thread_ts"] = parent.as_str().into();
        }
        if let Some(at) = self.edited_at {
            let ts = format!("{}.000000", at.millis().div_euclid(1_000));
            message["edited"] = json!({"user": "U0DROVER", "ts": ts});
        }
        if let Some(metadata) = self.metadata.as_ref().filter(|_| with_metadata) {
            message["metadata"] = metadata.clone();
        }
        message
    }
}

/// The pretended workspace. Cheap to clone; clones are the same workspace.
#[derive(Clone)]
pub struct Slack(Arc<Inner>);

struct Inner {
    clock: Clock,
    ledger: Ledger,
    gate: Gate,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) settings: Settings,
    /// The bot's token has been withdrawn.
    pub(super) revoked: bool,
    pub(super) messages: Vec<Message>,
    pub(super) paces: Paces,
    last_ts: (i64, u32),
    /// Reads are this far behind.
    pub(super) visible_after: Span,
}

impl Slack {
    pub fn new(clock: Clock, ledger: Ledger, settings: Settings) -> Self {
        Self(Arc::new(Inner {
            gate: Gate::new("slack", clock.clone(), ledger.clone(), settings.grace),
            clock,
            ledger,
            state: Mutex::new(State {
                settings,
                revoked: false,
                messages: Vec::new(),
                paces: Paces::default(),
                last_ts: (0, 0),
                visible_after: Span::ZERO,
            }),
        }))
    }

    /// All messages that still stand, oldest first.
    pub fn messages(&self) -> Vec<Message> {
        self.state().messages.clone()
    }

    /// Somebody else says something; returns its `ts`.
    pub fn say_as_other(&self, channel: &str, text: &str) -> String {
        let now = self.now();
        let mut state = self.state();
        state.add(now, channel, Author::Other, |message| {
            text.clone_into(&mut message.text);
        })
    }

    /// Withdraws the bot's token.
    pub fn revoke_token(&self) {
        self.state().revoked = true;
    }

    /// Archives a channel, or brings it back.
    pub fn archive(&self, id: &str, archived: bool) {
        self.change(id, |channel| channel.archived = archived);
    }

    /// Takes the bot out of a channel, or puts it in.
    pub fn set_member(&self, id: &str, member: bool) {
        self.change(id, |channel| channel.member = member);
    }

    /// From now on a message is seen by readers this long after it was posted.
    pub fn set_visible_after(&self, lag: Span) {
        self.state().visible_after = lag;
    }

    pub fn set_edit_window(&self, window: Option<Span>) {
        self.state().settings.edit_window = window;
    }

    fn change(&self, id: &str, change: impl FnOnce(&mut Channel)) {
        let mut state = self.state();
        if let Some(channel) = state.settings.channels.iter_mut().find(|c| c.id == id) {
            change(channel);
        }
    }

    pub(super) fn now(&self) -> Time {
        self.0.clock.now()
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    pub(super) fn gate(&self) -> &Gate {
        &self.0.gate
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Adds a message with a `ts` of its own, filled in by `fill`.
    pub(super) fn add(
        &mut self,
        now: Time,
        channel: &str,
        by: Author,
        fill: impl FnOnce(&mut Message),
    ) -> String {
        let second = now.millis().div_euclid(1_000);
        self.last_ts = if second > self.last_ts.0 {
            (second, 100)
        } else {
            (self.last_ts.0, self.last_ts.1 + 1)
        };
        let ts = format!("{}.{:06}", self.last_ts.0, self.last_ts.1);
        let mut message = Message {
            channel: channel.to_owned(),
            ts: ts.clone(),
            at: now,
            by,
            text: String::new(),
            blocks: None,
            metadata: None,
            thread_ts: None,
            edits: 0,
            edited_at: None,
        };
        fill(&mut message);
        self.messages.push(message);
        ts
    }

    pub(super) fn has_scope(&self, scope: &str) -> bool {
        self.settings.scopes.iter().any(|have| have == scope)
    }
}
