//! Checks: questions about the whole that are asked again and again, and keep stages back while they are not ok.
//!
//! [`duty`] asks what [`agenda`] says is due; [`ask`] asks one, through the connectors or of the table. How checks stand
//! is in the store, and whoever takes rows looks there: an engine that stopped asking keeps its stages back, as what was
//! asked too long ago no longer counts. Checks go on while all sending is stopped: they only read.
//!
//! Ways to get this wrong: recording an answer that is no news, which wakes everybody and so is asked again; asking
//! before the checks that come first have answered.

mod agenda;
mod ask;
mod duty;

pub use ask::ask_outside;
pub(super) use duty::ask_on;
