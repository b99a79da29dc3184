//! Events during whose understanding the whole process ended: after the third time they are not tried again.
//!
//! A panic is caught where it happens. What ends the process (no memory left, no stack left) leaves no trace in a store
//! that is written afterwards, and a poll meets the same item again a minute after every start. So each event is written
//! down before it is understood and struck out after: 70 bytes into a file beside the store, without a sync, as the file
//! need only outlive the process and not the machine. Whatever still stands there at the next start was in hand when
//! the process died. A process that was killed leaves innocents behind, which is why once and twice are forgiven, and
//! why an event that is understood at last is struck out for good.
//!
//! Only the mapping is covered: it is the one place where what was sent decides how much is computed.

use crate::model::hash::sha256_hex;
use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// An event that was in hand at so many ends of the process is not tried again.
const FORGIVEN: u8 = 3;
/// Events in hand or remembered.
const SLOTS: usize = 512;
/// A hash, a count, a mark, and the spaces between.
const LINE: usize = 64 + 5;

/// Shared by all who understand events. The default remembers nothing.
#[derive(Clone, Default)]
pub struct Suspects(Option<Arc<Mutex<Book>>>);

struct Book {
    file: File,
    known: HashMap<String, Entry>,
    free: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Entry {
    slot: usize,
    ends: u8,
    in_hand: bool,
}

/// Held while an event is being understood.
pub(super) struct InHand(Option<(Suspects, String)>);

/// At how many ends of the process it was in hand.
pub(super) struct Quarantined(pub(super) u8);

impl Suspects {
    /// Kept in `<store>.suspects`. A file that cannot be used is done without: it only guards against a rare event.
    pub fn beside(store: &Path) -> Self {
        let mut path = store.as_os_str().to_owned();
        path.push(".suspects");
        let book = Book::open(&PathBuf::from(path)).ok();
        Self(book.map(|book| Arc::new(Mutex::new(book))))
    }

    pub(super) fn take(&self, intake: &str, raw: &[u8]) -> Result<InHand, Quarantined> {
        let Some(mut book) = self.book() else {
            return Ok(InHand(None));
        };
        let name = sha256_hex(&[intake.as_bytes(), b"\0", raw].concat());
        let taken = book.take(&name)?;
        drop(book);
        Ok(InHand(taken.then(|| (self.clone(), name))))
    }

