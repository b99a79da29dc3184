//! The part of the log that is looked at, anchored to an entry and not to a line number.

use crate::store::{Entry, Level, StoreError, View};

/// Entries read at a time while looking for those of a level.
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
}

impl Default for JournalWant {
    fn default() -> Self {
        Self {
            anchor: None,
            level: Level::Info,
            count: 0,
            read_to: 0,
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
    /// The newest of all, looked at or not, with its entry.
    pub newest_alarm: Option<(i64, String)>,
}

/// Reads the log, and remembers the alarms it has seen.
#[derive(Default)]
pub struct JournalReader {
    alarms: Vec<(i64, String)>,
    seen: i64,
}

impl JournalReader {
    pub fn read(&mut self, view: &View<'_>, want: &JournalWant) -> Result<Journal, StoreError> {
        self.learn(view)?;
        let wanted = |entry: &Entry| entry.level >= want.level;
        let mut entries: Vec<Entry> = Vec::new();
        let mut before = want.anchor.map(|anchor| anchor + 1);
        for _ in 0..MOST_PAGES {
            if entries.len() >= want.count {
                break;
            }
            let page = view.journal_before(before, None, PAGE)?;
            let Some(oldest) = page.last() else { break };
            before = Some(oldest.id);
            let last = page.len() < PAGE;
            entries.extend(page.into_iter().filter(wanted));
            if last {
                break;
            }
        }
        entries.truncate(want.count);
        entries.reverse();
        let (mut newer, mut whole) = (0, true);
        if let Some(anchor) = want.anchor {
            let page = view.journal_after(anchor, PAGE)?;
            let most = want.count / 3 + 1;
            let read_all = page.len() < PAGE;
            let after: Vec<Entry> = page.into_iter().filter(wanted).collect();
            newer = after.len();
            whole = read_all && newer <= most;
            entries.extend(after.into_iter().take(most));
        }
        let mut unread = self.alarms.iter().filter(|(id, _)| *id > want.read_to);
        Ok(Journal {
            entries,
            newer,
            whole,
            last: self.seen,
            alarms: unread.clone().count() as u64,
            alarm: unread.next_back().map(|(_, text)| text.clone()),
            newest_alarm: self.alarms.last().cloned(),
        })
    }

    /// Takes note of alarms since the last look; at the first, of those among the last pages.
    fn learn(&mut self, view: &View<'_>) -> Result<(), StoreError> {
        if self.seen == 0 {
            let newest = view.journal_before(None, None, 1)?;
            let last = newest.first().map_or(0, |entry| entry.id);
            self.seen = (last - (PAGE * MOST_PAGES) as i64).max(0);
        }
        loop {
            let page = view.journal_after(self.seen, PAGE)?;
            let Some(newest) = page.last() else {
                return Ok(());
            };
            self.seen = newest.id;
            let alarms = page.iter().filter(|entry| entry.level == Level::Alarm);
            self.alarms
                .extend(alarms.map(|entry| (entry.id, entry.text.clone())));
            let surplus = self.alarms.len().saturating_sub(PAGE);
            self.alarms.drain(..surplus);
        }
    }
}
