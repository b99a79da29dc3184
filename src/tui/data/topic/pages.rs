//! A list that may be very long, newest first: read by pages, searched by pages, and never read twice.

use super::search::Search;
use crate::store::{StoreError, View};
use crate::tui::data::Names;
use std::sync::Arc;

/// Entries read at a time.
const PAGE: usize = 500;
/// Pages read in one look, so that others do not wait for it.
const PAGES_AT_ONCE: usize = 6;
/// Entries looked at in all; what is older is in its row's dossier.
pub const MOST: usize = 20_000;
/// Entries below the cursor that are there before it gets to them.
const AHEAD: usize = 250;
/// Entries that are still moving and are read again in one look.
const MOVING_AT_ONCE: usize = 400;
/// Entries around the cursor that are read again in every look.
const NEAR: usize = 60;

/// What can be listed so.
pub trait Paged: Sized + PartialEq {
    /// Parts of a line that can be searched alone.
    const PARTS: &'static [&'static str];
    /// Whether even one that no longer moves may change.
    const CHANGES: bool;
    fn id(&self) -> i64;
    /// Whether it may still change.
    fn moves(&self) -> bool;
    fn found(&self, search: &Search, names: &Names) -> bool;
    fn page(view: &View<'_>, before: Option<i64>, limit: usize) -> Result<Vec<Self>, StoreError>;
    fn one(view: &View<'_>, id: i64) -> Result<Option<Self>, StoreError>;
}

/// What was found so far. Cheap to clone.
#[derive(Debug)]
pub struct Found<T> {
    /// Newest first.
    pub entries: Arc<Vec<Arc<T>>>,
    pub ids: Arc<[String]>,
    /// Entries looked at, of which those are the ones with the words.
    pub looked: usize,
    /// Everything there is was looked at.
    pub whole: bool,
    /// Older ones are not looked at.
    pub ended: bool,
    /// Two with the same number hold the same.
    version: u64,
}

impl<T> Clone for Found<T> {
    fn clone(&self) -> Self {
        Self {
            entries: self.entries.clone(),
            ids: self.ids.clone(),
            ..*self
        }
    }
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
            ids: Arc::default(),
            looked: 0,
            whole: false,
            ended: false,
            version: 0,
        }
    }
}

impl<T> PartialEq for Found<T> {
    fn eq(&self, other: &Self) -> bool {
        (self.version, self.looked, self.whole) == (other.version, other.looked, other.whole)
    }
}

impl<T: Paged> Found<T> {
    /// The entry of an id, as lists have it.
    pub fn get(&self, id: Option<&str>) -> Option<&T> {
        let id: i64 = id?.parse().ok()?;
        let place = self.entries.binary_search_by(|known| id.cmp(&known.id()));
        place.ok().map(|at| &*self.entries[at])
    }

    /// The id of the chosen entry, which is the newest until one is.
    pub fn chosen(&self, id: Option<&str>) -> Option<i64> {
        let first = self.ids.first().map(String::as_str);
        id.or(first)?.parse().ok()
    }
}

/// Remembers what was read.
#[derive(Debug)]
pub struct Pages<T> {
    typed: String,
    search: Search,
    found: Found<T>,
    /// The highest and the lowest id looked at.
    newest: i64,
    oldest: Option<i64>,
    /// Those that still move, found or not, the one to be read again next at the front.
    moving: std::collections::VecDeque<i64>,
    versions: u64,
    /// There is more to read for what was wanted last.
    due: bool,
}

impl<T> Default for Pages<T> {
    fn default() -> Self {
        Self {
            typed: String::new(),
            search: Search::default(),
            found: Found::default(),
            newest: 0,
            oldest: None,
            moving: std::collections::VecDeque::new(),
            versions: 0,
            due: false,
        }
    }
}

impl<T: Paged> Pages<T> {
    /// Whether another look now would bring more.
    pub fn is_due(&self) -> bool {
        self.due
    }

    /// Brings the list up to date, and reads on to below line `near`, in as many looks as it takes.
    pub fn read(
        &mut self,
        view: &View<'_>,
        names: &Names,
        typed: &str,
        near: usize,
    ) -> Result<Found<T>, StoreError> {
        if self.typed != typed {
            self.begin(typed);
        }
        let before = (self.versions, self.found.entries.len());
        if self.oldest.is_some() {
            self.learn(view, names)?;
            self.look_again(view, names, near)?;
        }
        for _ in 0..PAGES_AT_ONCE {
            if !self.wants_more(near) {
                break;
            }
            self.read_on(view, names)?;
        }
        self.due = self.wants_more(near);
        self.found.ended = !self.found.whole && self.found.looked >= MOST;
        if (self.versions, self.found.entries.len()) != before {
            let ids = self.found.entries.iter().map(|entry| entry.id());
            self.found.ids = ids.map(|id| id.to_string()).collect();
            self.versions += 1;
        }
        self.found.version = self.versions;
        Ok(self.found.clone())
    }

