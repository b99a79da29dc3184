//! Polls: the truth behind the webhooks, read page by page on a rhythm.
//!
//! [`run`] is one task per polling intake; `rhythm` says when; `round` reads one listing to its end; `memory` is
//! what is kept between rounds.
//!
//! Ways to get this wrong: moving the cursor before the page's items are on disk; holding the clock busy while asleep;
//! telling the journal of the same trouble every minute.

mod memory;
mod rhythm;
mod round;
mod run;

#[cfg(test)]
mod tests;

pub use memory::{Memory, Tally};
pub use run::{Parts, run};
