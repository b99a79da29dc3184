//! The thread that reads: it looks whether anything was committed, and hands over what is visible.

use super::snapshot::{Snapshot, Want};
use super::source::Source;
use crate::model::clock::Stopwatch;
use crate::model::time::Time;
use crate::store::StoreError;
use crate::tui::event::Event;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often it is asked whether anything was committed.
const RHYTHM: Duration = Duration::from_millis(150);
/// Counts change with time alone when something falls due, so they are read again this often.
const DRIFT: Duration = Duration::from_secs(2);

/// Says what is looked at now.
pub struct Asker(Sender<Want>);

impl Asker {
    pub fn want(&self, want: Want) {
        // A thread that is gone has said so itself.
        let _ = self.0.send(want);
    }
}

/// Starts reading; ends when the asker is dropped or nobody listens.
pub fn start(
    source: Source,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    events: Sender<Event>,
) -> std::io::Result<Asker> {
    let (asker, wants) = channel();
    std::thread::Builder::new()
        .name("console-read".into())
        .spawn(move || {
            let farewell = crate::tui::term::Farewell::new("read", events.clone());
            Reading {
                source,
                now,
                events,
                last: None,
                said: None,
            }
            .run(&wants);
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
    fn run(&mut self, wants: &Receiver<Want>) {
        let Ok(mut want) = wants.recv() else { return };
        let (mut revision, mut fresh, mut watch) = (None, true, Stopwatch::start());
        loop {
            let seen = self.source.revision().ok();
            let drifted = watch.elapsed() >= DRIFT;
            let due = self.source.list_is_due() || self.source.members_are_due();
            if fresh || seen.is_none() || seen != revision || drifted || due {
                revision = seen;
                watch = Stopwatch::start();
                let read = self.source.read(&want, (self.now)());
                if !self.hand_over(read) {
                    return;
                }
            }
            fresh = true;
            let pause = if self.source.members_are_due() {
                Duration::ZERO
            } else {
                RHYTHM
            };
            match wants.recv_timeout(pause) {
                Ok(newer) => want = newer,
                Err(RecvTimeoutError::Timeout) => fresh = false,
                Err(RecvTimeoutError::Disconnected) => return,
            }
            while let Ok(newer) = wants.try_recv() {
                want = newer;
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