    fn book(&self) -> Option<MutexGuard<'_, Book>> {
        let book = self.0.as_ref()?;
        Some(book.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for InHand {
    fn drop(&mut self) {
        if let Some((suspects, name)) = self.0.take()
            && let Some(mut book) = suspects.book()
        {
            book.strike_out(&name);
        }
    }
}

impl Book {
    fn open(path: &Path) -> std::io::Result<Self> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(path)?;
        let mut bytes = vec![b' '; SLOTS * LINE];
        let mut read = 0;
        while let Ok(count) = file.read_at(&mut bytes[read..], read as u64) {
            if count == 0 {
                break;
            }
            read += count;
        }
        // All of it exists from here on, so that a full disk does not keep anything from being written down.
        file.write_all_at(&bytes, 0)?;
        file.set_len((SLOTS * LINE) as u64)?;
        let mut book = Self {
            file,
            known: HashMap::new(),
            free: Vec::new(),
        };
        for (slot, line) in bytes.chunks(LINE).enumerate() {
            match entry(line) {
                Some((name, ends)) if !book.known.contains_key(&name) => {
                    let entry = Entry {
                        slot,
                        ends,
                        in_hand: false,
                    };
                    book.note(&name, entry);
                    book.known.insert(name, entry);
                }
                _ => book.clear(slot),
            }
        }
        Ok(book)
    }

    /// False when there is no use in writing it down: another copy is in hand, or there is no room.
    fn take(&mut self, name: &str) -> Result<bool, Quarantined> {
        let entry = match self.known.get(name) {
            Some(entry) if entry.ends >= FORGIVEN => return Err(Quarantined(entry.ends)),
            Some(entry) if entry.in_hand => return Ok(false),
            Some(entry) => *entry,
            None => {
                if self.free.is_empty() {
                    self.forget();
                }
                let Some(slot) = self.free.pop() else {
                    return Ok(false);
                };
                Entry {
                    slot,
                    ends: 0,
                    in_hand: false,
                }
            }
        };
        let entry = Entry {
            in_hand: true,
            ..entry
        };
        self.note(name, entry);
        self.known.insert(name.to_owned(), entry);
        Ok(true)
    }

    fn strike_out(&mut self, name: &str) {
        if let Some(entry) = self.known.remove(name) {
            self.clear(entry.slot);
        }
    }

    /// Those that never came back make room.
    fn forget(&mut self) {
        let idle = |entry: &Entry| !entry.in_hand && entry.ends < FORGIVEN;
        let gone: Vec<String> = (self.known.iter())
            .filter(|(_, entry)| idle(entry))
            .map(|(name, _)| name.clone())
            .collect();
        for name in gone {
            self.strike_out(&name);
        }
    }

    fn note(&self, name: &str, entry: Entry) {
        let mark = if entry.in_hand { '*' } else { '.' };
        let line = format!("{name} {} {mark}\n", entry.ends.min(9));
        self.write(entry.slot, line.as_bytes());
    }

    fn clear(&mut self, slot: usize) {
        self.write(slot, &[b' '; LINE]);
        self.free.push(slot);
    }

    /// What cannot be written here cannot be written anywhere; the store says so.
    fn write(&self, slot: usize, line: &[u8]) {
        let _ = self.file.write_all_at(line, (slot * LINE) as u64);
    }
}

/// The event a line names, and at how many ends of the process it was in hand, the last one included.
fn entry(line: &[u8]) -> Option<(String, u8)> {
    let text = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let mut parts = text.split(' ');
    let (name, ends, mark) = (parts.next()?, parts.next()?, parts.next()?);
    let ends: u8 = ends.parse().ok()?;
    let is_hash = name.len() == 64 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hash.then(|| (name.to_owned(), ends.saturating_add(u8::from(mark == "*"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The process ends with this event in hand.
    fn end_with(store: &Path, raw: &[u8]) {
        let suspects = Suspects::beside(store);
        let in_hand = suspects
            .take("migrate", raw)
            .ok()
            .expect("not yet quarantined");
        std::mem::forget(in_hand);
    }

    #[test]
    fn an_event_in_hand_at_three_ends_is_not_tried_again_and_others_are() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drover.db");
        for _ in 0..3 {
            end_with(&store, b"poison");
        }
        let suspects = Suspects::beside(&store);
        assert!(matches!(
            suspects.take("migrate", b"poison"),
            Err(Quarantined(3))
        ));
        assert!(suspects.take("migrate", b"harmless").is_ok());
        assert!(
            suspects.take("activity", b"poison").is_ok(),
            "another intake's"
        );
        drop(suspects);
        let suspects = Suspects::beside(&store);
        assert!(suspects.take("migrate", b"poison").is_err(), "for good");
    }

    #[test]
    fn an_event_that_is_understood_at_last_starts_afresh() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drover.db");
        for _ in 0..5 {
            end_with(&store, b"unlucky");
            end_with(&store, b"unlucky");
            drop(Suspects::beside(&store).take("migrate", b"unlucky"));
        }
    }

    #[test]
    fn a_full_or_broken_book_stops_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let store = folder.path().join("drover.db");
        std::fs::write(folder.path().join("drover.db.suspects"), [0xff; 3 * LINE]).unwrap();
        let suspects = Suspects::beside(&store);
        let all: Vec<_> = (0..SLOTS + 10)
            .map(|nth| suspects.take("migrate", nth.to_string().as_bytes()))
            .collect();
        assert!(all.iter().all(Result::is_ok));
        assert!(
            suspects.take("migrate", b"1").is_ok(),
            "a copy beside the first"
        );
        drop(all);
        assert_eq!(suspects.book().unwrap().free.len(), SLOTS);
        assert!(
            Suspects::beside(Path::new("/nowhere/at/all"))
                .take("migrate", b"1")
                .is_ok()
        );
    }
}
