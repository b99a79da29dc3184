//! The simulated world: a company of Macs and its people, and the services drover calls, spoken over loopback HTTP.
//!
//! It imports nothing of drover's but `model`, so that a wrong connector and a wrong simulator cannot agree.
//! [`world`] is what is true; [`people`] act in it; [`fleet`], [`jamf`] and [`slack`] show what each of them
//! knows; [`wire`] spoils their answers as the [`scenario`] says; [`ledger`] is the witness. A move under the old
//! server's name has an old server ([`micromdm`]), a proxy before it ([`mdmproxy`]), name servers ([`dns`]) and what
//! answers under the name before and after ([`endpoint`]).
//!
//! Ways to get this wrong: a service that answers from the truth where the real one only knows its last report, or
//! anything that asks the machine's clock instead of the engine's.

mod certificates;
mod company;
pub mod dns;
pub mod endpoint;
pub mod fleet;
pub mod jamf;
pub mod ledger;
pub mod mdmproxy;
pub mod micromdm;
pub mod people;
mod plist;
pub mod scenario;
pub mod slack;
#[cfg(test)]
mod trying;
pub mod wire;
pub mod world;

/// What every secret begins with that the simulated services put into their answers, under names that drover knows to be
/// secret and under names that it cannot know: none of it may ever be kept.
pub const PLANTED: &str = "planted-secret-";

pub use company::{
    Addresses, Credentials, HandoverAddresses, Hooks, JAMF_CLIENT_ID, Ports, Settings, Sim,
    SimError, by_hand,
};
pub use fleet::{FLEET_MDM_URL, JAMF_MDM_URL};
pub use world::{MacTruth, Report};
