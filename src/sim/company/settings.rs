//! What a company is made from, and what its clients need to know.

use crate::model::clock::Clock;
use crate::model::secret::SecretString;
use crate::sim::endpoint::CannotListen;
use crate::sim::scenario::Scenario;
use std::net::SocketAddr;
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
    /// Where the company leaves files for its admins, such as the export of the old server's records; none: nowhere.
    pub folder: Option<PathBuf>,
}

/// Ports on 127.0.0.1; 0 is any free one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ports {
    pub fleet: u16,
    pub jamf: u16,
    pub slack: u16,
    /// In a company that moves under the old server's name: the old server,
    pub micromdm: u16,
    /// what answers under the name, at two addresses,
    pub endpoint: u16,
    /// the first of two resolvers (UDP), and
    pub resolvers: u16,
    /// the first replica of the migration proxy.
    pub proxies: u16,
}

/// Where the services listen, as a configuration wants their `url`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    pub fleet: String,
    pub jamf: String,
    /// With `/api` at its end.
    pub slack: String,
    /// In a company that moves under the old server's name.
    pub handover: Option<HandoverAddresses>,
}

/// The parts of a move under the old server's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandoverAddresses {
    /// The name itself: `mdm.acme.example`.
    pub name: String,
    /// The old server, as its API is reached: `http://127.0.0.1:…`.
    pub micromdm: String,
    /// The APNs topic in every Mac's profile.
    pub topic: String,
    /// Each replica of the migration proxy.
    pub proxies: Vec<String>,
    pub resolvers: Vec<SocketAddr>,
    /// What answers under the name before its address is changed, and after: same port, other address.
    pub old_front: SocketAddr,
    pub new_endpoint: SocketAddr,
    /// The CA of both, as PEM.
    pub ca: Vec<u8>,
    /// The records the new server was given: a `dump.sql` (`api/fleet.md` §12.2).
    pub records: PathBuf,
    /// Where the old server's database is saved.
    pub backup: PathBuf,
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
    /// Of the old server's API.
    pub micromdm_key: SecretString,
    /// The migration proxy's `-auth-token`.
    pub proxy_token: SecretString,
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
    #[error(transparent)]
    Endpoint(#[from] CannotListen),
    #[error("the ledger {path} cannot be opened: {source}; give another file")]
    Ledger {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error(
        "there is no replica {0} of the migration proxy to restart; count from 0, in a company that moves under the old server's name"
    )]
    NoReplica(usize),
    #[error("the company's papers cannot be written into {folder}: {source}; give another folder")]
    Papers {
        folder: PathBuf,
        source: std::io::Error,
    },
    #[error("the simulated company has no HTTP client: {0}")]
    Client(#[from] reqwest::Error),
}
