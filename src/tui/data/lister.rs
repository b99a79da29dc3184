//! The thread that puts the list in order. All rows take their time; what is in sight must not wait for them.

use super::list::{List, ListWant};
use super::mate::Mate;
use crate::model::clock::Stopwatch;
use crate::model::rule::mentions_ago;
use crate::model::time::Time;
use crate::store::{Interrupter, Reader, StoreError};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often it is asked whether anything was committed.
const RHYTHM: Duration = Duration::from_millis(150);
/// A list longer than this is put in order anew at most twice a second.
const LONG: usize = 5_000;
const REST: Duration = Duration::from_millis(500);
/// To put one in order takes at most one part in so many of a processor.
const SHARE: u32 = 10;
/// A condition that reads the time is judged anew this often though nothing was committed.
const DRIFT: Duration = Duration::from_secs(2);

/// What both threads know.
#[derive(Default)]
struct Shared {
    /// `None` until the first was read.
    newest: Mutex<Option<Arc<List>>>,
    /// A list is being read.
    busy: AtomicBool,
    /// It was told to break off what it reads.
    broken_off: AtomicBool,
    /// Of every connection it reads with.
    interrupters: Mutex<Vec<Interrupter>>,
}

/// Asks for lists, and has the newest. The thread ends when this is dropped.
pub struct Lister {
    wants: Sender<ListWant>,
    wanted: Option<ListWant>,
    shared: Arc<Shared>,
}

impl Lister {
    /// `tell` is called when there is a new list, and answers whether anybody still listens.
    pub fn start(
        reader: Reader,
        now: Arc<dyn Fn() -> Time + Send + Sync>,
        tell: impl Fn() -> bool + Send + 'static,
        farewell: crate::tui::term::Farewell,
    ) -> std::io::Result<Self> {
        let (wants, asked) = channel();
        let shared = Arc::new(Shared::default());
        shared.heed(&[&reader]);
        let listing = Listing {
            reader,
            now,
            mate: None,
            shared: shared.clone(),
            last: None,
        };
        std::thread::Builder::new()
            .name("console-list".into())
            .spawn(move || {
                listing.run(&asked, &tell);
                drop(farewell);
            })?;
        Ok(Self {
            wants,
            wanted: None,
            shared,
        })
    }

    /// Says which list is wanted now; one that is being read for another is broken off.
    pub fn want(&mut self, want: &ListWant) {
        if self.wanted.as_ref() == Some(want) {
            return;
        }
        self.wanted = Some(want.clone());
        let _ = self.wants.send(want.clone());
        if self.shared.busy.load(Ordering::SeqCst) {
            self.shared.broken_off.store(true, Ordering::SeqCst);
            self.shared.interrupt();
        }
    }

