//! What a company that moves under its old server's name tells those who rehearse the move: one file, which
//! `drover init --rehearsal` reads.

use crate::cli::demo::scenario;
use crate::cli::error::CliError;
use crate::sim::{Addresses, Sim};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's name, in the company's folder.
pub const PAPERS: &str = "company.toml";
/// The CA's, beside it.
pub(super) const CA: &str = "ca.pem";

/// What clients are configured with.
#[derive(Debug, Serialize, Deserialize)]
pub struct Papers {
    pub micromdm: String,
    pub proxies: Vec<String>,
    pub resolvers: Vec<String>,
    /// Names whose certificates and redirects are looked at.
    pub hosts: Vec<String>,
    pub ca: PathBuf,
    /// The pipeline's settings that have other values here.
    pub settings: BTreeMap<String, Json>,
}

impl Papers {
    /// As `drover sim` left them. The error is a reason.
    pub fn read(folder: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join(PAPERS)).map_err(|e| e.to_string())?;
        toml::from_str(&text).map_err(|error| error.to_string().trim().to_owned())
    }

    fn of(at: &Addresses, folder: &Path) -> Option<Self> {
        let handover = at.handover.as_ref()?;
        Some(Self {
            micromdm: handover.micromdm.clone(),
            proxies: handover.proxies.clone(),
            resolvers: handover.resolvers.iter().map(ToString::to_string).collect(),
            hosts: scenario::hosts(handover),
            ca: folder.join(CA),
            settings: scenario::of_handover(handover, &at.fleet)
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect(),
        })
    }
}

/// Leaves what clients must have at hand; nothing in a company that does not move.
pub(super) fn leave(sim: &Sim, folder: &Path) -> Result<(), CliError> {
    let at = sim.addresses();
    let (Some(handover), Some(papers)) = (&at.handover, Papers::of(at, folder)) else {
        return Ok(());
    };
    let text = toml::to_string(&papers).map_err(|error| CliError::failed(error.to_string()))?;
    std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(folder.join(CA), &handover.ca))
        .and_then(|()| std::fs::write(folder.join(PAPERS), text))
        .map_err(|error| {
            let folder = folder.display();
            CliError::failed(format!(
                "{folder} cannot be written into: {error}; name another with --folder"
            ))
        })
}
