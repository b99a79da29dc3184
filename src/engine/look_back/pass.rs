//! The duty that looks at every row before sending may go on.

use super::ask::Blind;
use super::era::{Era, Tally};
use super::found::{Looked, Verdict};
use super::row::Look;
use super::sites::Sites;
use crate::engine::shared::Shared;
use crate::model::actor::Actor;
use crate::model::clock::Stopwatch;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use crate::store::{HaltKind, Level, NewEntry, Query, StoreError, SwitchKind};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;

/// Rows looked at side by side; each service has its own limits on top.
const SIDE_BY_SIDE: usize = 16;
/// How often people are told how far it is, in real time.
const TELL: Duration = Duration::from_millis(500);
/// After the store would not take something.
const LATER: Span = Span::from_mins(1);

/// Runs until every row has been looked at; at once over where nothing was restored.
pub(in crate::engine) async fn look_back(shared: Arc<Shared>) {
    let sites = Arc::new(Sites::of(&shared.pipeline, &shared.registry));
    let mut stop = shared.stop.subscribe();
    while !*stop.borrow_and_update() {
        let busy = shared.clock.busy();
        let next = match shared.look_round(&sites).await {
            Ok(None) | Err(StoreError::Closed) => return,
            Ok(Some(next)) => next,
            Err(error) => {
                tracing::error!("looking up what a restored store has forgotten: {error}");
                shared.clock.now().plus(LATER)
            }
        };
        drop(busy);
        tokio::select! {
            _ = stop.changed() => {}
            () = shared.clock.sleep_until(next) => {}
        }
    }
}

/// How the rows stand; those finished when the backup was made are not among them.
struct Rows {
    all: BTreeMap<RowId, Looked>,
}

impl Rows {
    fn tally(&self) -> Tally {
        let mut tally = Tally {
            rows: self.all.len() as u64,
            ..Tally::default()
        };
        for looked in self.all.values() {
            tally.looked += u64::from(looked.done);
            tally.later += u64::from(looked.trouble.is_some());
            for found in &looked.calls {
                let counted = match found.verdict {
                    Verdict::Landed { .. } | Verdict::Taken => &mut tally.landed,
                    Verdict::Free => &mut tally.free,
                    Verdict::Unclear { .. } | Verdict::Persons => &mut tally.unclear,
                    Verdict::NotSeen => &mut tally.open,
                };
                *counted += 1;
            }
        }
        tally
    }

    fn due(&self, now: Time) -> Vec<(RowId, Looked)> {
        let open = self.all.iter().filter(|(_, looked)| !looked.done);
        open.filter(|(_, looked)| looked.again.is_none_or(|at| at <= now))
            .map(|(row, looked)| (*row, looked.clone()))
            .collect()
    }
}

impl Shared {
    /// Looks at what is due; when to look again, or `None` when there is nothing more to do.
    async fn look_round(self: &Arc<Self>, sites: &Arc<Sites>) -> Result<Option<Time>, StoreError> {
        let era = self.store.read(Era::read).await?;
        let Some(era) = era.filter(|era| era.ended.is_none()) else {
            return Ok(None);
        };
        let era = Arc::new(era);
        let mut rows = self.rows_to_look_at(&era).await?;
        let due = rows.due(self.clock.now());
        let blind = if due.is_empty() {
            Blind::new()
        } else {
            self.blind(&sites.actions).await?
        };
        let (blind, mut due) = (Arc::new(blind), due.into_iter());
        let mut under_way = JoinSet::new();
        let mut told = None::<Stopwatch>;
        loop {
            while under_way.len() < SIDE_BY_SIDE && !*self.stop.borrow() {
                let Some((row, looked)) = due.next() else {
                    break;
                };
                let (shared, era, sites) = (self.clone(), era.clone(), sites.clone());
                let blind = blind.clone();
                under_way.spawn(async move {
                    let look = Look {
                        shared: &shared,
                        era: &era,
                        sites: &sites,
                        blind: &blind,
                    };
                    (row, look.at(row, looked).await)
                });
            }
            let Some(joined) = under_way.join_next().await else {
                break;
            };
            match joined {
                Ok((row, Ok(looked))) => drop(rows.all.insert(row, looked)),
                Ok((_, Err(error))) => return Err(error),
                Err(error) => return Err(StoreError::Bad(format!("looking at a row: {error}"))),
            }
            if told.as_ref().is_none_or(|told| told.elapsed() >= TELL) {
                self.tell_how_far(&era, rows.tally()).await;
                told = Some(Stopwatch::start());
            }
        }
        self.tell_how_far(&era, rows.tally()).await;
        if *self.stop.borrow() {
            return Ok(Some(self.clock.now()));
        }
        let open = rows.all.values().filter(|looked| !looked.done);
        if let Some(next) = open.map(|looked| looked.again).min() {
            return Ok(Some(next.unwrap_or(self.clock.now())));
        }
        // Polls bring rows back meanwhile, which the backup did not know.
        let now = self.rows_to_look_at(&era).await?;
        if now.all.values().any(|looked| !looked.done) {
            return Ok(Some(self.clock.now()));
        }
        self.all_looked_at(&era, rows.tally()).await?;
        Ok(None)
    }

    async fn rows_to_look_at(&self, era: &Arc<Era>) -> Result<Rows, StoreError> {
        let done: BTreeSet<String> = self.pipeline.done_phases().map(str::to_owned).collect();
        let era = Arc::clone(era);
        self.store
            .read(move |view| {
                let mut all = BTreeMap::new();
                for row in view.rows(&Query::all())? {
                    let looked = Looked::read(view, row.id, &era)?;
                    let is_done = row.phase.is_some_and(|phase| done.contains(&phase));
                    // One that was seen to be finished while it was looked at keeps what was found.
                    if !is_done || !looked.calls.is_empty() {
                        all.insert(row.id, looked);
                    }
                }
                Ok(Rows { all })
            })
            .await
    }

    async fn tell_how_far(&self, era: &Era, tally: Tally) {
        let era = Era {
            tally,
            ..era.clone()
        };
        self.halt(HaltKind::Restored, &era.said()).await;
        let halts = self.halts.all();
        let kept = self
            .store
            .write(move |tx| {
                era.write(tx)?;
                tx.set_halts(&halts)
            })
            .await;
        if let Err(error) = kept {
            tracing::error!("telling how far the looking is: {error}");
        }
    }

    /// From here on a person lets sending go on.
    async fn all_looked_at(&self, era: &Era, tally: Tally) -> Result<(), StoreError> {
        let now = self.clock.now();
        let era = Era {
            tally,
            ended: Some(now),
            ..era.clone()
        };
        let said = era.said();
        self.store
            .write(move |tx| {
                era.write(tx)?;
                let reason = era.said();
                tx.set_switch(SwitchKind::Stop, "*", true, &reason, &Actor::Engine)?;
                tx.say(NewEntry {
                    level: Level::Alarm,
                    source: "engine".into(),
                    row: None,
                    text: format!("{reason}; look it over, then `drover resume` goes on"),
                })
            })
            .await?;
        self.go_on(
            HaltKind::Restored,
            &format!("every row is looked at ({said})"),
        )
        .await;
        Ok(())
    }
}
