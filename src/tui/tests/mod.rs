//! The console on a small world: a real store, filled by hand.

mod acts;
mod answers;
mod bytes;
mod carry;
mod choosing;
mod deeds;
mod dossiers;
mod finding;
mod frames;
mod keys;
mod lists;
mod mouse;
mod night;
mod past;
mod previews;
mod reading;
mod rough;
mod scroll;
pub mod world;
