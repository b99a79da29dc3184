//! The thread that reads: it looks whether anything was committed, and hands over what is visible.

use super::lister::Lister;
use super::snapshot::{Snapshot, Want};
use super::source::Source;
use crate::model::time::{Span, Time};
use crate::store::StoreError;
use crate::tui::event::Event;
use crate::tui::term::Farewell;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it is asked whether anything was committed.
const RHYTHM: Duration = Duration::from_millis(150);
/// Counts change with time alone when something falls due, and words when a window opens: no earlier and no later than
/// this is all read again though nothing was committed. Between the two, when the next entry falls due.
const DRIFT: (Span, Span) = (Span::from_secs(2), Span::from_secs(10));

/// What the thread is told.
enum Told {
    Want(Box<Want>),
    /// There is a new list.
    Listed,
    End,
}

/// Says what is looked at now.
pub struct Asker(Sender<Told>);

impl Asker {
    pub fn want(&self, want: Box<Want>) {
        // A thread that is gone has said so itself.
        let _ = self.0.send(Told::Want(want));
    }
}

impl Drop for Asker {
    fn drop(&mut self) {
        let _ = self.0.send(Told::End);
    }
}

/// Starts reading; ends when the asker is dropped or nobody listens.
pub fn start(
    mut source: Source,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    events: Sender<Event>,
) -> std::io::Result<Asker> {
    let (asker, told) = channel();
    let listed = asker.clone();
    let lister = Lister::start(
        source.another_reader().map_err(std::io::Error::other)?,
        now.clone(),
        move || listed.send(Told::Listed).is_ok(),
        Farewell::new("list", events.clone()),
    )?;
    source.list_with(lister);
    std::thread::Builder::new()
        .name("console-read".into())
        .spawn(move || {
            let farewell = Farewell::new("read", events.clone());
            Reading {
                source,
                now,
                events,
                last: None,
                said: None,
            }
            .run(&told);
            drop(farewell);
        })?;
    Ok(Asker(asker))
}

struct Reading {
    source: Source,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    events: Sender<Event>,
    last: Option<Arc<Snapshot>>,
    /// The last failure, said once.
    said: Option<String>,
}

impl Reading {
    fn run(&mut self, told: &Receiver<Told>) {
        let (mut want, mut fresh) = (Want::default(), false);
        let (mut revision, mut due) = (None, Time::from_millis(i64::MAX));
        // Nothing is read until it is said what, and until there is a list to show rows of.
        let mut ready = false;
        // Another list is being made for somebody: nothing else is read meanwhile, or the list would wait for it.
        let mut expected = false;
        loop {
            // What is done in pieces goes on without a pause between.
            let patience = if fresh && ready && !expected {
                Duration::ZERO
            } else {
                RHYTHM
            };
            match told.recv_timeout(patience) {
                Ok(word) => {
                    for word in std::iter::once(word).chain(told.try_iter()) {
                        match word {
                            Told::End => return,
                            Told::Listed => (fresh, ready, expected) = (true, true, false),
                            Told::Want(newer) => {
                                // What was is put in order with the rest: it is done once.
                                let past = newer.at.is_some();
                                ready = past || self.source.want_list(&newer.list);
                                // Another list alone: its rows are read when it is there.
                                let alone = !past && newer.differs_in_list_alone(&want);
                                fresh |= !alone;
                                expected = alone;
                                want = *newer;
                            }
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => expected = false,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            if !ready || expected {
                continue;
            }
            let seen = self.source.revision().ok();
            let now = (self.now)();
            if fresh || seen.is_none() || seen != revision || now >= due {
                revision = seen;
                let read = self.source.read(&want, now);
                fresh = read.is_ok() && self.source.is_due();
                if !self.hand_over(read) {
                    return;
                }
                due = self.source.next_due(now, DRIFT);
            }
        }
    }

    /// False when nobody listens any more.
    fn hand_over(&mut self, read: Result<Snapshot, StoreError>) -> bool {
        let event = match read {
            Ok(snapshot) if self.last.as_deref() == Some(&snapshot) => {
                self.said = None;
                return true;
            }
            Ok(snapshot) => {
                self.said = None;
                let snapshot = Arc::new(snapshot);
                self.last = Some(snapshot.clone());
                Event::Data(snapshot)
            }
            Err(error) => {
                let why = error.to_string();
                if self.said.as_ref() == Some(&why) {
                    return true;
                }
                self.said = Some(why.clone());
                Event::Unreadable(why)
            }
        };
        self.events.send(event).is_ok()
    }
}
