//! The simulated world: the services drover calls, spoken over loopback HTTP.
pub mod ledger;
pub mod scenario;
pub mod slack;
pub mod wire;
