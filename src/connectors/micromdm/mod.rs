//! MicroMDM: the old server of a migration in which only the name moves. Its device list over HTTP, its export as a
//! file, and the push that makes a Mac come by.
//!
//! Ways to get this wrong: showing a push magic, a token or an unlock token, which are keys to the Mac: only whether
//! they are there leaves this connector.

mod actions;
mod backup;
mod connector;
mod device;
mod dump;
#[cfg(test)]
mod tests;

pub use actions::ACTIONS;
pub use connector::{MicroMdm, Settings};
pub use dump::{Record, Records, records};
