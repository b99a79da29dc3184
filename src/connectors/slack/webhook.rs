//! Messages by an incoming webhook: plain text comes back, and nothing to edit.

use super::bot::body;
use super::connector::{Settings, wait_after};
use super::error::of_webhook;
use super::pace::Pace;
use crate::connectors::action::{Failure, Health, Leave, Reply};
use crate::connectors::http::{Answer, Request, Service};
use crate::connectors::input::Input;
use crate::model::action::Nature;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::secret::{ExposeSecret, SecretString};
use serde_json::json;

/// What is shown instead of the path, which is the secret.
const SHOWN: &str = "/services/…";
const TURN: &str = "webhook";

/// One webhook.
pub(super) struct Webhook {
    service: Service,
    path: SecretString,
    clock: Clock,
    pace: Pace,
}

impl Webhook {
    pub fn new(settings: &Settings, url: &SecretString, clock: Clock) -> Result<Self, Fault> {
        let unusable = || {
            Fault::new(
                FaultKind::Misconfigured,
                "webhook_url in [connectors.slack] is not an incoming webhook's address (https://hooks.slack.com/services/…)",
            )
        };
        let url = reqwest::Url::parse(url.expose_secret().trim()).map_err(|_| unusable())?;
        if url.path().len() < 2 || url.query().is_some() || url.fragment().is_some() {
            return Err(unusable());
        }
        Ok(Self {
            service: settings.service(&url.origin().ascii_serialization(), None, &clock)?,
            path: url.path().to_owned().into(),
            clock,
            pace: Pace::default(),
        })
    }

    pub async fn post(&self, input: Input<'_>) -> Result<Reply, Failure> {
        let mut body = body(input)?;
        body.insert("mrkdwn".into(), false.into());
        if let Some(thread) = input.text_or_none("thread_ts") {
            body.insert("thread_ts".into(), thread.into());
        }
        self.pace.turn(TURN, &self.clock).await;
        let request = Request::post(self.path.expose_secret(), Nature::Once)
            .hidden_path(SHOWN)
            .json(&body.into());
        let answer = self.service.send(request).await?;
        // Plain text, not JSON (`api/slack.md` §4).
        if answer.status == 200 && answer.body.as_ref().trim_ascii() == b"ok" {
            return Ok(Reply {
                result: json!({"ts": null, "channel": null}),
                outcome: Outcome::Done,
                exchanges: vec![answer.exchange],
            });
        }
        Err(self.refusal(&answer))
    }

    fn refusal(&self, answer: &Answer) -> Failure {
        if answer.is_success() {
            return answer
                .unreadable("Slack answers a post with \"ok\" and this is something else");
        }
        if answer.status == 429 {
            let wait = wait_after(answer);
            self.pace.hold(TURN, self.clock.now().plus(wait));
            let mut failure = answer.fault("one message a second is allowed", &[]);
            failure.fault.retry_after = Some(wait);
            return failure;
        }
        let said = String::from_utf8_lossy(&answer.body);
        let said = said.trim();
        let (kind, words) = match of_webhook(answer.status, said) {
            Some(meaning) => (meaning.kind, format!("{said}; {}", meaning.advice)),
            // Slack's sign for an address it does not know; nothing was posted.
            None if answer.status == 302 => (
                FaultKind::Misconfigured,
                "a redirect, so the address is wrong; put the webhook's current URL into [connectors.slack]".into(),
            ),
            None => return answer.fault(answer.head(), &[]),
        };
        Failure {
            fault: Fault::new(
                kind,
                format!("Slack refused the webhook's message: {words}"),
            )
            .status(answer.status),
            exchanges: vec![answer.exchange.clone()],
        }
    }

    pub fn heed(&self, leave: &Leave) {
        self.service.heed(leave);
    }

    pub fn health(&self) -> Health {
        self.service.health()
    }
}
