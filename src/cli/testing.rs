//! A command line in a test: typed words in, what was printed and the exit code out.

use super::args::Cli;
use super::context::Context;
use super::error::Exit;
use super::output::Output;
use crate::config::Env;
use clap::Parser;
use std::path::Path;

pub(super) struct Typed {
    pub exit: Exit,
    pub out: String,
    /// Standard error, with the sentence of the error.
    pub err: String,
}

/// Types `drover WORDS…` in `here`, with an empty environment and nobody to answer questions.
pub(super) fn typed(here: &Path, words: &[&str]) -> Typed {
    let (out, printed) = Output::captured();
    let cli = match Cli::try_parse_from(std::iter::once(&"drover").chain(words)) {
        Ok(cli) => cli,
        Err(error) => {
            assert_eq!(error.exit_code(), 2, "{error}");
            return Typed {
                exit: Exit::Usage,
                out: String::new(),
                err: error.to_string(),
            };
        }
    };
    let mut context = Context {
        globals: cli.globals.clone(),
        env: Env::of([]),
        here: here.to_owned(),
        out,
    };
    let (exit, sentence) = match super::dispatch::run(cli, &mut context) {
        Ok(exit) => (exit, String::new()),
        Err(error) => (error.exit, error.text),
    };
    Typed {
        exit,
        out: printed.out.text(),
        err: printed.err.text() + &sentence,
    }
}
