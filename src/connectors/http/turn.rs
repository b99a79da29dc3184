//! When a request may go: leave to send, the breaker, a place among those in flight, the budget.

use super::breaker::{Breaker, Pass};
use super::budget::Budget;
use super::closing::is_closed;
use super::service::ServiceSettings;
use crate::connectors::action::Leave;
use crate::model::clock::{Clock, real_sleep};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::{Span, Time};
use std::sync::OnceLock;
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Engine time that a call of the engine waits for its turn. What may be done is judged anew after that: a window may
/// have closed, a hold been put on.
const LONGEST_WAIT: Span = Span::from_secs(60);
/// And real time.
const A_MOMENT: Duration = Duration::from_secs(1);

/// Who may go, of one service.
pub(super) struct Turns {
    name: String,
    clock: Clock,
    pub(super) budget: Budget,
    pub(super) breaker: Breaker,
    permits: Semaphore,
    /// Set by the engine; whoever uses the door by hand asks nobody.
    leave: OnceLock<Leave>,
}

/// One request's turn, until it is dropped.
pub(super) struct Turn<'a> {
    /// Engine time at which it came.
    pub(super) at: Time,
    pass: Option<Pass<'a>>,
    _permit: SemaphorePermit<'a>,
}

impl Turn<'_> {
    /// The request came to its end.
    pub(super) fn ended(&self, in_trouble: bool) {
        if let Some(pass) = &self.pass {
            pass.ended(in_trouble);
        }
    }
}

impl Turns {
    /// `name` as sentences have it.
    pub(super) fn new(name: String, settings: &ServiceSettings) -> Self {
        let clock = settings.clock.clone();
        Self {
            name,
            budget: Budget::new(clock.clone(), settings.rate),
            breaker: Breaker::new(clock.clone(), settings.parallel),
            permits: Semaphore::new(settings.parallel),
            leave: OnceLock::new(),
            clock,
        }
    }

    pub(super) fn heed(&self, leave: &Leave) {
        let _ = self.leave.set(leave.clone());
    }

    /// Waits for the turn of a request that asks for leave, or of a read: whether the engine may look is nobody's to
    /// forbid. A fault of kind cancelled says that nothing was sent, and when it is worth asking again.
    pub(super) async fn wait(&self, asks: bool) -> Result<Turn<'_>, Fault> {
        let Some(leave) = self.leave.get() else {
            return self.turn(false).await;
        };
        let (mut leave, began) = (leave.clone(), self.clock.now());
        let refused = |why: &str| {
            let text = format!("nothing was sent to {}: {why}", self.name);
            Err(Fault::new(FaultKind::Cancelled, text))
        };
        let turn = tokio::select! {
            biased;
            why = forbidden(&mut leave), if asks => return refused(&why),
            turn = self.turn(true) => turn?,
            () = self.patience() => return Err(self.too_long()),
        };
        // A process that was frozen meanwhile finds its turn and its patience's end at once. By then another engine may
        // have looked for this very call: nothing goes out so late. It is less than any service's time to settle.
        if asks && self.clock.now() > self.latest(began) {
            return Err(self.too_long());
        }
        if asks && let Some(why) = &*leave.borrow() {
            return refused(why);
        }
        if asks && is_closed(self.clock.now()) {
            return refused("its window closed while it waited for its turn");
        }
        Ok(turn)
    }

    /// When a call that came at `began` may go at the latest.
    fn latest(&self, began: Time) -> Time {
        let moment = A_MOMENT.as_millis() as f64 * self.clock.speed().max(1.0);
        began
            .plus(LONGEST_WAIT)
            .plus(Span::from_millis(moment as i64))
    }

    /// In hurried time a minute is over before others can have had their answers.
    async fn patience(&self) {
        self.clock.sleep(LONGEST_WAIT).await;
        real_sleep(A_MOMENT).await;
    }

    async fn turn(&self, heedful: bool) -> Result<Turn<'_>, Fault> {
        let pass = if heedful {
            Some(self.breaker.pass().await)
        } else {
            None
        };
        let permit = self
            .permits
            .acquire()
            .await
            .map_err(|_| Fault::new(FaultKind::Cancelled, format!("{} is shut", self.name)))?;
        Ok(Turn {
            at: self.budget.take().await,
            pass,
            _permit: permit,
        })
    }

    fn too_long(&self) -> Fault {
        let now = self.clock.now();
        let (_, limited) = self.budget.standing();
        let (shut, name) = (self.breaker.shut_until(), &self.name);
        let why = match (shut, limited) {
            (Some(_), _) => "it fails again and again, and is left alone for a while",
            (None, Some(_)) => "it asked to be left alone for a while",
            (None, None) => "too many other calls wait for it",
        };
        Fault::new(
            FaultKind::Cancelled,
            format!("nothing was sent to {name}: {why}"),
        )
        .retry_after(shut.max(limited).map(|until| until.since(now)))
    }
}

/// Returns once nothing may be sent, with the reason.
async fn forbidden(leave: &mut Leave) -> String {
    let told = leave.wait_for(Option::is_some).await;
    match told.map(|why| why.clone()) {
        Ok(why) => why.unwrap_or_default(),
        // Nobody is left who could forbid it.
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::watch;

    #[tokio::test]
    async fn a_turn_that_comes_to_a_process_that_was_frozen_is_not_taken() {
        let noon = Time::parse("2026-03-02T12:00:00Z").unwrap();
        for (frozen, goes) in [(Span::from_mins(10), false), (Span::from_secs(50), true)] {
            let clock = Clock::manual(noon);
            let mut settings = ServiceSettings::new("fleet", "http://127.0.0.1:1", clock.clone());
            settings.parallel = 1;
            let turns = Arc::new(Turns::new("Fleet".into(), &settings));
            let leave = watch::channel(None).0;
            turns.heed(&leave.subscribe());
            let first = turns.wait(true).await.unwrap();
            let second = tokio::spawn({
                let turns = Arc::clone(&turns);
                async move { turns.wait(true).await.map(drop) }
            });
            while clock.next_wake().is_none() {
                tokio::task::yield_now().await;
            }
            clock.turn(frozen);
            drop(first);
            let went = second.await.unwrap();
            assert_eq!(went.is_ok(), goes, "{frozen}");
            if let Err(fault) = went {
                assert_eq!(fault.kind, FaultKind::Cancelled);
            }
        }
    }
}
