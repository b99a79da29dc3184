//! The promises of the engine, proven from outside: the program as a process of its own, the simulated services as the
//! witness, and one line of figures for each promise.
//!
//! `cargo test --release --test it -- --ignored proofs --nocapture` takes the figures, one proof after the other. A
//! shorter cut of each runs with every test.

mod brakes;
mod canaries;
mod clocks;
mod cuts;
mod figure;
mod flood;
mod full;
mod kills;
mod landings;
mod restored;
mod saboteurs;
mod sinks;
mod writes;

pub(crate) use figure::{alone, figure};
