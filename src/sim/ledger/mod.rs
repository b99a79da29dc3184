//! The outside witness: what really landed at the pretended services, seen from their side.
//!
//! The engine never reads it. Tests and rehearsals read its [`LedgerReport`]: how many effects landed, which landed
//! twice, and what was done that must never be done.
//!
//! Ways to get this wrong: recording what was asked instead of what landed (an effect is recorded when it is applied,
//! whether or not the answer gets out), or calling a legitimate later retry a double.

mod book;
mod doubles;
mod entry;
mod file;
mod report;

pub use book::Ledger;
pub use entry::{Effect, Ending, verb};
pub use report::{Doubled, LedgerReport};
