//! `auth.test` and what reads conversations.

use super::args::{Args, Refusal};
use super::routes::{Answer, ok};
use super::workspace::{Message, Slack, State};
use crate::model::time::Time;
use axum::http::HeaderValue;
use serde_json::{Value as Json, json};

impl Slack {
    pub(super) fn auth_test(&self, args: &Args) -> Answer {
        let scopes = self.state().settings.scopes.join(",");
        let mut answer = ok(
            json!({"ok": true, "url": "https://example.slack.com/", "team": "Example", "user": "fleetops",
                "team_id": "T0EXAMPLE", "user_id": "U0DROVER", "bot_id": "B0DROVER", "is_enterprise_install": false}),
            &args.warnings,
        );
        if let Ok(value) = HeaderValue::from_str(&scopes) {
            answer.headers_mut().insert("x-oauth-scopes", value);
        }
        answer
    }

    pub(super) fn info(&self, args: &Args, arrived: Time) -> Result<Answer, Refusal> {
        let mut state = self.state();
        state.need("channels:read")?;
        if let Some(answer) = self.tier3(&mut state, "conversations.info", arrived) {
            return Ok(answer);
        }
        let id = args.text("channel").unwrap_or_default();
        let channel = state
            .settings
            .channels
            .iter()
            .find(|c| c.id == id && (c.member || !c.private))
            .ok_or("channel_not_found")?;
        Ok(ok(
            json!({"ok": true, "channel": {"id": channel.id, "name": channel.name, "is_channel": !channel.private,
                "is_group": channel.private, "is_private": channel.private, "is_archived": channel.archived,
                "is_member": channel.member}}),
            &args.warnings,
        ))
    }

    /// Newest first; replies are not among them.
    pub(super) fn history(&self, args: &Args, arrived: Time) -> Result<Answer, Refusal> {
        self.list(args, arrived, "conversations.history", |message| {
            message.thread_ts.is_none()
        })
    }

    /// The parent and its replies, oldest first.
    pub(super) fn replies(&self, args: &Args, arrived: Time) -> Result<Answer, Refusal> {
        let parent = args.text("ts").ok_or("thread_not_found")?;
        self.list(args, arrived, "conversations.replies", |message| {
            message.ts == parent || message.thread_ts.as_ref() == Some(&parent)
        })
    }

    fn list(
        &self,
        args: &Args,
        arrived: Time,
        method: &str,
        belongs: impl Fn(&Message) -> bool,
    ) -> Result<Answer, Refusal> {
        let mut state = self.state();
        state.need("channels:history")?;
        if let Some(answer) = self.tier3(&mut state, method, arrived) {
            return Ok(answer);
        }
        let id = args.text("channel").unwrap_or_default();
        readable(&state, &id)?;
        let range = Range::read(args)?;
        let (now, lag) = (self.now(), state.visible_after);
        let joined = joined(&id);
        let mut found: Vec<&Message> = std::iter::once(&joined)
            .chain(&state.messages)
            .filter(|m| m.channel == id && belongs(m) && range.holds(&m.ts))
            .filter(|m| now >= m.at.plus(lag))
            .collect();
        if method == "conversations.history" {
            found.reverse();
        }
        let limit = args
            .text("limit")
            .and_then(|n| n.parse::<usize>().ok())
            .unwrap_or(100)
            .clamp(1, 999);
        let from = match args.text("cursor") {
            None => 0,
            Some(cursor) => cursor
                .strip_prefix("next:")
                .and_then(|n| n.parse().ok())
                .ok_or("invalid_cursor")?,
        };
        let with_metadata = args.flag("include_all_metadata");
        let page: Vec<Json> = found
            .iter()
            .skip(from)
            .take(limit)
            .map(|m| m.json(with_metadata))
            .collect();
        let more = found.len() > from + page.len();
        let cursor = if more {
            format!("next:{}", from + page.len())
        } else {
            String::new()
        };
        Ok(ok(
            json!({"ok": true, "messages": page, "has_more": more, "pin_count": 0,
                "response_metadata": {"next_cursor": cursor}}),
            &args.warnings,
        ))
    }
}

/// The oldest message of any channel the bot is in: that it joined.
fn joined(channel: &str) -> Message {
    let at = Time::from_millis(1_700_000_000_000);
    Message {
        channel: channel.to_owned(),
        ts: "1700000000.000100".into(),
        at,
        by: super::workspace::Author::Bot,
        text: "fleetops has joined the channel".into(),
        blocks: None,
        metadata: None,
        thread_ts: None,
        edits: 0,
        edited_at: None,
    }
}

fn readable(state: &State, id: &str) -> Result<(), Refusal> {
    let channel = state.settings.channels.iter().find(|c| c.id == id);
    match channel {
        None => Err("channel_not_found".into()),
        Some(channel) if !channel.member => Err("not_in_channel".into()),
        Some(_) => Ok(()),
    }
}

/// The stretch of time asked for; its ends are not part of it unless `inclusive`.
struct Range {
    oldest: (i64, i64),
    latest: (i64, i64),
    inclusive: bool,
}

impl Range {
    fn read(args: &Args) -> Result<Self, Refusal> {
        let end = |name: &str, absent| match args.text(name) {
            None => Ok(absent),
            Some(text) => parse_ts(&text).ok_or("invalid_ts_oldest"),
        };
        Ok(Self {
            oldest: end("oldest", (-1, 0))?,
            latest: end("latest", (i64::MAX, 0)).map_err(|_| "invalid_ts_latest")?,
            inclusive: args.flag("inclusive"),
        })
    }

    fn holds(&self, ts: &str) -> bool {
        let Some(ts) = parse_ts(ts) else { return false };
        if self.inclusive {
            (self.oldest..=self.latest).contains(&ts)
        } else {
            self.oldest < ts && ts < self.latest
        }
    }
}

/// Seconds and microseconds, compared as whole numbers: a float would lose digits.
fn parse_ts(text: &str) -> Option<(i64, i64)> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.len() > 6 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    Some((
        seconds.parse().ok()?,
        format!("{fraction:0<6}").parse().ok()?,
    ))
}