    /// The newest there is, of whatever was wanted then; `None` until the first was read.
    pub fn newest(&self) -> Option<Arc<List>> {
        self.shared.newest()
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Option<Arc<List>>> {
        self.newest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn newest(&self) -> Option<Arc<List>> {
        self.lock().clone()
    }

    fn heed(&self, readers: &[&Reader]) {
        let mut all = self
            .interrupters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        *all = readers.iter().map(|reader| reader.interrupter()).collect();
    }

    fn interrupt(&self) {
        let all = self
            .interrupters
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        all.iter().for_each(Interrupter::interrupt);
    }

    fn publish(&self, list: List) {
        *self.lock() = Some(Arc::new(list));
    }
}

struct Listing {
    reader: Reader,
    /// Reads the other half of what somebody waits for; let go after a while, with all it holds.
    mate: Option<(Stopwatch, Mate)>,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    shared: Arc<Shared>,
    last: Option<Last>,
}

/// What the newest list was made from.
struct Last {
    revision: Option<u64>,
    change: i64,
    rules: String,
    watch: Stopwatch,
    /// How long it rests before it is read again.
    rest: Duration,
}

impl Listing {
    fn run(mut self, asked: &Receiver<ListWant>, tell: &impl Fn() -> bool) {
        let Ok(mut want) = asked.recv() else { return };
        loop {
            if self.is_due(&want)
                && let Some(list) = self.look(&want)
            {
                self.shared.publish(list);
                if !tell() {
                    return;
                }
            }
            let patience = if self.last.is_none() {
                Duration::ZERO
            } else {
                RHYTHM
            };
            let newer = match asked.recv_timeout(patience) {
                Ok(newer) => Some(newer),
                Err(RecvTimeoutError::Timeout) => {
                    self.mate.take_if(|(asked, _)| asked.elapsed() > DRIFT);
                    None
                }
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if let Some(newer) = asked.try_iter().last().or(newer) {
                want = newer;
                self.last = None;
            }
        }
    }

    fn is_due(&self, want: &ListWant) -> bool {
        let Some(last) = &self.last else { return true };
        let rested = last.watch.elapsed();
        if rested < last.rest {
            return false;
        }
        let condition = &want.condition;
        // What stands in a queue moves with time too.
        let timed = condition.sql.as_deref().is_some_and(mentions_ago);
        let drifts = timed || !condition.parts.is_empty();
        let seen = self.reader.revision().ok();
        seen.is_none() || seen != last.revision || (drifts && rested >= DRIFT)
    }

    /// A list that is another than the newest; `None` when it is the same, or was broken off.
    fn look(&mut self, want: &ListWant) -> Option<List> {
        let before = self.shared.newest();
        self.shared.busy.store(true, Ordering::SeqCst);
        let read = self.read(want, before.as_deref());
        self.shared.busy.store(false, Ordering::SeqCst);
        let broken_off = self.shared.broken_off.swap(false, Ordering::SeqCst);
        let list = match read {
            Ok(list) if !broken_off => list?,
            Err(error) if !broken_off => self.failed(want, before.as_deref(), &error),
            // Another list is wanted by now; or the word came late, and this one is read again.
            _ => {
                self.last = None;
                return None;
            }
        };
        before.is_none_or(|before| *before != list).then_some(list)
    }

    /// `None` when nothing changed that the list depends on.
    fn read(&mut self, want: &ListWant, before: Option<&List>) -> Result<Option<List>, StoreError> {
        let revision = self.reader.revision().ok();
        let watch = Stopwatch::start();
        let (last, query) = (&self.last, want.query());
        // The first list of all is not worth another connection; nor is one that nobody waits for.
        if last.is_none() && before.is_some() {
            if self.mate.is_none() {
                let reader = self.reader.another()?;
                self.shared.heed(&[&self.reader, &reader]);
                self.mate = Mate::start(reader).map(|mate| (Stopwatch::start(), mate));
            }
            if let Some((asked, _)) = &mut self.mate {
                *asked = Stopwatch::start();
            }
        }
        let (mate, now) = (self.mate.as_ref(), (self.now)());
        let (change, rules, list) = self.reader.look_at(now, |view| {
            let (mut change, rules) = (view.newest_change()?, view.rules().version.clone());
            let changed = match last {
                Some(last) => last.rules != rules || view.list_changed(&query, last.change)?,
                None => true,
            };
            if !changed {
                return Ok((change, rules, None));
            }
            let mate = mate.filter(|_| last.is_none()).map(|(_, mate)| mate);
            let list = match (view.middle(&query)?, mate) {
                (Some(middle), Some(mate)) => {
                    let halves = mate.ids(view, &query, middle);
                    let halves = halves.map(|(ids, before)| {
                        change = change.min(before);
                        ids
                    });
                    List::of(want, halves, before)?
                }
                _ => List::read(view, want, before)?,
            };
            Ok((change, rules, Some(list)))
        })?;
        let long = list.as_ref().is_some_and(|list| list.ids.len() > LONG)
            || before.is_some_and(|before| before.ids.len() > LONG);
        self.last = Some(Last {
            revision,
            change,
            rules,
            rest: match &list {
                Some(_) if long => REST.max(watch.elapsed() * SHARE),
                _ => Duration::ZERO,
            },
            watch: Stopwatch::start(),
        });
        Ok(list)
    }

    /// What is there stays, with the reason beside it; it is tried again after a while.
    fn failed(&mut self, want: &ListWant, before: Option<&List>, error: &StoreError) -> List {
        self.last = Some(Last {
            revision: None,
            change: 0,
            rules: String::new(),
            watch: Stopwatch::start(),
            rest: DRIFT,
        });
        List::faulty(want, before, error.to_string())
    }
}
