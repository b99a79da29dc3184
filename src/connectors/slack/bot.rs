//! Messages by a bot's token.

use super::api::ask;
use super::connector::{Settings, misconfigured};
use super::message::{blocks, message};
use super::pace::Pace;
use crate::connectors::action::{Call, Failure, Finding, Health, Leave, Reply};
use crate::connectors::http::{Request, Service};
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::payload::text_at;
use crate::model::secret::Rotating;
use crate::model::text::clean;
use serde_json::{Map, Value as Json, json};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// `chat.update` is allowed 50 a minute and more; this stays below (`api/slack.md` §3).
const UPDATES: f64 = 0.8;
pub(super) const EVENT: &str = "drover_op";

/// A bot in one workspace.
pub(super) struct Bot {
    pub token: Rotating,
    channel: String,
    clock: Clock,
    posts: Service,
    updates: Service,
    pub reads: Service,
    pace: Pace,
    /// Channel ids by the names they were posted to under.
    ids: Mutex<HashMap<String, String>>,
    /// The last message known to be in each channel, outside of threads.
    last: Mutex<HashMap<String, Post>>,
}

/// A message of ours that a channel is known to hold.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub ts: String,
    pub op: String,
}

impl Bot {
    pub fn new(
        settings: &Settings,
        token: Rotating,
        channel: String,
        url: &str,
        clock: Clock,
    ) -> Result<Self, Fault> {
        Ok(Self {
            posts: settings.service(url, None, &clock)?,
            updates: settings.service(url, Some(UPDATES), &clock)?,
            reads: settings.service(url, None, &clock)?,
            token,
            channel,
            clock,
            pace: Pace::default(),
            ids: Mutex::default(),
            last: Mutex::default(),
        })
    }

    /// The channel a call is for.
    pub fn channel<'a>(&'a self, input: Input<'a>) -> Result<&'a str, Failure> {
        let configured = Some(self.channel.as_str()).filter(|name| !name.trim().is_empty());
        input.text_or_none("channel").or(configured).ok_or_else(|| {
            misconfigured(
                "no channel is given; set channel in [connectors.slack] or in the step's `with`",
            )
        })
    }

    /// The id of a channel: the text itself if it is one, else what an earlier post's reply said.
    pub fn id_of(&self, channel: &str) -> Option<String> {
        if is_id(channel) {
            return Some(channel.to_owned());
        }
        let ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
        ids.get(channel).cloned()
    }

    pub fn last_post(&self, channel: &str) -> Option<Post> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.get(channel).cloned()
    }

    pub async fn post(&self, call: &Call) -> Result<Reply, Failure> {
        let input = Input(call);
        let channel = self.channel(input)?;
        let mut body = body(input)?;
        body.insert("channel".into(), channel.into());
        body.insert("mrkdwn".into(), false.into());
        body.insert("unfurl_links".into(), false.into());
        body.insert("unfurl_media".into(), false.into());
        let metadata = json!({"event_type": EVENT, "event_payload": {"op": call.op}});
        body.insert("metadata".into(), metadata);
        if let Some(thread) = input.text_or_none("thread_ts") {
            body.insert("thread_ts".into(), thread.into());
        }
        // A channel has one turn, under whichever name it is written to.
        let turn = self.id_of(channel).unwrap_or_else(|| channel.to_owned());
        self.pace.turn(&turn, &self.clock).await;
        let request = Request::post("/chat.postMessage", Nature::Once).json(&body.into());
        let method = "chat.postMessage";
        let told = ask(&self.posts, &self.token, method, request, true).await;
        let told = told.inspect_err(|failure| self.wait(&turn, failure))?;
        let (Some(ts), Some(id)) = (text_at(&told.json, "ts"), text_at(&told.json, "channel"))
        else {
            return Err(told.answer.unreadable("it has no ts and channel"));
        };
        if channel != id {
            let mut ids = self.ids.lock().unwrap_or_else(PoisonError::into_inner);
            ids.insert(channel.to_owned(), id.to_owned());
        }
        if input.text_or_none("thread_ts").is_none() {
            let post = Post {
                ts: ts.to_owned(),
                op: call.op.clone(),
            };
            let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.insert(id.to_owned(), post);
        }
        Ok(Reply {
            result: json!({"ts": ts, "channel": id}),
            outcome: Outcome::Done,
            exchanges: vec![told.exchange()],
        })
    }

    pub async fn update(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let (channel, ts) = (input.text("channel")?, input.text("ts")?);
        let mut body = body(input)?;
        body.insert("channel".into(), channel.into());
        body.insert("ts".into(), ts.into());
        let turn = format!("{channel} {ts}");
        self.pace.turn(&turn, &self.clock).await;
        let request = Request::post("/chat.update", Nature::Repeatable).json(&body.into());
        let told = ask(&self.updates, &self.token, "chat.update", request, true).await;
        let told = told.inspect_err(|failure| self.wait(&turn, failure))?;
        let Some(ts) = text_at(&told.json, "ts") else {
            return Err(told.answer.unreadable("it has no ts"));
        };
        Ok(Reply {
            result: json!({"ts": ts}),
            outcome: Outcome::Done,
            exchanges: vec![told.exchange()],
        })
    }

    fn wait(&self, turn: &str, failure: &Failure) {
        if let (FaultKind::RateLimited, Some(span)) =
            (failure.fault.kind, failure.fault.retry_after)
        {
            self.pace.hold(turn, self.clock.now().plus(span));
        }
    }

    pub fn heed(&self, leave: &Leave) {
        for door in [&self.posts, &self.updates, &self.reads] {
            door.heed(leave);
        }
    }

    /// All doors together; the rate is that of posts.
    pub fn health(&self) -> Health {
        let posts = self.posts.health();
        let (rate, configured) = (posts.rate_per_second, posts.configured_per_second);
        let all = posts
            .beside(self.updates.health())
            .beside(self.reads.health());
        Health {
            rate_per_second: rate,
            configured_per_second: configured,
            ..all
        }
    }
}

