//! From TOML text to a [`super::Pipeline`], collecting every finding on the way.
//!
//! [`read`] always gives a pipeline, as good as the text allows, so that the checker can look at the rest of a file
//! with a mistake in it; [`parse`] gives one only when nothing is wrong.
//!
//! Ways to get this wrong: dropping a thing because a part of it is bad (everything that names it would then be
//! reported too); reading a key that is not in [`super::keys`].

mod file;
mod intake;
mod ladder;
mod parts;
mod references;
mod sink;
mod stage;
mod standing;
mod step;
mod table;
#[cfg(test)]
mod tests;
mod trial;

pub use file::{Reading, parse, read};
