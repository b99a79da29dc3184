//! `drover`: the console. If no engine runs on the store, one is started first, in a session of its own.

use super::args::{ConsoleArgs, LookArgs};
use super::context::{Context, engine_time};
use super::error::{CliError, Exit};
use super::moment::moment;
use super::{look, pipelines};
use crate::config::Console;
use crate::control::client;
use crate::control::protocol::{Reply, Request};
use crate::model::clock::{Clock, Stopwatch, real_now, real_pause};
use crate::model::time::Time;
use crate::store::Reader;
use crate::tui;
use serde_json::Value as Json;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// How long an engine just started may take to answer.
const START: Duration = Duration::from_secs(15);
/// How long the engine's word about its clock is taken before it is read again.
const FRESH: Duration = Duration::from_secs(1);

/// Attaches to the engine of the configured store.
pub fn run(context: &mut Context, args: &ConsoleArgs) -> Result<Exit, CliError> {
    let config = context.config()?;
    let settings = tui::Settings {
        read_only: args.read_only,
        ..look::settings(context, &args.look, &config.console)?
    };
    // An engine is started for a person; a script that acts says so itself, with `drover run`.
    let looks_only = args.read_only || args.at.is_some();
    if !looks_only && tui::is_attended(&settings) && !answers(&config.store) {
        start_engine(context, &config.store)?;
    }
    let reader = context.reader()?;
    let pipeline = pipelines::load(&config).ok();
    let clock = EngineClock {
        reader: reader.another()?,
        last: Mutex::default(),
    };
    let at = args
        .at
        .as_deref()
        .map(|text| {
            let zone = pipeline.as_ref().map_or(chrono_tz::UTC, |p| p.timezone);
            moment(text, clock.now(), zone).map_err(CliError::usage)
        })
        .transpose()?;
    let parts = tui::Parts {
        reader,
        at,
        store: config.store,
        pipeline,
        catalogue: pipelines::catalogue(),
        now: Arc::new(move || clock.now()),
        settings,
        demo: None,
    };
    watch(parts)
}

/// Shows a demo whose engine lives in this process.
pub fn demo(
    context: &Context,
    store: PathBuf,
    pipeline: crate::pipeline::Pipeline,
    clock: Clock,
    line: Arc<dyn Fn() -> String + Send + Sync>,
    args: &LookArgs,
) -> Result<Exit, CliError> {
    watch(tui::Parts {
        at: None,
        reader: Reader::open(&store)?,
        store,
        pipeline: Some(pipeline),
        catalogue: pipelines::catalogue(),
        now: Arc::new(move || clock.now()),
        settings: look::settings(context, args, &Console::default())?,
        demo: Some(line),
    })
}

fn watch(parts: tui::Parts) -> Result<Exit, CliError> {
    match tui::run(parts).map_err(|error| CliError::failed(error.to_string()))? {
        tui::Ended::Left => Ok(Exit::Done),
        // By the shell's convention for signals; the terminal is gone, so nothing is said.
        ended => std::process::exit(i32::from(ended.code())),
    }
}

fn answers(store: &Path) -> bool {
    matches!(client::ask(store, &Request::Hello), Ok(Reply::Done { .. }))
}

/// Starts `drover run` in a session of its own and waits until it answers. What it says goes to `<store>.log`.
fn start_engine(context: &mut Context, store: &Path) -> Result<(), CliError> {
    let mut log = store.as_os_str().to_owned();
    log.push(".log");
    let log = PathBuf::from(log);
    let said = OpenOptions::new()
        .create(true)
        .append(true)
        .open(&log)
        .map_err(|error| {
            CliError::failed(format!("{} cannot be written: {error}", log.display()))
        })?;
    let program = std::env::current_exe()
        .map_err(|error| CliError::failed(format!("drover cannot find itself: {error}")))?;
    let mut command = Command::new(program);
    command.args(["run", "--detach"]).current_dir(&context.here);
    if let Some(config) = &context.globals.config {
        command.arg("--config").arg(config);
    }
    if let Some(store) = &context.globals.store {
        command.arg("--store").arg(store);
    }
    let mut engine = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said)
        .spawn()
        .map_err(|error| CliError::failed(format!("the engine could not be started: {error}")))?;
    context
        .out
        .note("no engine runs on this store; starting one");
    let watch = Stopwatch::start();
    while watch.elapsed() < START {
        if answers(store) {
            return Ok(());
        }
        if let Ok(Some(ended)) = engine.try_wait() {
            let last = last_lines(&log, 8);
            return Err(CliError {
                exit: if ended.code() == Some(2) {
                    Exit::Usage
                } else {
                    Exit::Failed
                },
                text: format!(
                    "the engine ended at once:\n{last}\n({} has the rest)",
                    log.display()
                ),
            });
        }
        real_pause(Duration::from_millis(30));
    }
    Err(CliError::failed(format!(
        "the engine does not answer yet; {} says why",
        log.display()
    )))
}

fn last_lines(path: &Path, count: usize) -> String {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Engine time by the engine's own word, read again now and then.
struct EngineClock {
    reader: Reader,
    last: Mutex<Option<(Stopwatch, Option<Json>)>>,
}

impl EngineClock {
    fn now(&self) -> Time {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.as_ref().is_none_or(|(read, _)| read.elapsed() > FRESH) {
            let note = self.reader.look(|view| view.note("engine")).ok().flatten();
            *last = Some((Stopwatch::start(), note));
        }
        engine_time(
            last.as_ref().and_then(|(_, note)| note.as_ref()),
            real_now(),
        )
    }
}
