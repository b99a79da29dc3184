//! A file's own tests: a row before, canned replies, the row expected after.
//!
//! [`run_trial`] drives the same gate, mapping and step walker as the engine does, with canned replies for the outside.
//!
//! Ways to get this wrong: a trial that passes because it never looked; an answer left over that nobody asked for.

mod case;
mod drive;
mod heard;
mod run;
mod taken;

pub use case::{Answer, Canned, Ending, Expect, Trial, TrialOf};
pub use run::{TrialReport, run_trial};
