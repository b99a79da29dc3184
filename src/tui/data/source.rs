//! From a want to a snapshot.

use super::choices::Choices;
use super::commands::Commands;
use super::dossier::Dossier;
use super::journal::JournalReader;
use super::list::List;
use super::members::MembersReader;
use super::names::Names;
use super::snapshot::{Line, Snapshot, Want};
use super::topic::Topic;
use super::waits::Waiting;
use crate::model::clock::Stopwatch;
use crate::model::time::Time;
use crate::store::{Query, Reader, StoreError, View};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A list longer than this is put in order anew at most twice a second.
const LONG_LIST: usize = 5_000;
const LIST_REST: Duration = Duration::from_millis(500);

/// Reads what is wanted, and remembers what need not be read twice.
pub struct Source {
    reader: Reader,
    names: Names,
    list: Arc<List>,
    listed: Option<Stopwatch>,
    waiting: Waiting,
    journal: JournalReader,
    members: MembersReader,
    choices: Option<Arc<Choices>>,
}

impl Source {
    pub fn new(reader: Reader, names: Names) -> Self {
        Self {
            reader,
            names,
            list: Arc::default(),
            listed: None,
            waiting: Waiting::default(),
            journal: JournalReader::default(),
            members: MembersReader::default(),
            choices: None,
        }
    }

    pub fn revision(&self) -> Result<u64, StoreError> {
        self.reader.revision()
    }

    /// True while rows of a preview are still to be looked at.
    pub fn members_are_due(&self) -> bool {
        self.members.is_due()
    }

    /// True while the order shown may be older than the rows, because a long list rests between two orderings.
    pub fn list_is_due(&self) -> bool {
        self.list.ids.len() > LONG_LIST
            && self
                .listed
                .is_some_and(|watch| watch.elapsed() >= LIST_REST)
    }

    pub fn read(&mut self, want: &Want, now: Time) -> Result<Snapshot, StoreError> {
        let Self {
            reader,
            names,
            list,
            listed,
            waiting,
            journal,
            members,
            choices,
        } = self;
        reader.look_at(now, |view| {
            let rests = list.ids.len() > LONG_LIST
                && listed.is_some_and(|watch| watch.elapsed() < LIST_REST);
            if list.want != want.list || listed.is_none() || !rests {
                let fresh = List::read(view, &want.list, list)?;
                if **list != fresh {
                    *list = Arc::new(fresh);
                }
                *listed = Some(Stopwatch::start());
            }
            if want.choices.as_ref().map(|want| want.number)
                != choices.as_ref().map(|known| known.number)
            {
                let read = |want| Choices::read(view, want, names).map(Arc::new);
                *choices = want.choices.as_ref().map(read).transpose()?;
            }
            let engine = view.note("engine")?;
            let switches = view.switches()?;
            let mut lines = HashMap::new();
            let (first, count) = want.window;
            for id in list.ids.iter().skip(first).take(count) {
                if let Some(row) = view.row(*id)? {
                    let waits = waiting.of(view, &row, names, &switches, now)?;
                    lines.insert(*id, Line { row, waits });
                }
            }
            Ok(Snapshot {
                list: list.clone(),
                lines,
                phases: view.phases()?,
                counts: view.counts(now)?,
                switches,
                journal: journal.read(view, &want.journal)?,
                dossier: want
                    .dossier
                    .map(|id| Dossier::read(view, id, now))
                    .transpose()?
                    .flatten(),
                members: members.read(view, want.members.as_ref(), names)?,
                choices: choices.clone(),
                wave_rows: want
                    .wave
                    .as_deref()
                    .map(|wave| rows_of_wave(view, wave))
                    .transpose()?,
                commands: Commands::read(view, want.command.as_ref(), engine.as_ref())?,
                topic: want
                    .topic
                    .as_ref()
                    .map(|want| {
                        Ok::<_, StoreError>((want.clone(), Topic::read(view, want, names, now)?))
                    })
                    .transpose()?,
                heartbeat: heartbeat(engine.as_ref()),
            })
        })
    }
}

fn heartbeat(engine: Option<&serde_json::Value>) -> Option<Time> {
    let real = engine.and_then(|note| note.get("real")?.as_str());
    real.and_then(|text| Time::parse(text).ok())
}

fn rows_of_wave(view: &View<'_>, wave: &str) -> Result<u64, StoreError> {
    let quoted = wave.replace('\'', "''");
    view.count(&Query {
        condition: Some(format!("wave = '{quoted}'")),
        ..Query::default()
    })
}
