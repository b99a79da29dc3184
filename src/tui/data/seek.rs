//! Looking for words in the log, page by page, and never for long.

use crate::model::row::RowId;
use crate::model::time::Time;
use crate::store::{Entry, Level, StoreError, View};

/// Entries read at a time.
const PAGE: usize = 500;
/// Pages looked through before it is said how far that was.
const MOST_PAGES: usize = 20;

/// What is looked for, and from which entry on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seek {
    /// Tells one search from the next.
    pub number: u64,
    /// All of these, in small letters.
    pub words: Vec<String>,
    /// This entry is not looked at.
    pub from: i64,
    /// To older entries; else to newer ones.
    pub back: bool,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    pub number: u64,
    pub found: Option<i64>,
    /// The last entry looked at.
    pub reached: Option<(i64, Time)>,
    /// There are no more to look at.
    pub whole: bool,
}

/// The words of a search.
pub fn words(typed: &str) -> Vec<String> {
    let words = typed.split_whitespace();
    words.map(|word| word.to_ascii_lowercase()).collect()
}

/// True when an entry has every word, in its text, its key or where it comes from.
fn has(entry: &Entry, words: &[String]) -> bool {
    let key = entry.key.as_deref().unwrap_or_default();
    let all = format!("{} {key} {}", entry.source, entry.text).to_ascii_lowercase();
    words.iter().all(|word| all.contains(word.as_str()))
}

impl Sought {
    pub fn read(
        view: &View<'_>,
        seek: &Seek,
        level: Level,
        row: Option<RowId>,
    ) -> Result<Self, StoreError> {
        let mut sought = Self {
            number: seek.number,
            found: None,
            reached: None,
            whole: false,
        };
        let mut from = seek.from;
        for _ in 0..MOST_PAGES {
            let page = match (seek.back, row) {
                (true, _) => view.journal_before(Some(from), row, PAGE)?,
                (false, Some(row)) => view.journal_after_of(row, from, PAGE)?,
                (false, None) => view.journal_after(from, PAGE)?,
            };
            let mut fits = page.iter().filter(|entry| entry.level >= level);
            if let Some(entry) = fits.find(|entry| has(entry, &seek.words)) {
                sought.found = Some(entry.id);
                break;
            }
            if let Some(last) = page.last() {
                from = last.id;
                sought.reached = Some((last.id, last.at));
            }
            if page.len() < PAGE {
                sought.whole = true;
                break;
            }
        }
        Ok(sought)
    }
}
