//! A command line in a test: typed words in, what was printed and the exit code out.

use super::args::Cli;
use super::context::Context;
use super::error::Exit;
use super::output::Output;
use crate::config::Env;
use clap::Parser;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

pub(super) struct Typed {
    pub exit: Exit,
    pub out: String,
    /// Standard error, with the sentence of the error.
    pub err: String,
}

/// Types `drover WORDS…` in `here`, with an empty environment and nobody to answer questions.
pub(super) fn typed(here: &Path, words: &[&str]) -> Typed {
    let (out, err) = (Sink::default(), Sink::default());
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
        out: Output::plain(Box::new(out.clone()), Box::new(err.clone())),
    };
    let (exit, sentence) = match super::dispatch::run(cli, &mut context) {
        Ok(exit) => (exit, String::new()),
        Err(error) => (error.exit, error.text),
    };
    Typed {
        exit,
        out: out.text(),
        err: err.text() + &sentence,
    }
}
