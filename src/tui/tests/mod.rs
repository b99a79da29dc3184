//! The console on a small world: a real store, filled by hand.

mod acts;
mod bytes;
mod deeds;
mod frames;
mod keys;
mod terminal;
mod world;
