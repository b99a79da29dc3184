//! What every command has at hand: the configuration, the store to read, the engine to ask, a place to write.

use super::args::Globals;
use super::error::CliError;
use super::output::Output;
use crate::config::{Config, ConfigError, Env, load, nearest};
use crate::control::client;
use crate::control::protocol::{Reply, Request};
use crate::model::clock::real_now;
use crate::model::time::{Span, Time};
use crate::store::{Reader, View};
use std::path::PathBuf;

/// Made once by `main`, handed to the command.
pub struct Context {
    pub globals: Globals,
    pub env: Env,
    /// The working directory.
    pub here: PathBuf,
    pub out: Output,
}

impl Context {
    /// The configuration; with `--store` a missing one is no fault, as reading a store needs none.
    pub fn config(&self) -> Result<Config, CliError> {
        let named = self.globals.config.as_deref();
        let mut config = match load(named, &self.env, &self.here) {
            Ok(config) => config,
            Err(ConfigError::Missing { .. }) if self.globals.store.is_some() => {
                Config::defaults(&self.here)
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(store) = &self.globals.store {
            config.store = self.here.join(store);
        }
        Ok(config)
    }

    pub fn store_path(&self) -> Result<PathBuf, CliError> {
        Ok(self.config()?.store)
    }

    pub fn reader(&self) -> Result<Reader, CliError> {
        let path = self.store_path()?;
        if !path.exists() {
            return Err(CliError::failed(format!(
                "there is no store at {} yet: `drover run` makes it",
                path.display()
            )));
        }
        Ok(Reader::open(&path)?)
    }

    /// One consistent look at the store, at engine time: `ago` in a condition and "later" in a count go by it too.
    pub fn look<T>(
        &self,
        reader: &Reader,
        work: impl FnOnce(&View<'_>, Time) -> Result<T, CliError>,
    ) -> Result<T, CliError> {
        let said = reader.look(|view| view.note("engine"))?;
        let now = engine_time(said.as_ref(), real_now());
        let mut found = None;
        reader.look_at(now, |view| {
            found = Some(work(view, now));
            Ok(())
        })?;
        found.unwrap_or_else(|| Err(CliError::failed("the store could not be read")))
    }

    pub fn ask(&self, request: &Request) -> Result<Reply, CliError> {
        Ok(client::ask(&self.store_path()?, request)?)
    }

    /// Asks a question with yes or no; refused when nobody is here to answer.
    pub fn agrees(&mut self, question: &str) -> Result<bool, CliError> {
        let answer = self.out.question(question)?.ok_or_else(|| {
            CliError::usage(
                "nobody is here to answer; add --yes, or --dry-run to look where there is one",
            )
        })?;
        Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
    }

    /// Whether `--json` was given.
    pub fn json(&self) -> bool {
        self.globals.json
    }
}

/// Older than this, in real time, the engine's word about a rehearsed clock says that the engine is gone.
const HEARTBEAT: Span = Span::from_secs(5);

/// Engine time by the engine's own last word (the note `engine`: `clock`, `real`, `speed`), for an engine that
/// rehearses at another pace; else the machine's time.
pub(super) fn engine_time(note: Option<&serde_json::Value>, real: Time) -> Time {
    let moment = |name: &str| Time::parse(note?.get(name)?.as_str()?).ok();
    let speed = note
        .and_then(|note| note.get("speed")?.as_f64())
        .unwrap_or(1.0);
    match (moment("clock"), moment("real")) {
        (Some(clock), Some(then)) => {
            // Without an engine a rehearsed clock stands: a store left for a week is not months late.
            let passed = real.since(then);
            let rehearsed = (speed - 1.0).abs() > f64::EPSILON;
            let passed = if rehearsed {
                passed.min(HEARTBEAT)
            } else {
                passed
            };
            clock.plus(passed.times(speed))
        }
        _ => real,
    }
}

/// Refuses a name that is not among the known ones, with the nearest of them.
pub fn known<'a>(what: &str, name: &str, names: &[&'a str]) -> Result<&'a str, CliError> {
    names.iter().copied().find(|n| *n == name).ok_or_else(|| {
        let hint = match nearest(name, names.iter().copied()) {
            Some(near) => format!("did you mean \"{near}\"?"),
            None if names.is_empty() => "there is none".to_owned(),
            None => format!("known: {}", names.join(", ")),
        };
        CliError::usage(format!("no {what} is called \"{name}\"; {hint}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn engine_time_follows_the_engines_own_word() {
        let real = Time::parse("2026-03-02T12:00:10Z").unwrap();
        assert_eq!(engine_time(None, real), real);
        let note =
            json!({"clock": "2026-03-05T22:00:00Z", "real": "2026-03-02T12:00:00Z", "speed": 60.0});
        assert_eq!(
            engine_time(Some(&note), real),
            Time::parse("2026-03-05T22:05:00Z").unwrap()
        );
    }

    #[test]
    fn a_mistyped_name_is_refused_with_the_nearest() {
        let names = ["transfer", "confirm"];
        assert_eq!(known("stage", "transfer", &names).unwrap(), "transfer");
        let error = known("stage", "tranfser", &names).unwrap_err();
        assert!(
            error.text.contains("did you mean \"transfer\"?"),
            "{}",
            error.text
        );
    }
}