    /// Forgets everything; the next list is told from this one.
    fn begin(&mut self, typed: &str) {
        *self = Self {
            typed: typed.to_owned(),
            search: Search::new(typed, T::PARTS),
            versions: self.versions + 1,
            ..Self::default()
        };
    }

    fn wants_more(&self, near: usize) -> bool {
        let Found {
            entries,
            looked,
            whole,
            ..
        } = &self.found;
        !whole && *looked < MOST && entries.len() < near + AHEAD
    }

    /// One page of older entries.
    fn read_on(&mut self, view: &View<'_>, names: &Names) -> Result<(), StoreError> {
        let page = T::page(view, self.oldest, PAGE)?;
        self.found.whole = page.len() < PAGE;
        self.found.looked += page.len();
        if let Some(first) = page.first() {
            self.newest = self.newest.max(first.id());
        }
        self.oldest = page.last().map(T::id).or(self.oldest).or(Some(0));
        let entries = Arc::make_mut(&mut self.found.entries);
        for entry in page {
            if entry.moves() {
                self.moving.push_back(entry.id());
            }
            if entry.found(&self.search, names) {
                entries.push(Arc::new(entry));
                self.versions += 1;
            }
        }
        Ok(())
    }

    /// What is new since the last look.
    fn learn(&mut self, view: &View<'_>, names: &Names) -> Result<(), StoreError> {
        let (mut fresh, mut before): (Vec<T>, _) = (Vec::new(), None);
        for pages in 0.. {
            let page = T::page(view, before, if pages == 0 { PAGE / 10 } else { PAGE })?;
            before = page.last().map(T::id);
            let count = page.len();
            fresh.extend(
                page.into_iter()
                    .take_while(|entry| entry.id() > self.newest),
            );
            let reached = before.is_none_or(|last| last <= self.newest);
            if reached || count == 0 {
                break;
            }
            if pages >= PAGES_AT_ONCE {
                // So much came that beginning anew is quicker.
                let typed = std::mem::take(&mut self.typed);
                self.begin(&typed);
                return Ok(());
            }
        }
        let Some(first) = fresh.first() else {
            return Ok(());
        };
        self.newest = first.id();
        self.found.looked += fresh.len();
        for entry in &fresh {
            if entry.moves() {
                self.moving.push_back(entry.id());
            }
        }
        fresh.retain(|entry| entry.found(&self.search, names));
        if !fresh.is_empty() {
            self.versions += 1;
            let entries = Arc::make_mut(&mut self.found.entries);
            entries.splice(0..0, fresh.into_iter().map(Arc::new));
        }
        Ok(())
    }

    /// Reads again what may have changed: some of those that move, and all that are in sight.
    fn look_again(
        &mut self,
        view: &View<'_>,
        names: &Names,
        near: usize,
    ) -> Result<(), StoreError> {
        let shown = self.found.entries.iter().skip(near.saturating_sub(NEAR));
        let shown = shown.take(NEAR * 3);
        let mut again: Vec<i64> = shown
            .filter(|entry| T::CHANGES || entry.moves())
            .map(|entry| entry.id())
            .collect();
        for _ in 0..MOVING_AT_ONCE.min(self.moving.len()) {
            again.extend(self.moving.pop_front());
        }
        again.sort_unstable();
        again.dedup();
        for id in again {
            let Some(entry) = T::one(view, id)? else {
                continue;
            };
            self.settle(entry, names);
        }
        Ok(())
    }

    /// Puts an entry read again where it belongs.
    fn settle(&mut self, entry: T, names: &Names) {
        let id = entry.id();
        if entry.moves() && !self.moving.contains(&id) {
            self.moving.push_back(id);
        }
        let wanted = entry.found(&self.search, names);
        let entries = &mut self.found.entries;
        let place = entries.binary_search_by(|known| id.cmp(&known.id()));
        match (place, wanted) {
            (Ok(at), true) if *entries[at] == entry => return,
            (Ok(at), true) => Arc::make_mut(entries)[at] = Arc::new(entry),
            (Ok(at), false) => drop(Arc::make_mut(entries).remove(at)),
            (Err(at), true) => Arc::make_mut(entries).insert(at, Arc::new(entry)),
            (Err(_), false) => return,
        }
        self.versions += 1;
    }
}
