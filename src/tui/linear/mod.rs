//! The linear console: the same store, the same acts, in lines that are read from top to bottom.
//!
//! For screen readers, serial lines, logs and scripts: what `TERM=dumb`, a pipe on either side or `--linear` gets. It
//! prints how the night stands and then obeys one line at a time. It writes words only: no escape sequence, no cursor
//! movement, no drawing; a line once written stays, and none is longer than the width.
//!
//! What it knows it reads through [`super::data::Source`], what it may do goes through [`super::state::Preview`] and the
//! engine's socket, as on the full screen: there is no second way to act.
//!
//! - Lines come from standard input: a keyboard, or a pipe whose lines are obeyed in order. The end of input ends it.
//! - With a keyboard but nobody to answer to on the other side (`drover | less`) it says the state once and ends, unless
//!   `--linear` asks for the dialogue.
//! - `SIGTERM` and `SIGHUP` end it at once, even while somebody slow reads; the engine goes on.

mod acts;
mod dialogue;
mod hearing;
mod night;
mod orders;
mod paper;
mod reading;
mod rows;
mod standing;
mod start;

#[cfg(test)]
mod tests;

pub use start::{Streams, run, streams};
