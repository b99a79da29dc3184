//! What is told on being asked: the log, the faults, the stages, the help.

use super::dialogue::Dialogue;
use super::hearing::Heard;
use super::orders::Told;
use crate::store::{Entry, FaultGroup, Level, RuleCount, StoreError};
use crate::tui::data::JournalWant;
use crate::tui::state::{Pick, Screen};
use crate::tui::{ages, draw, text};
use std::io::{self, Write};
use std::sync::mpsc::RecvTimeoutError;
use std::time::Duration;

/// How often it is asked whether anything was committed, while the log is followed.
const RHYTHM: Duration = Duration::from_millis(150);
/// Entries read at once while the log is followed.
const BATCH: usize = 200;
/// Faults told before the rest are only counted.
const FAULTS: usize = 30;

const HELP: &[(&str, &str)] = &[
    (
        "state",
        "how the night stands: what is not moving, why, what happens next, whether you may sleep",
    ),
    ("list, more", "the rows, twenty at a time, with numbers"),
    (
        "a number or a key",
        "everything about that row; a key in quotes is a key whatever it looks like",
    ),
    (
        "filter WORDS",
        "only rows that match: words, !not, column:value, phase:..., idle:>2h, or = and SQL; filter alone ends it",
    ),
    (
        "sort COLUMN",
        "sort age, sort phase, or by any column's title; add up or down",
    ),
    ("faults", "what failed, grouped by cause, with numbers"),
    (
        "stages",
        "the stages and ladders with what stands in their queues",
    ),
    (
        "history, inbox, waves, services, checks",
        "as the screens of those names",
    ),
    ("log, log 50", "the last lines of the log"),
    (
        "follow",
        "new lines of the log as they come, until enter is pressed",
    ),
    (
        "retry, hold, release, refresh ROWS --- REASON",
        "act on rows: numbers (3, 5-9), keys, fault:2, or all that match the filter; first it says what will come of it and asks",
    ),
    (
        "skip, trigger STAGE ROWS --- REASON",
        "skip a stage for rows, or run it for them now",
    ),
    (
        "remedy LADDER ROWS --- REASON",
        "the next rung of a ladder, now",
    ),
    (
        "act NAME ROWS --- REASON",
        "one of the pipeline's own acts; act alone tells their names",
    ),
    (
        "stop REASON, resume REASON",
        "stop all sending, everywhere; go on",
    ),
    ("quit", "leave; the engine goes on"),
];

impl<W: Write> Dialogue<W> {
    pub(super) fn tell_help(&mut self) -> io::Result<()> {
        for (order, said) in HELP {
            self.paper.say(&format!("{order}: {said}."))?;
        }
        Ok(())
    }

    pub(super) fn tell_screen(&mut self, told: Told) -> io::Result<()> {
        let screen = match told {
            Told::History => Screen::History(Pick::default()),
            Told::Inbox => Screen::Inbox(Pick::default()),
            Told::Waves => Screen::Waves(Pick::default()),
            Told::Services => Screen::Services(Pick::default()),
            Told::Checks => Screen::Checks(Pick::default()),
        };
        self.tell(screen, |_| ())
    }

    pub(super) fn tell_stages(&mut self) -> io::Result<()> {
        if !self.read(|_| ())? {
            return Ok(());
        }
        let counts = self.state.data.counts.clone();
        let lines = counts.iter().map(|count| {
            let (word, _) = draw::stage_word(&self.state, count, usize::MAX);
            let word = match word.as_str() {
                "off" => "switched off".to_owned(),
                "braked" => "stopped by a brake".to_owned(),
                opens if opens.starts_with("at ") => format!("opens {opens}"),
                other => other.to_owned(),
            };
            let title = self.state.facts.names.rule(&count.rule);
            format!("{title} ({}): {word}; {}.", count.rule, counted(count))
        });
        let lines = lines.collect();
        self.tell_lines(lines)
    }

