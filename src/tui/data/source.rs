//! From a want to a snapshot.

use super::choices::Choices;
use super::commands::Commands;
use super::dossier::Dossier;
use super::found::Found;
use super::journal::JournalReader;
use super::list::{List, ListWant};
use super::lister::Lister;
use super::members::MembersReader;
use super::names::Names;
use super::night::{Heartbeat, NightReader};
use super::past::PastReader;
use super::snapshot::{Snapshot, Want};
use super::standing::{Known, Standing};
use super::topic::{Memory, Topic, TopicWant};
use super::waits::Waiting;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use crate::store::{Query, Reader, StoreError, View};
use std::sync::Arc;

/// Pages of a window.
const PAGES: usize = 4;

/// Reads what is wanted, and remembers what need not be read twice.
pub struct Source {
    reader: Reader,
    names: Names,
    /// Puts the list in order on its own thread; without it the list is read with the rest.
    lister: Option<Lister>,
    list: Arc<List>,
    waiting: Waiting,
    journal: JournalReader,
    members: MembersReader,
    choices: Option<Arc<Choices>>,
    night: NightReader,
    topics: Memory,
    topic: Option<TopicWant>,
    found: Option<Found>,
    past: PastReader,
    /// There was a look already.
    begun: bool,
    /// The last look was for what is in sight alone, as somebody waited for it.
    hurried: bool,
}

impl Source {
    pub fn new(reader: Reader, names: Names) -> Self {
        Self {
            reader,
            names,
            lister: None,
            list: Arc::default(),
            waiting: Waiting::default(),
            journal: JournalReader::default(),
            members: MembersReader::default(),
            choices: None,
            night: NightReader::default(),
            topics: Memory::default(),
            topic: None,
            found: None,
            past: PastReader::default(),
            begun: false,
            hurried: false,
        }
    }

    /// Another connection to the same store.
    pub fn another_reader(&self) -> Result<Reader, StoreError> {
        self.reader.another()
    }

    pub fn list_with(&mut self, lister: Lister) {
        self.lister = Some(lister);
    }

    /// Says which list is wanted. False when there is none yet, so that there is nothing to read rows of.
    pub fn want_list(&mut self, want: &ListWant) -> bool {
        self.lister.as_mut().is_none_or(|lister| {
            lister.want(want);
            lister.newest().is_some()
        })
    }

    pub fn revision(&self) -> Result<u64, StoreError> {
        self.reader.revision()
    }

    /// True when another look at the same would bring more: a long search is not at its end, rows of a preview are still to
    /// be looked at, or the last look left something of the window for the next.
    pub fn is_due(&self) -> bool {
        self.hurried
            || self.topics.is_due(self.topic.as_ref())
            || self.members.is_due()
            || self.waiting.is_short()
    }

    /// One look for what no snapshot holds.
    pub fn look<T>(
        &self,
        now: Time,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.reader.look_at(now, work)
    }

    /// When to read again though nothing was committed: as something falls due, within the bounds.
    pub fn next_due(&self, now: Time, (least, most): (Span, Span)) -> Time {
        let next = self.reader.look_at(now, |view| view.next_due(now));
        let most = now.plus(most);
        let next = next.ok().flatten().map_or(most, |next| next.min(most));
        next.max(now.plus(least))
    }

    pub fn read(&mut self, want: &Want, now: Time) -> Result<Snapshot, StoreError> {
        if let Some(at) = want.at {
            return self.past.read(&self.reader, want, at);
        }
        let Self {
            reader,
            names,
            lister,
            list,
            waiting,
            journal,
            members,
            choices,
            night,
            topics,
            topic,
            found,
            past: _,
            begun,
            hurried,
        } = self;
        topic.clone_from(&want.topic);
        *hurried = false;
        reader.look_at(now, |view| {
            // Somebody waits for another list: what is in sight comes at once, and the rest with the look after it.
            let first = !std::mem::replace(begun, true);
            let another = take_newest(view, &want.list, lister.as_ref(), list)?;
            *hurried = lister.is_some() && (another || first);
            Choices::look(choices, view, want.choices.as_ref(), names)?;
            Found::look(found, view, want.find.as_deref())?;
            let engine = view.note("engine")?;
            let switches = view.switches()?;
            let standing = Standing::read(view, names)?;
            let known = Known::new(names, &switches, &standing);
            // With a thread of its own for the list there is another look at once, which goes on where this one ends.
            let most = lister.as_ref().map(|_| want.window.1 / PAGES * 2);
            waiting.begin(most.unwrap_or(usize::MAX));
            let page = want.window.1 / PAGES;
            let seen = if *hurried { page * 2 } else { usize::MAX };
            let ids = nearest_first(list, want.window).take(seen);
            let lines = waiting.lines(view, ids, known, now)?;
            Ok(Snapshot {
                list: list.clone(),
                lines,
                phases: view.phases()?,
                counts: view.counts(now)?,
                journal: journal.read(view, &want.journal)?,
                dossier: match want.dossier {
                    None => None,
                    Some(row) => Dossier::read_now(view, row, known, now)?,
                },
                switches,
                standing,
                halts: view.halts()?,
                members: members.read(view, want.members.as_ref(), names)?,
                choices: choices.clone(),
                wave_rows: rows_of_wave(view, want.wave.as_deref())?,
                commands: Commands::read(view, want.command.as_ref(), engine.as_ref())?,
                topic: match topic {
                    None => None,
                    Some(want) => {
                        let kept = (&mut *topics, &mut night.meter);
                        Some((want.clone(), Topic::read(view, want, names, now, kept)?))
                    }
                },
                found: found.clone(),
                moments: None,
                heartbeat: Heartbeat::read(view)?,
                night: night.read(view, names, now, *hurried)?,
            })
        })
    }
}

/// Takes the newest list there is; true when it is another than the one before, and not that one read again.
fn take_newest(
    view: &View<'_>,
    want: &ListWant,
    lister: Option<&Lister>,
    list: &mut Arc<List>,
) -> Result<bool, StoreError> {
    let newest = match lister {
        Some(lister) => lister.newest(),
        None => Some(Arc::new(List::read(view, want, Some(list))?)),
    };
    let Some(newest) = newest.filter(|newest| newest != list) else {
        return Ok(false);
    };
    let another = newest.want != list.want;
    *list = newest;
    Ok(another)
}

fn rows_of_wave(view: &View<'_>, wave: Option<&str>) -> Result<Option<u64>, StoreError> {
    let Some(wave) = wave else { return Ok(None) };
    let rows = view.count(&Query {
        condition: Some(super::choices::of_wave(Some(wave))),
        ..Query::default()
    })?;
    Ok(Some(rows))
}

/// The rows of a window, those in sight before those above: to explain a row takes longest, and the last have to wait. The
/// first page of a window lies above what is seen, unless it is the first of all.
fn nearest_first(list: &List, (first, count): (usize, usize)) -> impl Iterator<Item = RowId> {
    let above = if first == 0 { 0 } else { count / PAGES };
    let ids = list.ids.iter().skip(first).take(count).copied();
    ids.clone().skip(above).chain(ids.take(above))
}
