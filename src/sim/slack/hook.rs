//! The incoming webhook (`api/slack.md` §4): its answers are words, not JSON.

use super::args::Args;
use super::routes::Answer;
use super::workspace::{Author, Slack};
use crate::model::secret::ExposeSecret;
use crate::model::time::Time;
use crate::sim::ledger::{Effect, verb};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HeaderValue, LOCATION, RETRY_AFTER};
use axum::http::request::Parts;
use axum::http::{Response, StatusCode};

impl Slack {
    /// One post to `/services/…`; `path` is what follows.
    pub(super) async fn hooked(&self, path: &str, parts: &Parts, body: Bytes) -> Answer {
        let arrived = super::routes::arrival(self, parts);
        match self.address(path) {
            Address::Right => {}
            Address::Wrong(status, word) => return words(status, word),
            Address::Malformed => {
                let mut answer = words(302, "");
                answer
                    .headers_mut()
                    .insert(LOCATION, HeaderValue::from_static("https://slack.com/"));
                return answer;
            }
        }
        let Some(args) = Args::of_hook(parts, body.clone()).await else {
            return words(400, "invalid_payload");
        };
        self.hook_post(&args, &body, arrived)
    }

    fn hook_post(&self, args: &Args, body: &[u8], arrived: Time) -> Answer {
        let mut state = self.state();
        let id = state.settings.hook_channel.clone();
        match state.settings.channels.iter().find(|c| c.id == id) {
            None => return words(404, "channel_not_found"),
            Some(channel) if channel.archived => return words(410, "channel_is_archived"),
            Some(_) => {}
        }
        let place = format!("webhook {id}");
        self.gate().arrive(&place, arrived);
        if state.paces.too_fast(&place, arrived) {
            self.ledger()
                .violation("slack: more than one webhook post a second");
        }
        if let Err(wait) = state.paces.post(&place, arrived) {
            let seconds = (wait.millis() as u64).div_ceil(1_000).max(1);
            self.gate().shut(&place, super::routes::told(self, seconds));
            let mut answer = words(429, "rate_limited");
            answer
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
            return answer;
        }
        let content = match self.checked(args) {
            Ok(content) => content,
            Err(refusal) => {
                let word = match refusal.error() {
                    "invalid_blocks_format" => "invalid_blocks",
                    word => word,
                };
                return words(400, word);
            }
        };
        let ts = state.add(self.now(), &id, Author::Hook, |message| {
            message.text = content.text;
            message.blocks = content.blocks;
            message.thread_ts = args.text("thread_ts");
        });
        self.ledger()
            .record(Effect::new(self.now(), "slack", verb::POST, &id, body).detail(ts));
        words(200, "ok")
    }

    fn address(&self, path: &str) -> Address {
        let state = self.state();
        let right: Vec<&str> = state.settings.hook.expose_secret().split('/').collect();
        let given: Vec<&str> = path.split('/').collect();
        match given[..] {
            [team, _, _] if Some(&team) != right.first() => Address::Wrong(404, "no_team"),
            [_, bot, _] if Some(&bot) != right.get(1) => Address::Wrong(404, "no_service"),
            [_, _, secret] if Some(&secret) != right.get(2) => Address::Wrong(403, "invalid_token"),
            [_, _, _] => Address::Right,
            _ => Address::Malformed,
        }
    }
}

enum Address {
    Right,
    Wrong(u16, &'static str),
    Malformed,
}

fn words(status: u16, word: &'static str) -> Answer {
    let mut answer = Response::new(Body::from(word));
    *answer.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    answer.headers_mut().insert(
        CONTENT_TYPE,
        HeaderValue::from_static("text/plain; charset=utf-8"),
    );
    answer
}