    pub(super) fn tell_faults(&mut self) -> io::Result<()> {
        self.turn();
        let now = self.state.now;
        let found = self.source.look(now, |view| {
            let groups = view.faults()?;
            let mut keys = Vec::new();
            for group in groups.iter().take(FAULTS) {
                let first = view.rows_of_fault(&group.id)?.first().copied();
                let row = first.map(|row| view.row(row)).transpose()?.flatten();
                keys.push(row.map_or(String::new(), |row| row.key));
            }
            Ok((groups, keys))
        });
        let (groups, keys) = match found {
            Ok(found) => found,
            Err(error) => return self.unreadable(&error),
        };
        self.faults = groups.iter().map(|group| group.id.clone()).collect();
        if groups.is_empty() {
            return self.paper.say("Nothing that was tried last has failed.");
        }
        let numbered = (1..).zip(groups.iter().zip(keys));
        let mut lines: Vec<String> = numbered
            .map(|(number, (group, key))| self.fault_said(number, group, &key))
            .collect();
        let left = groups.len() - lines.len();
        if left > 0 {
            lines.push(format!("{} more.", text::count(left, "cause")));
        }
        lines.push("Act on one with fault: and its number, as in retry fault:1 --- reason.".into());
        self.tell_lines(lines)
    }

    fn fault_said(&self, number: usize, group: &FaultGroup, example: &str) -> String {
        let now = self.state.now;
        let rows = text::count(group.rows as usize, &self.state.facts.shape.subject);
        format!(
            "{number}. {}, {rows}: {}: {}. First {}, last {}; for example {example}.",
            self.state.facts.names.rule(&group.rule),
            group.kind,
            group.cause.trim_end_matches('.'),
            ages::said(now, group.first_at),
            ages::said(now, group.last_at),
        )
    }

    pub(super) fn tell_log(&mut self, count: usize) -> io::Result<()> {
        let journal = JournalWant {
            count,
            ..JournalWant::default()
        };
        if !self.read(|want| want.journal = journal)? {
            return Ok(());
        }
        let data = self.state.data.clone();
        if data.journal.entries.is_empty() {
            return self.paper.say("Nothing happened yet.");
        }
        for entry in &data.journal.entries {
            self.tell_entry(entry)?;
        }
        Ok(())
    }

    /// New lines of the log as they come, until a line is heard.
    pub(super) fn follow(&mut self) -> io::Result<()> {
        if !self.read(|_| ())? {
            return Ok(());
        }
        let mut last = self.state.data.journal.last;
        let mut seen = None;
        self.paper.say("Following the log; enter ends it.")?;
        loop {
            self.paper.flush()?;
            match self.heard.recv_timeout(RHYTHM) {
                Ok(Heard::Line(_) | Heard::TooLong) => {
                    return self.paper.say("The log is no longer followed.");
                }
                // The dialogue hears of it next.
                Ok(Heard::End) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let revision = self.source.revision().ok();
            if revision == seen && seen.is_some() {
                continue;
            }
            seen = revision;
            loop {
                self.turn();
                let now = self.state.now;
                let entries = match self
                    .source
                    .look(now, |view| view.journal_after(last, BATCH))
                {
                    Ok(entries) => entries,
                    Err(error) => return self.unreadable(&error),
                };
                let Some(newest) = entries.last() else { break };
                last = newest.id;
                for entry in entries.iter().filter(|entry| entry.level >= Level::Info) {
                    self.tell_entry(entry)?;
                }
            }
        }
    }

    /// `00:10:03 warning, transfer, C02A: refused`.
    fn tell_entry(&mut self, entry: &Entry) -> io::Result<()> {
        let pipeline = self.state.facts.names.pipeline();
        let zone = pipeline.map_or(chrono_tz::UTC, |pipeline| pipeline.timezone);
        let level = match entry.level {
            Level::Debug | Level::Info => "",
            Level::Warning => "warning, ",
            Level::Alarm => "ALARM, ",
        };
        let key = entry
            .key
            .as_deref()
            .filter(|key| !entry.text.contains(*key))
            .map_or(String::new(), |key| format!(", {key}"));
        let at = ages::clock_seconds(entry.at, zone);
        self.paper.say(&format!(
            "{at} {level}{}{key}: {}",
            entry.source, entry.text
        ))
    }

    pub(super) fn unreadable(&mut self, error: &StoreError) -> io::Result<()> {
        self.paper
            .say(&format!("The store cannot be read: {error}"))
    }
}

/// `12 queued, 2 running`; `nothing queued`.
pub(super) fn counted(count: &RuleCount) -> String {
    let parts = [
        (count.queued, "queued"),
        (count.later, "for later"),
        (count.running, "running"),
        (count.waiting, "waiting for the outside"),
        (count.backing_off, "tried again later"),
        (count.held, "held"),
    ];
    let said: Vec<String> = parts
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, word)| format!("{} {word}", text::thousands(*number)))
        .collect();
    if said.is_empty() {
        "nothing queued".into()
    } else {
        said.join(", ")
    }
}
