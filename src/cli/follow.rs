//! The journal on standard error, as it is written: what a service's log shows.

use crate::model::clock::{Stopwatch, real_sleep};
use crate::store::{Entry, Level, Reader, Store};
use std::io::Write;
use std::path::Path;
use std::time::Duration;

/// How often the journal's head is told, in real time, while it moves.
const EVERY: Duration = Duration::from_mins(1);

/// Prints every entry written from now on, until the store closes; and each minute the head of the journal's chain, so that
/// whoever keeps this log can tell a cut or rewritten journal from the true one (`drover journal --verify --heads`).
pub async fn follow(store: Store) {
    let mut changed = store.revision();
    let newest = store.read(|view| view.journal_before(None, None, 1)).await;
    let mut after = newest
        .ok()
        .and_then(|entries| entries.first().map(|entry| entry.id))
        .unwrap_or(0);
    let mut told = Stopwatch::start();
    let mut last = 0;
    loop {
        let Ok(entries) = store.read(move |view| view.journal_after(after, 500)).await else {
            return;
        };
        let full = entries.len() == 500;
        if let Some(entry) = entries.last() {
            after = entry.id;
            print(&entries.iter().map(line).collect::<String>());
        }
        if told.elapsed() >= EVERY && after != last {
            (told, last) = (Stopwatch::start(), after);
            let Ok(head) = store.read(|view| view.journal_head()).await else {
                return;
            };
            print(&head.map(|head| head.line()).unwrap_or_default());
        }
        if full {
            continue;
        }
        tokio::select! {
            changed = changed.changed() => if changed.is_err() { return },
            () = real_sleep(EVERY.saturating_sub(told.elapsed())), if after != last => {}
        }
    }
}

/// The head as it was left, after a clean end.
pub fn last_head(store: &Path) {
    let head = Reader::open(store).and_then(|reader| reader.look(|view| view.journal_head()));
    if let Ok(Some(head)) = head {
        print(&head.line());
    }
}

/// Standard error may be gone with its terminal; the engine goes on.
fn print(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// One entry as one line: time, level, source, text.
pub fn line(entry: &Entry) -> String {
    let level = match entry.level {
        Level::Debug => "debug",
        Level::Info => "info",
        Level::Warning => "WARN",
        Level::Alarm => "ALARM",
    };
    format!(
        "{} {level:<5} {:<22} {}\n",
        entry.at, entry.source, entry.text
    )
}
