//! What a company is made from, and what its clients need to know.

use crate::model::clock::Clock;
use crate::model::secret::SecretString;
use crate::sim::scenario::Scenario;
use std::path::PathBuf;

/// What a company is made from.
pub struct Settings {
    pub seed: u64,
    pub devices: usize,
    pub scenario: Scenario,
    pub clock: Clock,
    /// Such as `11.30.1`; decides which Jamf paths exist.
    pub jamf_version: String,
    /// Such as `4.92.0`; older than 4.82 knows the old names only.
    pub fleet_version: String,
    pub ports: Ports,
    /// Where the witness writes; none: it only remembers.
    pub ledger_file: Option<PathBuf>,
}

/// Ports on 127.0.0.1; 0 is any free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    pub fleet: u16,
    pub jamf: u16,
    pub slack: u16,
}

/// Where the services listen, as a configuration wants their `url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub fleet: String,
    pub jamf: String,
    /// With `/api` at its end.
    pub slack: String,
}

/// The API client every simulated Jamf Pro has; its secret differs.
pub const JAMF_CLIENT_ID: &str = "3f1e4b3a-a5b3-4a0c-9d74-30937aaaaaaa";

/// What a client needs to be let in.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub fleet_token: SecretString,
    pub jamf_client_id: String,
    pub jamf_client_secret: SecretString,
    pub slack_token: SecretString,
    /// The incoming webhook's path below `/services/`.
    pub slack_hook: SecretString,
    /// The channel the bot is a member of, with `#`.
    pub slack_channel: String,
}

/// Why the company cannot start.
#[derive(Debug, thiserror::Error)]
pub enum SimError {
    #[error(
        "the simulated {service} cannot listen on 127.0.0.1:{port}: {source}; choose another port or 0 for any"
    )]
    Listen {
        service: &'static str,
        port: u16,
        source: std::io::Error,
    },
    #[error("the ledger {path} cannot be opened: {source}; give another file")]
    Ledger {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the simulated Fleet cannot send webhooks: {0}")]
    Client(#[from] reqwest::Error),
}
