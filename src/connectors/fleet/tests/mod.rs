//! The connector against a Fleet on loopback that answers as `api/fleet.md` says.

mod bench;
mod checks;
mod hosts;
mod lists;
mod moves;
mod runs;
