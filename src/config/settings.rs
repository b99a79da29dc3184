//! What a configuration says, as plain structs. Field names are the file's keys.

use super::choice::PipelineChoice;
use super::secret::Secret;
use crate::engine::Ceilings;
use crate::tui::ThemeName;
use chrono::NaiveTime;
use ipnet::IpNet;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

/// A whole configuration, with every default filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The file it came from; `None` when there was no file and these are the defaults.
    pub file: Option<PathBuf>,
    pub pipeline: PipelineChoice,
    pub store: PathBuf,
    pub listen: Listen,
    pub fleet: Option<Fleet>,
    pub jamf: Option<Jamf>,
    pub slack: Option<Slack>,
    pub http: Option<Http>,
    pub mdmproxy: Option<MdmProxy>,
    pub micromdm: Option<MicroMdm>,
    pub dns: Option<Dns>,
    pub endpoint: Option<Endpoints>,
    /// `[settings]`: overrides of the pipeline's, checked against their types when the pipeline is read.
    pub settings: BTreeMap<String, serde_json::Value>,
    pub control: Control,
    /// How much that cannot be undone may go out, below every flow.
    pub ceilings: Ceilings,
    pub console: Console,
    pub messages: Messages,
    pub roles: Roles,
    pub windows: BTreeMap<String, WindowOverride>,
}

/// `[listen]`: where hooks, `/healthz` and `/metrics` are answered.
#[derive(Clone, Debug, PartialEq)]
pub struct Listen {
    pub address: SocketAddr,
    /// What a sender must present. Required for any address but loopback.
    pub token: Option<Secret>,
    /// The token before this one, taken as well while senders are being changed over.
    pub previous_token: Option<Secret>,
    /// Networks senders may call from; empty: from anywhere.
    pub allow: Vec<IpNet>,
    pub tls: Option<Tls>,
    /// Bytes; larger bodies are refused before they are read.
    pub max_body: usize,
}

/// `tls = { cert = "…", key = "…" }`, PEM files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tls {
    pub cert: PathBuf,
    pub key: PathBuf,
}

/// The budget drover allows itself on one service.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// In engine time; `None` = no rate of our own, only what the service teaches.
    pub rate: Option<Rate>,
    /// Calls at a time.
    pub parallel: usize,
    /// A PEM file with more certificate authorities to trust.
    pub ca: Option<PathBuf>,
}

/// `"20/s"`, `"300/m"` or `"1000/h"`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    pub per_second: f64,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Fleet {
    /// Without a trailing slash.
    pub url: String,
    pub token: Secret,
    pub limits: Limits,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Jamf {
    pub url: String,
    pub client_id: String,
    pub client_secret: Secret,
    pub limits: Limits,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Slack {
    pub door: SlackDoor,
    /// Set unless an incoming webhook fixes it.
    pub channel: Option<String>,
    pub url: String,
    pub limits: Limits,
}

/// How Slack is spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SlackDoor {
    /// `token`: a bot token.
    Token(Secret),
    /// `webhook_url`: an incoming webhook, whose address is a secret.
    Webhook(Secret),
}

/// `[connectors.http]`: other services, each allowed by its address.
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// Addresses `http.request` may call: a URL, and everything below its path.
    pub allow: Vec<String>,
    /// `[connectors.http.NAME]`: where messages of `"http:NAME"` go.
    pub endpoints: BTreeMap<String, Endpoint>,
    pub limits: Limits,
}

/// `[connectors.mdmproxy]`: Fleet's migration proxy.
#[derive(Clone, Debug, PartialEq)]
pub struct MdmProxy {
    /// Each replica by its own address.
    pub urls: Vec<String>,
    pub token: Secret,
    pub ca: Option<PathBuf>,
}

/// `[connectors.micromdm]`: an old server of that kind.
#[derive(Clone, Debug, PartialEq)]
pub struct MicroMdm {
    pub url: String,
    pub api_key: Secret,
    pub limits: Limits,
}

/// `[connectors.dns]`: resolvers as people use them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dns {
    pub resolvers: Vec<SocketAddr>,
}

/// `[connectors.endpoint]`: names under which Macs meet what answers them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Names that may be asked about.
    pub hosts: Vec<String>,
    /// A PEM file with more certificate authorities to trust.
    pub ca: Option<PathBuf>,
}

/// One receiver of messages.
#[derive(Clone, Debug, PartialEq)]
pub struct Endpoint {
    pub url: String,
    /// Sent as `Authorization: Bearer …`, or whole in `header`.
    pub token: Option<Secret>,
    /// The header that takes the token, such as `X-Api-Key`.
    pub header: Option<String>,
}

/// `[control]`: who may reach the engine's socket, and what needs two people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    /// A bulk act on more rows than this needs a second person.
    pub two_people_above: u64,
    /// A URL asked for every minute while the engine goes round, so that silence alarms elsewhere.
    pub heartbeat: Option<String>,
    /// The group that may reach the socket and read the store.
    pub group: Option<String>,
}

/// `[console]`: how the console looks, and what it takes and gives beside keys and frames.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Console {
    /// `None`: by the terminal's background, if it says.
    pub theme: Option<ThemeName>,
    /// Only ASCII signs; `None`: by the locale.
    pub ascii: Option<bool>,
    /// Heard from the start.
    pub mouse: bool,
    /// Whoever is elsewhere is called when something happens.
    pub notify: bool,
    /// A file with other keys, in the form of the one that is compiled in.
    pub keymap: Option<PathBuf>,
}

/// `[messages]`: where tickets and pages go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Messages {
    pub ticket: Route,
    pub page: Route,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// A Slack thread (when Slack is configured) and the alarm in the console's header.
    Slack,
    /// The endpoint of this name.
    Http(String),
}

/// `[roles]`: OS users, and groups as `@group`. All empty: the store's owner may do everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roles {
    pub observer: Vec<String>,
    pub operator: Vec<String>,
    pub approver: Vec<String>,
    /// Accounts that more than one person uses: no such account takes part where two people are asked for, nor does root.
    pub shared: Vec<String>,
}

/// `[windows.NAME]`: what is given here replaces the pipeline's.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WindowOverride {
    /// Monday first; names the evening on which the window opens.
    pub days: Option<[bool; 7]>,
    pub from: Option<NaiveTime>,
    pub to: Option<NaiveTime>,
    pub timezone: Option<chrono_tz::Tz>,
}

impl Config {
    /// Every secret the configuration names, in the order of the sections.
    pub fn secrets(&self) -> Vec<&Secret> {
        let slack = self.slack.as_ref().map(|slack| match &slack.door {
            SlackDoor::Token(secret) | SlackDoor::Webhook(secret) => secret,
        });
        let endpoints = self
            .http
            .iter()
            .flat_map(|http| http.endpoints.values().filter_map(|e| e.token.as_ref()));
        self.listen
            .token
            .iter()
            .chain(&self.listen.previous_token)
            .chain(self.fleet.iter().map(|fleet| &fleet.token))
            .chain(self.jamf.iter().map(|jamf| &jamf.client_secret))
            .chain(self.mdmproxy.iter().map(|proxy| &proxy.token))
            .chain(self.micromdm.iter().map(|micromdm| &micromdm.api_key))
            .chain(slack)
            .chain(endpoints)
            .collect()
    }

    /// The engine's socket: beside the store.
    pub fn socket(&self) -> PathBuf {
        let mut path = self.store.clone().into_os_string();
        path.push(".sock");
        path.into()
    }
}
