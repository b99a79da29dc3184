//! The company's admins, as the scenario has them: they watch the table, do what is theirs outside, and type commands.
//!
//! [`look`] says whose moment has come, [`deed`] does it, [`player`] waits in between.
//!
//! Ways to get this wrong: an entry whose moment the clock skips; a night that ends while an admin is still on the way.

mod deed;
mod look;
mod player;
#[cfg(test)]
mod tests;

pub use deed::check_commands;
pub use player::{Operators, Played, Script};