/// Text and blocks, always both anew: an update keeps neither (`api/slack.md` §2).
pub(super) fn body(input: Input<'_>) -> Result<Map<String, Json>, Failure> {
    let mut body = Map::new();
    body.insert("text".into(), message(input.text("text")?).into());
    match input.json("blocks") {
        None => {}
        Some(Json::Array(given)) => {
            body.insert("blocks".into(), blocks(given));
        }
        Some(_) => {
            return Err(misconfigured(
                "the input blocks is not a list; correct the step's `with`",
            ));
        }
    }
    Ok(body)
}

fn is_id(channel: &str) -> bool {
    channel.len() >= 9
        && channel.starts_with(['C', 'G', 'D'])
        && channel
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}

/// `auth.test`, which posts nothing.
pub(super) async fn check(bot: &Bot) -> Vec<Finding> {
    let finding = |subject: &str, ok: bool, detail: String| Finding {
        subject: subject.into(),
        ok,
        detail,
    };
    let request = Request::post("/auth.test", Nature::Read).empty_body();
    let told = match ask(&bot.reads, &bot.token, "auth.test", request, false).await {
        Ok(told) => told,
        Err(failure) => return vec![finding("token", false, failure.fault.message)],
    };
    let text = |name: &str| clean(text_at(&told.json, name).unwrap_or("?"));
    let (user, team) = (text("user"), text("team"));
    let is_bot = text_at(&told.json, "bot_id").is_some();
    let mut findings = vec![finding(
        "token",
        is_bot,
        if is_bot {
            format!("accepted, as {user} in {team}")
        } else {
            format!("it is {user}'s own in {team}; use the app's bot token (xoxb-…)")
        },
    )];
    if let Some(scopes) = told.answer.header("x-oauth-scopes") {
        let has = |scope: &str| scopes.split(',').any(|held| held.trim() == scope);
        let ok = has("chat:write");
        let detail = match (ok, has("channels:history") || has("groups:history")) {
            (false, _) => "missing; add it to the app and install it again",
            (true, true) => "held",
            (true, false) => {
                "held; with channels:history (groups:history for a private channel) a post whose answer is lost could be looked up"
            }
        };
        findings.push(finding("scope chat:write", ok, detail.to_owned()));
    }
    let channel = bot.channel.trim();
    findings.push(finding(
        "channel",
        !channel.is_empty(),
        match channel {
            "" => "none is set; set channel in [connectors.slack]".to_owned(),
            channel if is_id(channel) => channel.to_owned(),
            channel => format!("{channel}; its id (C…) would be surer than its name"),
        },
    ));
    findings
}
