//! `drover journal`: what happened, line by line, and whether the chain is whole.

use super::context::Context;
use super::error::{CliError, Exit};
use super::output::{Output, Paint};
use super::waiting::short;
use crate::model::clock::real_pause;
use crate::store::{Entry, Had, Head, Level, Reader};
use serde_json::json;
use std::path::PathBuf;
use std::time::Duration;

/// Entries read at once.
const PART: usize = 500;
/// How often a followed journal is looked at, in real time.
const GLANCE: Duration = Duration::from_millis(250);

#[derive(clap::Args, Debug)]
pub struct JournalArgs {
    /// Go on printing what is added
    #[arg(long, short)]
    pub follow: bool,
    /// Walk the whole chain of hashes
    #[arg(long, conflicts_with_all = ["follow", "lines", "row", "level"])]
    pub verify: bool,
    /// With --verify: the chain must have this head, N:HASH as `journal head N sha256:HASH` of the engine's log
    #[arg(long, value_name = "N:HASH", requires = "verify")]
    pub head: Vec<String>,
    /// With --verify: the chain must have every head that this log of the engine tells
    #[arg(long, value_name = "FILE", requires = "verify")]
    pub heads: Option<PathBuf>,
    /// How many of the last lines
    #[arg(long, short = 'n', value_name = "N", default_value_t = 50)]
    pub lines: usize,
    /// Only this row's
    #[arg(long, value_name = "KEY")]
    pub row: Option<String>,
    /// Only this level and what is graver
    #[arg(long, value_enum, default_value_t = Grade::Info)]
    pub level: Grade,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grade {
    Debug,
    Info,
    Warning,
    Alarm,
}

impl Grade {
    fn level(self) -> Level {
        match self {
            Self::Debug => Level::Debug,
            Self::Info => Level::Info,
            Self::Warning => Level::Warning,
            Self::Alarm => Level::Alarm,
        }
    }
}

pub fn run(context: &mut Context, args: &JournalArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    if args.verify {
        let heads = heads(args)?;
        return verify(context, &reader, &heads);
    }
    let (entries, mut seen) = last(context, &reader, args)?;
    let json = context.json();
    for entry in &entries {
        print(&mut context.out, entry, json)?;
    }
    if !args.follow {
        return Ok(Exit::Done);
    }
    let mut revision = None;
    loop {
        context.out.flush()?;
        let now = reader.revision()?;
        if revision.replace(now) == Some(now) {
            real_pause(GLANCE);
            continue;
        }
        loop {
            let part = context.look(&reader, |view, _| Ok(view.journal_after(seen, PART)?))?;
            for entry in part.iter().filter(|entry| wanted(entry, args)) {
                print(&mut context.out, entry, json)?;
            }
            seen = part.last().map_or(seen, |entry| entry.id);
            if part.len() < PART {
                break;
            }
        }
    }
}

/// The last wanted entries, oldest first, and the journal's newest entry of all: where following goes on.
fn last(
    context: &Context,
    reader: &Reader,
    args: &JournalArgs,
) -> Result<(Vec<Entry>, i64), CliError> {
    context.look(reader, |view, _| {
        let row = match &args.row {
            None => None,
            Some(key) => Some(
                view.row_by_key(key)?
                    .ok_or_else(|| CliError::usage(format!("no row answers to {key}")))?
                    .id,
            ),
        };
        let mut found: Vec<Entry> = Vec::new();
        let mut before = None;
        while found.len() < args.lines {
            let part = view.journal_before(before, row, PART)?;
            let Some(oldest) = part.last() else { break };
            before = Some(oldest.id);
            found.extend(part.into_iter().filter(|entry| wanted(entry, args)));
        }
        found.truncate(args.lines);
        found.reverse();
        let newest = view.journal_before(None, None, 1)?;
        Ok((found, newest.first().map_or(0, |entry| entry.id)))
    })
}

fn wanted(entry: &Entry, args: &JournalArgs) -> bool {
    entry.level >= args.level.level()
        && args
            .row
            .as_ref()
            .is_none_or(|key| entry.key.as_ref() == Some(key))
}

fn print(out: &mut Output, entry: &Entry, json: bool) -> Result<(), CliError> {
    if json {
        return out.json_line(entry);
    }
    let (word, paint) = match entry.level {
        Level::Debug => ("debug", Paint::Dim),
        Level::Info => ("info", Paint::Plain),
        Level::Warning => ("warn", Paint::Warn),
        Level::Alarm => ("ALARM", Paint::Bad),
    };
    let at = out.paint(Paint::Dim, &short(entry.at));
    let word = out.paint(paint, &format!("{word:<5}"));
    let key = entry
        .key
        .as_deref()
        .map_or(String::new(), |key| format!("{key} "));
    out.line(format_args!(
        "{at} {word} {}: {key}{}",
        entry.source, entry.text
    ))
}

/// What the arguments say that the chain must have.
fn heads(args: &JournalArgs) -> Result<Vec<Head>, CliError> {
    let one = |text: &String| {
        Head::parse(text).ok_or_else(|| {
            CliError::usage(format!(
                "--head {text}: write N:HASH, with the 64 digits of `journal head N sha256:HASH` in the engine's log"
            ))
        })
    };
    let mut heads = args.head.iter().map(one).collect::<Result<Vec<_>, _>>()?;
    if let Some(path) = &args.heads {
        let bytes = std::fs::read(path).map_err(|error| {
            CliError::usage(format!("{} cannot be read: {error}", path.display()))
        })?;
        let text = String::from_utf8_lossy(&bytes);
        let told: Vec<Head> = text.lines().filter_map(Head::in_line).collect();
        if told.is_empty() {
            return Err(CliError::usage(format!(
                "{} tells no journal head: is it the log of `drover run`?",
                path.display()
            )));
        }
        heads.extend(told);
    }
    Ok(heads)
}

/// A broken chain means that somebody or something changed the record: a person must look.
fn verify(context: &mut Context, reader: &Reader, heads: &[Head]) -> Result<Exit, CliError> {
    let (walked, broken, lost) = context.look(reader, |view, _| {
        let (walked, broken) = view.verify_journal()?;
        let mut lost = Vec::new();
        for head in heads {
            match view.journal_has(head)? {
                Had::Same => {}
                had => lost.push((head, had)),
            }
        }
        Ok((walked, broken, lost))
    })?;
    if context.json() {
        let lost: Vec<_> = lost
            .iter()
            .map(|(head, had)| json!({"entry": head.id, "gone": *had == Had::Gone}))
            .collect();
        context.out.json(
            &json!({"entries": walked, "broken_at": broken, "heads": heads.len(), "not_in_chain": lost}),
        )?;
    } else {
        match broken {
            None => context
                .out
                .line(format_args!("✓ {walked} entries, the chain is whole"))?,
            Some(id) => context.out.line(format_args!(
                "✗ entry {id} does not fit the one before it: the journal was changed from outside, or the disk failed; \
                 compare with a backup"
            ))?,
        }
        for (head, had) in &lost {
            let what = match had {
                Had::Gone => {
                    "is not there any more: the journal's end was cut off, or an older store was put back"
                }
                _ => "is another than the one told then: the journal was written anew",
            };
            context.out.line(format_args!(
                "✗ entry {} {what}; compare with a backup",
                head.id
            ))?;
        }
        if !heads.is_empty() && lost.is_empty() {
            context
                .out
                .line(format_args!("✓ all {} told heads are in it", heads.len()))?;
        }
    }
    Ok(if broken.is_none() && lost.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}
