//! A clock that lies, and nights on which it is put forward or back.

mod changes;
mod judge;
mod jumps;
mod town;
