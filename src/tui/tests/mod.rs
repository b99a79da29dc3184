//! The console on a small world: a real store, filled by hand.

mod acts;
mod bytes;
mod carry;
mod frames;
mod keys;
mod mouse;
mod night;
mod scroll;
mod terminal;
mod terminal_talk;
pub mod world;
