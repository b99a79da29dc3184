//! Whether something is being answered on a connection, since when nothing is, and when it has to go.

use crate::model::clock::{Stopwatch, real_sleep};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::Notify;

/// A connection that rested less than this is not asked to make room: what it was sent may be on its way.
pub(super) const GRACE: Duration = Duration::from_millis(200);

pub(super) struct Pulse {
    born: Stopwatch,
    open: AtomicUsize,
    beats: AtomicU64,
    /// Milliseconds after `born`.
    last: AtomicU64,
    wanted: Notify,
}

/// Held while a request is being answered.
pub(super) struct Beat(Arc<Pulse>);

/// Why a connection is closed from this side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lost {
    /// It never came to a whole request.
    Slow,
    /// It had its answers and rested after them.
    Idle,
    /// Others waited for its socket while it rested.
    Displaced,
}

impl Pulse {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            born: Stopwatch::start(),
            open: AtomicUsize::new(0),
            beats: AtomicU64::new(0),
            last: AtomicU64::new(0),
            wanted: Notify::new(),
        })
    }

    pub(super) fn beat(pulse: &Arc<Self>) -> Beat {
        pulse.open.fetch_add(1, Ordering::SeqCst);
        pulse.beats.fetch_add(1, Ordering::Relaxed);
        Beat(Arc::clone(pulse))
    }

    /// How long nothing has been answered here; nothing while something is.
    pub(super) fn resting(&self) -> Duration {
        if self.open.load(Ordering::SeqCst) > 0 {
            return Duration::ZERO;
        }
        let last = Duration::from_millis(self.last.load(Ordering::SeqCst));
        self.born.elapsed().saturating_sub(last)
    }

    /// Its socket is wanted: if it still rests when it hears of it, it goes.
    pub(super) fn ask_to_leave(&self) {
        self.wanted.notify_one();
    }

    /// Returns once the connection has rested for too long, however it passes its time.
    pub(super) async fn lost(&self, patience: Duration) -> Lost {
        loop {
            tokio::select! {
                () = real_sleep(patience / 8) => {
                    if self.resting() >= patience {
                        return match self.beats.load(Ordering::Relaxed) {
                            0 => Lost::Slow,
                            _ => Lost::Idle,
                        };
                    }
                }
                () = self.wanted.notified() => {
                    if self.resting() >= GRACE {
                        return Lost::Displaced;
                    }
                }
            }
        }
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        let age = self.0.born.elapsed().as_millis() as u64;
        self.0.last.store(age, Ordering::SeqCst);
        self.0.open.fetch_sub(1, Ordering::SeqCst);
    }
}
