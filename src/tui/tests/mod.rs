//! The console on a small world: a real store, filled by hand.

mod acts;
mod bytes;
mod finding;
mod frames;
mod keys;
mod terminal;
pub mod world;
