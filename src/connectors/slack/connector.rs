//! The connector itself: what it is made of, and who does what.

use super::bot::Bot;
use super::error::DEFAULT_WAIT;
use super::webhook::Webhook;
use super::{bot, probe};
use crate::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Leave, Pending, Reply, Wanted,
};
use crate::connectors::http::{Answer, Service, ServiceSettings};
use crate::connectors::input::Input;
use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::secret::{Rotating, SecretString};
use crate::model::time::Span;
use crate::model::value::ValueType::{Json, Text};

const BLOCKS: Field = Field::optional(
    "blocks",
    Json,
    "a list of Slack blocks; text in them is escaped",
);

/// Every action of Slack.
pub static ACTIONS: [ActionSpec; 2] = [
    ActionSpec {
        name: "slack.post",
        about: "Posts a message; the text is plain, and cut at 4,000 characters.",
        nature: Nature::Once,
        inputs: &[
            Field::required("text", Text, "the message"),
            Field::optional(
                "channel",
                Text,
                "instead of the configured one; a bot's token only",
            ),
            Field::optional("thread_ts", Text, "the ts of the message to answer to"),
            BLOCKS,
        ],
        outputs: &[
            Field::optional(
                "ts",
                Text,
                "the message's id in its channel; null for a webhook",
            ),
            Field::optional("channel", Text, "the channel's id; null for a webhook"),
        ],
        destructive: false,
        settle: Span::from_mins(1),
        probe: true,
    },
    ActionSpec {
        name: "slack.update",
        about: "Edits a message of its own; a bot's token only.",
        nature: Nature::Repeatable,
        inputs: &[
            Field::required("channel", Text, "the channel's id, from the post's reply"),
            Field::required("ts", Text, "the message's id, from the post's reply"),
            Field::required("text", Text, "the whole new text"),
            BLOCKS,
        ],
        outputs: &[Field::required("ts", Text, "the message's id")],
        destructive: false,
        settle: Span::ZERO,
        probe: false,
    },
];

/// How Slack is reached.
#[derive(Clone)]
pub enum Mode {
    /// A bot's token: any channel, messages that can be edited and looked up.
    Bot {
        token: Rotating,
        /// The channel's id, or its name; with a name a lost post cannot be looked up before the first reply.
        channel: String,
        /// `https://slack.com/api`.
        url: String,
    },
    /// An incoming webhook: one fixed channel, no editing, no looking up. Its URL is the secret.
    Webhook { url: SecretString },
}

/// `[connectors.slack]`.
#[derive(Clone)]
pub struct Settings {
    pub mode: Mode,
    /// Requests a second of engine time; none is no limit beyond Slack's own of one message a second and channel.
    pub rate: Option<f64>,
    /// Calls at once.
    pub parallel: usize,
    /// A CA to trust besides the system's, as PEM.
    pub extra_ca: Option<Vec<u8>>,
}

impl Settings {
    /// With the defaults: 4 calls at once.
    pub fn new(mode: Mode) -> Self {
        Self {
            mode,
            rate: None,
            parallel: 4,
            extra_ca: None,
        }
    }

    /// A door of its own for each method, as Slack limits each on its own.
    pub(super) fn service(
        &self,
        url: &str,
        most: Option<f64>,
        clock: &Clock,
    ) -> Result<Service, Fault> {
        let rate = match (self.rate, most) {
            (Some(ours), Some(most)) => Some(ours.min(most)),
            (ours, most) => ours.or(most),
        };
        Service::new(ServiceSettings {
            rate,
            parallel: self.parallel,
            extra_ca: self.extra_ca.clone(),
            ..ServiceSettings::new("slack", url, clock.clone())
        })
    }
}

/// How long to leave Slack alone after a 429: whole seconds, and half a minute when it does not say readably.
pub(super) fn wait_after(answer: &Answer) -> Span {
    let asked = answer
        .header("retry-after")
        .and_then(|text| text.trim().parse().ok());
    match asked {
        Some(seconds) if seconds > 0 => Span::from_secs(seconds),
        _ => DEFAULT_WAIT,
    }
}

enum Way {
    Bot(Box<Bot>),
    Webhook(Box<Webhook>),
}

/// Slack.
pub struct Slack(Way);

impl Slack {
    /// # Errors
    /// `Misconfigured`, when the URL or the CA cannot be used. Never repeats a webhook's URL.
    pub fn new(settings: Settings, clock: Clock) -> Result<Self, Fault> {
        let way = match settings.mode.clone() {
            Mode::Bot {
                token,
                channel,
                url,
            } => Way::Bot(Box::new(Bot::new(&settings, token, channel, &url, clock)?)),
            Mode::Webhook { url } => Way::Webhook(Box::new(Webhook::new(&settings, &url, clock)?)),
        };
        Ok(Self(way))
    }

    async fn act(&self, action: &ActionSpec, call: &Call) -> Result<Reply, Failure> {
        match (action.name, &self.0) {
            ("slack.post", Way::Bot(bot)) => bot.post(call).await,
            ("slack.post", Way::Webhook(webhook)) => webhook.post(Input(call)).await,
            ("slack.update", Way::Bot(bot)) => bot.update(Input(call)).await,
            ("slack.update", Way::Webhook(_)) => Err(misconfigured(
                "an incoming webhook cannot edit a message; configure a bot's token in [connectors.slack]",
            )),
            (other, _) => Err(misconfigured(&format!(
                "the slack connector has no action {other}"
            ))),
        }
    }
}

pub(super) fn misconfigured(what: &str) -> Failure {
    Fault::new(FaultKind::Misconfigured, what).into()
}

impl Connector for Slack {
    fn name(&self) -> &'static str {
        "slack"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        &ACTIONS
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move { self.act(action, &call).await })
    }

    fn probe<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async move {
            match &self.0 {
                Way::Bot(bot) if action.probe => probe::post(bot, &call).await,
                Way::Bot(_) => Ok(Landing::Undecided(format!("{} has no probe", action.name))),
                Way::Webhook(_) => Ok(Landing::Undecided(
                    "an incoming webhook shows nothing of what it posted".into(),
                )),
            }
        })
    }

    fn check<'a>(&'a self, _wanted: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async move {
            match &self.0 {
                Way::Bot(bot) => bot::check(bot).await,
                Way::Webhook(_) => vec![Finding {
                    subject: "webhook".into(),
                    ok: true,
                    detail: "configured; it can only be tried by posting".into(),
                }],
            }
        })
    }

    fn health(&self) -> Health {
        match &self.0 {
            Way::Bot(bot) => bot.health(),
            Way::Webhook(webhook) => webhook.health(),
        }
    }

    fn heed(&self, leave: &Leave) {
        match &self.0 {
            Way::Bot(bot) => bot.heed(leave),
            Way::Webhook(webhook) => webhook.heed(leave),
        }
    }
}
