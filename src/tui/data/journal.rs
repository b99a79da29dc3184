//! The part of the log that is looked at, anchored to an entry and not to a line number.

use super::seek::{Seek, Sought};
use crate::model::row::RowId;
use crate::store::{Entry, Level, StoreError, View};

/// Entries read at a time while looking for those of a level; at first no more than are wanted.
const PAGE: usize = 500;
/// Pages looked through before giving up.
const MOST_PAGES: usize = 20;

/// Which part of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalWant {
    /// The entry at the bottom; `None` follows the end.
    pub anchor: Option<i64>,
    /// This level and above.
    pub level: Level,
    /// Entries before the anchor; after it a third of that.
    pub count: usize,
    /// Alarms after this entry are unread.
    pub read_to: i64,
    /// Entries of this row only.
    pub row: Option<RowId>,
    /// A search under way.
    pub seek: Option<Seek>,
}

impl Default for JournalWant {
    fn default() -> Self {
        Self {
            anchor: None,
            level: Level::Info,
            count: 0,
            read_to: 0,
            row: None,
            seek: None,
        }
    }
}

/// The entries, oldest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Journal {
    pub entries: Vec<Entry>,
    /// Entries of the level after the anchor, counted up to a few hundred.
    pub newer: usize,
    /// True when the last entry here is the newest of its level.
    pub whole: bool,
    /// The newest entry there is, whatever its level.
    pub last: i64,
    /// Alarms that nobody has looked at, as far as they are remembered.
    pub alarms: u64,
    /// The newest of them.
    pub alarm: Option<String>,
    /// What came of the search.
    pub sought: Option<Sought>,
    /// The newest of all, looked at or not, with its entry.
    pub newest_alarm: Option<(i64, String)>,
}

/// Reads the log, and remembers the alarms it has seen.
#[derive(Default)]
pub struct JournalReader {
    alarms: Vec<(i64, String)>,
    seen: i64,
    sought: Option<Sought>,
}

impl JournalReader {
    pub fn read(&mut self, view: &View<'_>, want: &JournalWant) -> Result<Journal, StoreError> {
        self.learn(view)?;
        let wanted = |entry: &Entry| entry.level >= want.level;
        let mut entries: Vec<Entry> = Vec::new();
        let mut before = want.anchor.map(|anchor| anchor + 1);
        let mut most = want.count.clamp(1, PAGE);
        for _ in 0..MOST_PAGES {
            if entries.len() >= want.count {
                break;
            }
            let page = view.journal_before(before, want.row, most)?;
            let Some(oldest) = page.last() else { break };
            before = Some(oldest.id);
            let last = page.len() < most;
            most = PAGE;
            entries.extend(page.into_iter().filter(wanted));
            if last {
                break;
            }
        }
        entries.truncate(want.count);
        entries.reverse();
        let (mut newer, mut whole) = (0, true);
        if let Some(anchor) = want.anchor {
            let page = match want.row {
                Some(row) => view.journal_after_of(row, anchor, PAGE)?,
                None => view.journal_after(anchor, PAGE)?,
            };
            let most = want.count / 3 + 1;
            let read_all = page.len() < PAGE;
            let after: Vec<Entry> = page.into_iter().filter(wanted).collect();
            newer = after.len();
            whole = read_all && newer <= most;
            entries.extend(after.into_iter().take(most));
        }
        let known = self.sought.as_ref().map(|sought| sought.number);
        if want.seek.as_ref().map(|seek| seek.number) != known {
            let seek = want.seek.as_ref();
            let sought = seek.map(|seek| Sought::read(view, seek, want.level, want.row));
            self.sought = sought.transpose()?;
        }
        let mut unread = self.alarms.iter().filter(|(id, _)| *id > want.read_to);
        Ok(Journal {
            entries,
            newer,
            whole,
            last: self.seen,
            alarms: unread.clone().count() as u64,
            alarm: unread.next_back().map(|(_, text)| text.clone()),
            sought: self.sought.clone(),
            newest_alarm: self.alarms.last().cloned(),
        })
    }

    /// Takes note of alarms since the last look; at the first, of those among the last pages.
    fn learn(&mut self, view: &View<'_>) -> Result<(), StoreError> {
        if self.seen == 0 {
            let last = view.newest_entry()?;
            self.seen = (last - (PAGE * MOST_PAGES) as i64).max(0);
        }
        let (alarms, newest) = view.alarms_after(self.seen)?;
        self.seen = newest;
        self.alarms.extend(alarms);
        let surplus = self.alarms.len().saturating_sub(PAGE);
        self.alarms.drain(..surplus);
        Ok(())
    }
}
