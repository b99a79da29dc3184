//! The parts of a rehearsal as processes of their own: the simulated services, the engine, an operator who types, a
//! terminal to type into, and whoever posts to the engine's hooks.

pub(crate) mod certificates;
mod company;
mod engine;
mod post;
mod program;
mod reading;
mod terminal;

pub(crate) use company::{Company, Typed, drover, typed};
pub(crate) use engine::Engine;
pub(crate) use post::{Line, get, post};
pub(crate) use program::Program;
pub(crate) use reading::{acknowledged, journal, look, standing};
pub(crate) use terminal::Terminal;

use drover::model::clock::{Stopwatch, real_pause};
use std::time::Duration;

/// How often a state is looked at, in real time.
const GLANCE: Duration = Duration::from_millis(20);

/// Waits until `found` finds something; panics with what it waited for after `limit`.
pub(crate) fn until<T>(limit: Duration, what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(watch.elapsed() < limit, "{what}: not within {limit:?}");
        real_pause(GLANCE);
    }
}

/// Long enough for anything that needs no engine time, on a busy machine.
pub(crate) const SOON: Duration = Duration::from_secs(30);
