//! Whether the time can be believed. Everything a pipeline promises of windows and waits stands on it.
//!
//! The engine's time is a count of its own ([`crate::model::machine`]), so a jump of the machine's clock reaches nothing
//! by itself. Once a second both are compared. Who is right after a jump, after a start and after a sleep, services say
//! with the `Date` of any answer; until one has said so, or an operator has, nothing is sent.
//!
//! Ways to get this wrong: believing one service against the machine and another service (a majority is asked for);
//! taking what was heard before a jump as its proof; setting the clock back without [`Tx::set_back`], which keeps what
//! was written under the wrong time from waiting for it.
//!
//! [`Tx::set_back`]: crate::store::Tx::set_back

mod belief;
mod duty;
mod votes;

pub(super) use duty::{ClockWatch, watch};
