//! The life of one polling intake.

use super::memory::Memory;
use super::rhythm;
use super::round::{Poll, Trouble};
use crate::connectors::action::Registry;
use crate::intake::Suspects;
use crate::intake::apply::say;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Intake, Rhythm, Source};
use crate::store::{Level, Store, StoreError};
use futures_util::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use tokio::sync::watch;

/// What a poll works with.
#[derive(Clone)]
pub struct Parts {
    pub pipeline: Arc<Pipeline>,
    pub store: Store,
    pub registry: Registry,
    pub clock: Clock,
    pub suspects: Suspects,
}

/// Polls on the intake's rhythm, in engine time, until `stop` becomes true or its sender is gone.
///
/// Goes on while all sending is stopped: it only reads. A service that does not answer is left alone for growing pauses
/// and told of once, and once more when it is back.
pub async fn run(intake: Intake, parts: Parts, mut stop: watch::Receiver<bool>) {
    let Source::Poll { rhythm, .. } = intake.source.clone() else {
        return;
    };
    let poll = Poll {
        intake: Arc::new(intake),
        parts,
    };
    tokio::select! {
        () = poll.live(&rhythm) => {}
        _ = stop.wait_for(|stop| *stop) => {}
    }
}

impl Poll {
    async fn live(&self, rhythm: &Rhythm) {
        let mut failures = 0_u32;
        let mut due = self.first_due(rhythm).await;
        while let Some(at) = due {
            self.parts.clock.sleep_until(at).await;
            let _busy = self.parts.clock.busy();
            let began = self.parts.clock.now();
            let round = AssertUnwindSafe(self.round()).catch_unwind().await;
            let round = round.unwrap_or_else(|_| {
                let told = "reading it broke in drover itself: please report it";
                Err(Fault::new(FaultKind::BadReply, told).into())
            });
            let now = self.parts.clock.now();
            match round {
                Ok(_) => {
                    if failures > 0 {
                        self.tell_recovery(failures).await;
                    }
                    failures = 0;
                    due = rhythm::next(rhythm, began, now);
                }
                Err(Trouble::Store(StoreError::Closed)) => return,
                Err(trouble) => {
                    failures = failures.saturating_add(1);
                    let fault = match trouble {
                        Trouble::Service(fault) => fault,
                        // Known to everybody already; not this service's fault.
                        Trouble::Store(error) => {
                            Fault::new(FaultKind::Cancelled, error.to_string())
                        }
                    };
                    if failures == 1 {
                        self.tell_trouble(&fault).await;
                    }
                    due = Some(now.plus(rhythm::pause(failures, &fault)));
                }
            }
        }
        // A timetable without a next firing.
        std::future::pending::<()>().await;
    }

    async fn first_due(&self, rhythm: &Rhythm) -> Option<Time> {
        let name = self.intake.name.clone();
        let kept = self
            .parts
            .store
            .read(move |view| Memory::read(view, &name))
            .await;
        let last_at = kept.ok().and_then(|memory| memory.last_at);
        rhythm::first(rhythm, self.parts.clock.now(), last_at)
    }

    async fn tell_trouble(&self, fault: &Fault) {
        let line = format!("the poll failed and is tried again with growing pauses: {fault}");
        self.tell(Level::Warning, line).await;
    }

    async fn tell_recovery(&self, failures: u32) {
        let line = format!("the poll works again after {failures} failures in a row");
        self.tell(Level::Info, line).await;
    }

    /// A journal that cannot be written is the store's trouble, and told of elsewhere.
    async fn tell(&self, level: Level, line: String) {
        let intake = Arc::clone(&self.intake);
        let told = self
            .parts
            .store
            .write(move |tx| say(tx, &intake, level, None, &line));
        drop(told.await);
    }
}
