//! What should happen: a pipeline file, parsed, checked and ready to be asked. Pure: no disk, no time, no network.
//!
//! [`parse`] turns text into a [`definition::Pipeline`] or findings; [`check`] finds every fault at once with the help
//! of the action catalogue and an SQL judge; [`template`] evaluates Jinja strictly; [`trial`] runs a file's own tests.
//!
//! Ways to get this wrong: stopping at the first finding; reading the clock (`now` is given); letting an undefined
//! template value become an empty text.

pub mod definition;
pub mod template;
pub mod trial;
pub mod walk;

pub use definition::Pipeline;
