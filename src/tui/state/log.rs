//! The log pane: which entry has the cursor, from which level on entries are shown, and what is looked for in them.

use crate::store::{Entry, Level};
use crate::tui::data::{Journal, Seek};

/// The log. Its place is an entry, so new lines and old ones that go away do not move what is read.
#[derive(Clone, Debug)]
pub struct Log {
    /// The entry with the cursor; `None` follows the end.
    pub anchor: Option<i64>,
    pub level: Level,
    /// Alarms up to this entry have been looked at.
    pub read_to: i64,
    /// Only entries of the row under the table's cursor.
    pub of_row: bool,
    /// Words that are looked for, as typed; empty is nothing.
    pub search: String,
    /// A search under way.
    pub seek: Option<Seek>,
    /// How far back the last search came that found nothing.
    pub searched: Option<i64>,
}

impl Default for Log {
    fn default() -> Self {
        Self {
            anchor: None,
            level: Level::Info,
            read_to: 0,
            of_row: false,
            search: String::new(),
            seek: None,
            searched: None,
        }
    }
}

impl Log {
    /// Where in the entries the line after the cursor's is.
    pub fn end(&self, journal: &Journal) -> usize {
        match self.anchor {
            None => journal.entries.len(),
            Some(anchor) => journal.entries.partition_point(|entry| entry.id <= anchor),
        }
    }

    /// The entry with the cursor.
    pub fn entry<'a>(&self, journal: &'a Journal) -> Option<&'a Entry> {
        journal.entries.get(self.end(journal).checked_sub(1)?)
    }

    /// Moves by entries of those loaded; at the end it follows again.
    pub fn step(&mut self, journal: &Journal, by: isize) {
        let count = journal.entries.len();
        let end = self
            .end(journal)
            .saturating_add_signed(by)
            .clamp(count.min(1), count);
        let at_end = end == count && journal.whole;
        self.anchor = match journal.entries.get(end.wrapping_sub(1)) {
            Some(entry) if !at_end => Some(entry.id),
            _ => None,
        };
    }

    /// All, info, warnings, alarms, and round again.
    pub fn next_level(&mut self) {
        self.level = match self.level {
            Level::Debug => Level::Info,
            Level::Info => Level::Warning,
            Level::Warning => Level::Alarm,
            Level::Alarm => Level::Debug,
        };
        self.anchor = None;
    }

    pub fn level_title(&self) -> &'static str {
        match self.level {
            Level::Debug => "all",
            Level::Info => "info",
            Level::Warning => "warnings",
            Level::Alarm => "alarms",
        }
    }
}
