//! The old server of a move under its own name, as MicroMDM speaks: its API with Basic authorisation, its push, the two
//! paths Macs come to, and its SCEP CA.
//!
//! It answers from the world's [`Handover`](crate::sim::world::Handover): what a Mac's record says and when it was seen.
//! Whatever deletes, commands or sets it up anew is a tripwire: refused, and in the ledger as a violation.
//!
//! Ways to get this wrong: writing out what Go leaves out, as empty fields are not there at all and an empty list is
//! null; letting a Mac in because Fleet knows it.

mod devices;
mod routes;
#[cfg(test)]
mod tests;
mod tripwire;

pub use routes::{MicroMdm, habits};
pub(in crate::sim) use routes::{plain, scep};
