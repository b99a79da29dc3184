//! The console on a small world: a real store, filled by hand.

mod acts;
mod answers;
mod bytes;
mod carry;
mod deeds;
mod frames;
mod keys;
mod mouse;
mod past;
mod previews;
mod terminal;
mod terminal_talk;
pub(super) mod world;
