//! The console on a small world: a real store, filled by hand.

mod acts;
mod answers;
mod bytes;
mod carry;
mod choosing;
mod console;
mod deeds;
mod dossiers;
mod finding;
mod frames;
pub mod handover;
mod keys;
mod lists;
mod mouse;
mod night;
mod own_acts;
mod past;
mod previews;
mod reading;
mod rough;
mod scroll;
mod standing;
pub mod world;
