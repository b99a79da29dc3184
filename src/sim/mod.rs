//! The simulated world: a company of Macs and its people, and the services drover calls, spoken over loopback HTTP.
//!
//! It imports nothing of drover's but `model`, so that a wrong connector and a wrong simulator cannot agree.

pub mod fleet;
pub mod jamf;
pub mod ledger;
pub mod people;
pub mod scenario;
pub mod slack;
pub mod wire;
pub mod world;
