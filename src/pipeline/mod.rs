//! What should happen: a pipeline file, parsed, checked and ready to be asked. Pure: no disk, no time, no network.
//!
//! [`parse()`] turns text into a [`Pipeline`] or findings; [`check()`] finds every fault at once with the help of the
//! action catalogue and an SQL judge; [`template`] evaluates Jinja strictly; [`map_event`] turns what was heard into
//! columns; [`trial`] runs a file's own tests.
//!
//! Ways to get this wrong: stopping at the first finding; reading the clock (`now` is given); letting an undefined
//! template value become an empty text.

mod apply;
pub mod asking;
mod calls;
mod check;
mod cron;
pub mod definition;
mod finding;
pub mod forecast;
pub mod help;
mod keys;
mod mapping;
mod odd_night;
mod parse;
mod shipped;
pub mod template;
pub mod trial;
pub mod walk;
mod wave;
mod window;

pub use calls::PlannedCall;
pub use check::{check, examine};
pub use definition::Pipeline;
pub use finding::{Finding, Places, Severity, hint as did_you_mean};
pub use mapping::{Mapping, dedupe_key, map_event};
pub use odd_night::OddNight;
pub use parse::{Reading, parse, read};
pub use shipped::SHIPPED;
