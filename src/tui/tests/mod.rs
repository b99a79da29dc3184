//! The console on a small world: a real store, filled by hand.

mod acts;
mod bytes;
mod carry;
mod finding;
mod frames;
mod keys;
mod lists;
mod mouse;
mod night;
mod rough;
mod terminal;
mod terminal_talk;
pub mod world;
