//! The console on a small world: a real store, filled by hand.

mod acts;
mod bytes;
mod frames;
mod keys;
mod scroll;
mod terminal;
mod world;
