//! The pretended Fleet server (`api/fleet.md`): the real paths, bodies, errors and limits over the world's truth.
//!
//! Served under `/api/v1/fleet`, `/api/2022-04/fleet` and `/api/latest/fleet`: hosts, refetch, transfer, scripts and their
//! results, the upcoming queue, activities, teams, profiles, the push certificate, config, version, me. Whatever wipes, locks, unenrols or deletes is a
//! tripwire: refused, and in the ledger as a violation.
//!
//! Ways to get this wrong: answering from a Mac's truth where the real server only knows its last report.

mod activities;
mod answer;
pub(in crate::sim) mod apple;
mod bothnames;
mod call;
mod config;
mod error;
mod hostlist;
mod hosts;
mod hostview;
mod migration;
mod multipart;
mod profiles;
mod queue;
mod routes;
mod scripts;
#[cfg(test)]
mod tests;
mod transfer;
mod tripwire;

pub(in crate::sim) use migration::Pressed;
pub use routes::{Fleet, habits};

/// Fleet's MDM server URL, as hosts report it.
pub const FLEET_MDM_URL: &str = "https://fleet.acme.example/mdm/apple/mdm";
/// The old MDM server URL, as hosts report it.
pub const JAMF_MDM_URL: &str = "https://acme.jamfcloud.com/mdm/ServerURL";
