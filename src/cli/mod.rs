//! The command line: one file a command.
//!
//! [`main`] reads the arguments, makes a [`Context`] and hands it to the command. A command reads the store through its
//! own read-only [`crate::store::Reader`] and acts only by asking the engine over its socket; none of them writes the
//! store.
//!
//! Promises: exit codes are those of [`Exit`]; everything that prints can print JSON; nothing but a terminal gets colour
//! or is cut; an act works on a counted list that was shown first, and an empty selection is refused.
//!
//! Ways to get this wrong: printing with `println!` (a reader that leaves must not make us panic); asking a question
//! when nobody can answer; logic in this file.

mod args;
mod check;
mod check_asks;
mod connect;
mod console;
mod context;
mod demo;
mod dispatch;
mod error;
mod follow;
mod last_words;
mod look;
mod metrics;
mod output;
mod people;
mod pipelines;
mod run;
mod runtime;
mod sim;
mod table;
mod waiting;
mod waves;
mod wiring;

mod act;
mod agree;
mod backup;
mod completions;
mod export;
mod harden;
mod import;
mod init;
mod journal;
mod list;
mod man;
mod moment;
mod notify;
mod pipeline;
mod report;
mod show;
mod status;
mod stop;
mod switch;

#[cfg(test)]
mod testing;

pub use args::{Cli, Command, ConsoleArgs, Globals};
pub use context::Context;
pub use dispatch::main;
pub use error::{CliError, Exit};
pub use output::{Output, Paint};
