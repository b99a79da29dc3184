//! Doing what an entry says: by hand in the world, then a command as it is typed, over the engine's socket.

use crate::cli::args::{Cli, Command, Globals};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Output;
use crate::config::Env;
use crate::model::text::clean_short;
use crate::sim::scenario::OperatorEntry;
use crate::sim::{Sim, by_hand};
use clap::Parser;
use clap::error::ErrorKind;
use std::path::{Path, PathBuf};

/// Of what a command printed, this much is told.
const TOLD: usize = 400;

/// Where commands are typed.
#[derive(Clone)]
pub(super) struct Desk {
    /// With the demo's own `drover.toml`.
    pub config: PathBuf,
    pub store: PathBuf,
    pub here: PathBuf,
}

/// Refuses entries whose command could not be typed.
pub fn check_commands(entries: &[OperatorEntry]) -> Result<(), CliError> {
    for entry in entries.iter().filter(|entry| !entry.run.is_empty()) {
        let cli = typed(&entry.run).map_err(|why| {
            let why = why.render().to_string();
            CliError::usage(format!(
                "operator entry {}: {}",
                entry.name,
                why.trim_start_matches("error: ").trim()
            ))
        })?;
        let alone = match cli.command {
            None | Some(Command::Demo(_) | Command::Run(_) | Command::Sim(_)) => true,
            Some(_) => cli.globals.store.is_some() || cli.globals.config.is_some(),
        };
        if alone {
            return Err(CliError::usage(format!(
                "operator entry {}: `run` takes a command to the demo's own engine, such as brake release",
                entry.name
            )));
        }
    }
    Ok(())
}

/// The command; nobody is asked where it would ask.
fn typed(words: &[String]) -> Result<Cli, clap::Error> {
    let words = || std::iter::once("drover").chain(words.iter().map(String::as_str));
    match Cli::try_parse_from(words().chain(["--yes"])) {
        Err(error) if error.kind() == ErrorKind::UnknownArgument => Cli::try_parse_from(words()),
        parsed => parsed,
    }
}

/// Does both parts, the second only after the first. What came of it, good or bad, in one line.
pub(super) async fn act(entry: &OperatorEntry, sim: &Sim, desk: &Desk) -> Result<String, String> {
    let mut said = Vec::new();
    if let Some(deed) = entry.world {
        said.push(by_hand(sim, deed).await?);
    }
    if !entry.run.is_empty() {
        let (words, desk) = (entry.run.clone(), desk.clone());
        // Whoever asks the engine blocks until it answers.
        let ended = tokio::task::spawn_blocking(move || run(&words, &desk)).await;
        said.push(ended.map_err(|error| error.to_string())??);
    }
    Ok(said.join("; "))
}

fn run(words: &[String], desk: &Desk) -> Result<String, String> {
    let cli = typed(words).map_err(|error| error.to_string())?;
    let (out, printed) = Output::captured();
    let mut context = Context {
        globals: Globals {
            config: Some(desk.config.clone()),
            store: Some(desk.store.clone()),
            ..cli.globals.clone()
        },
        env: Env::of([]),
        here: desk.here.clone(),
        out,
    };
    let ended = crate::cli::dispatch::run(cli, &mut context);
    let (out, aside) = (printed.out.text(), printed.err.text());
    match ended {
        // What an act will do is said aside, in one sentence; other commands answer in their first line.
        Ok(Exit::Done) if aside.trim().is_empty() => Ok(line(out.lines().next().unwrap_or("done"))),
        Ok(Exit::Done) => Ok(line(&aside)),
        Ok(exit) => Err(line(&format!("ended with {}: {out} {aside}", exit as u8))),
        Err(error) => Err(line(&format!("{out} {aside} {}", error.text))),
    }
}

/// As one line, its blanks single.
fn line(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    clean_short(&words.join(" "), TOLD)
}

/// Where the demo lets commands be typed, from this process and from other terminals: a configuration that names its
/// pipeline, its store and its settings.
pub(super) fn desk(config: &Path, store: &Path) -> Desk {
    let here = config.parent().unwrap_or(Path::new(".")).to_owned();
    Desk {
        config: config.to_owned(),
        store: store.to_owned(),
        here,
    }
}
