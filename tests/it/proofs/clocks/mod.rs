//! Whatever the clock does, nothing is sent outside its window, and no night is doubled or skipped unannounced.

mod changes;
mod doubts;
mod judge;
mod jumps;
mod night;
mod processes;
mod town;
