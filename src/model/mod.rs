//! The nouns every layer shares. Nothing here does IO.
//!
//! The clock is the one exception in spirit: it is the only place in drover that asks the time or sleeps, so that a
//! world can be seeded, hurried or turned by hand.
//!
//! Ways to get this wrong: adding a noun that only one layer uses (it belongs there), or a helper that opens, reads or
//! sends anything.

pub mod action;
pub mod actor;
pub mod clock;
pub mod fault;
pub mod hash;
pub mod judge;
pub mod machine;
pub mod outcome;
pub mod payload;
pub mod percent;
pub mod random;
pub mod row;
pub mod rule;
#[cfg(feature = "sabotage")]
pub mod sabotage;
pub mod secret;
pub mod sheet;
pub mod text;
pub mod time;
pub mod value;
