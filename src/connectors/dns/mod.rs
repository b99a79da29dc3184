//! What the world is told a name means: each resolver asked by itself, nothing remembered.
//!
//! Ways to get this wrong: asking the machine's own resolver, which answers from its cache and its hosts file, and
//! calling that the world.

mod actions;
mod ask;
mod connector;
#[cfg(test)]
mod tests;

pub use actions::ACTIONS;
pub use connector::{Dns, Settings};
