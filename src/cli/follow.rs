//! The journal on standard error, as it is written: what a service's log shows.

use crate::store::{Entry, Level, Store};
use std::io::Write;

/// Prints every entry written from now on, until the store closes.
pub async fn follow(store: Store) {
    let mut changed = store.revision();
    let newest = store.read(|view| view.journal_before(None, None, 1)).await;
    let mut after = newest
        .ok()
        .and_then(|entries| entries.first().map(|entry| entry.id))
        .unwrap_or(0);
    loop {
        let Ok(entries) = store.read(move |view| view.journal_after(after, 500)).await else {
            return;
        };
        let full = entries.len() == 500;
        if let Some(last) = entries.last() {
            after = last.id;
            let text: String = entries.iter().map(line).collect();
            // Standard error may be gone with its terminal; the engine goes on.
            let _ = std::io::stderr().lock().write_all(text.as_bytes());
        }
        if !full && changed.changed().await.is_err() {
            return;
        }
    }
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
