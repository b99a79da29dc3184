//! Makes it happen: takes rows from their queues, runs steps, records, retries, waits, remedies, delivers messages and
//! obeys operators.
//!
//! The engine is a handful of duties ([`duties`]), each woken by "the table changed" or by a moment that falls due. A
//! duty takes no other input: it looks at the table and does what the table calls for, so that a restart, a missed
//! wake-up and a normal day are one code path.
//!
//! Promises: an attempt is recorded before its first call, a mutating call before its first byte; an outcome that is
//! not known is probed and never blindly repeated; one key stops all sending and it stays stopped over a restart.
//!
//! Ways to get this wrong: keeping a fact in memory that the table does not have; acting on a row judged a while ago;
//! sleeping on anything but the clock.

mod attempt;
mod begin;
mod brakes;
mod call;
mod ceilings;
mod checks;
mod clearance;
mod clock_watch;
mod doubt;
mod duties;
mod finish;
mod halts;
mod ladder;
mod leave;
mod look_back;
mod mirrors;
mod nights;
mod obey;
mod opening;
mod outbox;
mod pacing;
mod plan;
mod probe;
mod proof;
mod pulse;
mod refresh;
mod rescue;
mod room;
mod settled;
mod shared;

pub use ceilings::Ceilings;
pub use checks::ask_outside;
pub use duties::Engine;
pub use opening::{Opening, openings};
pub use settled::{Left, Settlement, settlement};
pub use shared::{Messages, Parts, Role, Roles, Sink};
