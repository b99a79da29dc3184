//! From a want to a snapshot.

use super::dossier::Dossier;
use super::journal::JournalReader;
use super::list::List;
use super::members::Members;
use super::names::Names;
use super::snapshot::{Line, Snapshot, Want};
use super::topic::Topic;
use super::waits::Waiting;
use crate::model::clock::Stopwatch;
use crate::model::time::Time;
use crate::store::{Reader, StoreError, View};
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
    members: Option<Members>,
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
            members: None,
        }
    }

    pub fn revision(&self) -> Result<u64, StoreError> {
        self.reader.revision()
    }

    /// One look for what no snapshot holds.
    pub fn look<T>(
        &self,
        now: Time,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.reader.look_at(now, work)
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
            if want.members.as_ref().map(|want| want.number)
                != members.as_ref().map(|known| known.number)
            {
                *members = want
                    .members
                    .as_ref()
                    .map(|want| Members::read(view, want, names))
                    .transpose()?;
            }
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
                members: members.clone(),
                topic: want
                    .topic
                    .as_ref()
                    .map(|want| {
                        Ok::<_, StoreError>((want.clone(), Topic::read(view, want, names, now)?))
                    })
                    .transpose()?,
                heartbeat: heartbeat(view)?,
            })
        })
    }
}

fn heartbeat(view: &View<'_>) -> Result<Option<Time>, StoreError> {
    let note = view.note("engine")?;
    let real = note.as_ref().and_then(|note| note.get("real")?.as_str());
    Ok(real.and_then(|text| Time::parse(text).ok()))
}
