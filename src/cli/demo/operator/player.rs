//! Waiting for each entry's moment, playing it, remembering what came of it.

use super::deed::{self, Desk};
use super::look::Look;
use crate::cli::context::known;
use crate::cli::error::CliError;
use crate::engine::Settlement;
use crate::model::clock::{Busy, Clock, Stopwatch, real_sleep};
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::sim::Sim;
use crate::sim::scenario::{ByHand, OperatorEntry, When};
use crate::store::{Level, NewEntry, Query, Store, StoreError, View};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A look that takes longer than this is followed by a rest, so that the table is not read all the time.
const LONG: Duration = Duration::from_millis(5);

/// What the admins of one demo go by.
pub struct Script {
    pub entries: Vec<OperatorEntry>,
    pub sim: Arc<Sim>,
    pub store: Store,
    pub pipeline: Arc<Pipeline>,
    pub clock: Clock,
}

/// What came of an entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Played {
    pub name: String,
    pub about: String,
    pub at: Time,
    pub world: Option<ByHand>,
    pub command: Option<String>,
    pub done: bool,
    /// What the command printed, or why it failed.
    pub said: String,
}

/// The admins at work.
pub struct Operators {
    admins: Arc<Admins>,
    task: JoinHandle<()>,
}

/// Cheap to look at from elsewhere.
pub(super) struct Admins {
    script: Script,
    desk: Desk,
    opened: Time,
    stands: Mutex<Stands>,
}

struct Stands {
    of: Vec<Stand>,
    /// What was done outside shows in drover's table by then.
    shows_by: Time,
}

#[derive(Clone, Debug, PartialEq)]
enum Stand {
    Waiting,
    Due(Time),
    Playing,
    Played(Played),
}

impl Operators {
    /// Looks the entries through, and lets the admins in. `config` is the demo's own `drover.toml`.
    pub async fn start(script: Script, config: &Path, store: &Path) -> Result<Self, CliError> {
        check_names(&script)?;
        check_conditions(&script).await?;
        let opened = script.clock.now();
        let stands = Stands {
            of: vec![Stand::Waiting; script.entries.len()],
            shows_by: opened,
        };
        let admins = Arc::new(Admins {
            desk: deed::desk(config, store),
            opened,
            stands: Mutex::new(stands),
            script,
        });
        Ok(Self {
            task: tokio::spawn(admins.clone().work()),
            admins,
        })
    }

    /// They stop where they are.
    pub async fn leave(self) {
        self.task.abort();
        let _ = self.task.await;
    }

    /// Whether somebody is still to act of their own accord, as seen in the same look as `settlement`.
    pub fn pending(
        &self,
    ) -> impl Fn(&View<'_>, &Settlement, Time) -> Result<bool, StoreError> + Send + 'static {
        let admins = self.admins.clone();
        move |view, settlement, now| admins.is_pending(view, settlement, now)
    }

    /// What was played, in the order it was, and the entries whose moment never came.
    pub fn ended(&self) -> (Vec<Played>, Vec<OperatorEntry>) {
        let stands = self.admins.stands();
        let mut played = Vec::new();
        let mut never = Vec::new();
        for (entry, stand) in self.admins.script.entries.iter().zip(&stands.of) {
            match stand {
                Stand::Played(one) => played.push(one.clone()),
                _ => never.push(entry.clone()),
            }
        }
        played.sort_by_key(|one| one.at);
        (played, never)
    }
}

impl Admins {
    fn stands(&self) -> MutexGuard<'_, Stands> {
        self.stands.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn work(self: Arc<Self>) {
        let mut changed = self.script.store.revision();
        loop {
            // Until the next moment is entered in the clock's list it must not be skipped past.
            let busy = self.script.clock.busy();
            changed.borrow_and_update();
            let watch = Stopwatch::start();
            let Ok(next) = self.look().await else {
                return;
            };
            let took = watch.elapsed();
            if let Some(at) = self.take() {
                self.play(at).await;
                continue;
            }
            if !self.rest(next, &mut changed, busy).await {
                return;
            }
            if took > LONG {
                real_sleep(took * 3).await;
            }
        }
    }

    /// Marks whose moment has come. The next moment for which no change of the table is needed.
    async fn look(self: &Arc<Self>) -> Result<Option<Time>, StoreError> {
        let admins = self.clone();
        let read = move |view: &View<'_>| admins.look_in(view);
        self.script.store.read(read).await
    }

    fn look_in(&self, view: &View<'_>) -> Result<Option<Time>, StoreError> {
        let (script, now) = (&self.script, self.script.clock.now());
        let mut look = Look::new(view, &script.pipeline, (self.opened, now));
        let mut stands = self.stands();
        let played = stands.played();
        let mut next = Some(stands.shows_by).filter(|at| *at > now);
        for (entry, stand) in script.entries.iter().zip(&mut stands.of) {
            if *stand == Stand::Waiting && look.is_due(entry, &names(&played))? {
                *stand = Stand::Due(now.plus(entry.wait));
            }
            let moment = match stand {
                Stand::Due(at) => Some(*at),
                Stand::Waiting => look.appointment(entry),
                Stand::Playing | Stand::Played(_) => None,
            };
            next = [next, moment].into_iter().flatten().min();
        }
        Ok(next)
    }

    /// The first entry that is due now, which from now on is being played.
    fn take(&self) -> Option<usize> {
        let now = self.script.clock.now();
        let mut stands = self.stands();
        let due = |stand: &Stand| matches!(stand, Stand::Due(at) if *at <= now);
        let at = stands.of.iter().position(due)?;
        stands.of[at] = Stand::Playing;
        Some(at)
    }

    async fn play(&self, at: usize) {
        let entry = &self.script.entries[at];
        let ended = deed::act(entry, &self.script.sim, &self.desk).await;
        let now = self.script.clock.now();
        let played = Played {
            name: entry.name.clone(),
            about: entry.about.clone(),
            at: now,
            world: entry.world,
            command: entry.command(),
            done: ended.is_ok(),
            said: ended.unwrap_or_else(|why| why),
        };
        let line = NewEntry {
            level: if played.done {
                Level::Info
            } else {
                Level::Warning
            },
            source: "operator".into(),
            row: None,
            text: played.line(),
        };
        // A store that is closing needs no more lines.
        let _ = self.script.store.write(move |tx| tx.say(line)).await;
        let mut stands = self.stands();
        if entry.world.is_some() {
            stands.shows_by = now.plus(rhythm(&self.script.pipeline));
        }
        stands.of[at] = Stand::Played(played);
    }

    /// Waits until `next` or until something was committed; false when the store has closed.
    async fn rest(
        &self,
        next: Option<Time>,
        changed: &mut watch::Receiver<u64>,
        busy: Busy,
    ) -> bool {
        let Some(next) = next else {
            drop(busy);
            return changed.changed().await.is_ok();
        };
        let mut sleep = std::pin::pin!(self.script.clock.sleep_until(next));
        // The first poll enters the sleeper in the clock's list; from then on skipping finds it.
        let ready = std::future::poll_fn(|cx| {
            std::task::Poll::Ready(Future::poll(sleep.as_mut(), cx).is_ready())
        })
        .await;
        drop(busy);
        if ready {
            return true;
        }
        tokio::select! {
            () = sleep => true,
            changed = changed.changed() => changed.is_ok(),
        }
    }

    fn is_pending(
        &self,
        view: &View<'_>,
        settlement: &Settlement,
        now: Time,
    ) -> Result<bool, StoreError> {
        let script = &self.script;
        let stands = self.stands();
        let played = stands.played();
        if now < stands.shows_by {
            return Ok(true);
        }
        let mut look = Look::new(view, &script.pipeline, (self.opened, now)).knowing(settlement);
        for (entry, stand) in script.entries.iter().zip(&stands.of) {
            let pending = match stand {
                Stand::Due(_) | Stand::Playing => true,
                Stand::Played(_) => false,
                Stand::Waiting => {
                    let played = names(&played);
                    let reached = entry.once.iter().all(|name| played.contains(name.as_str()));
                    let comes = reached && look.appointment(entry).is_some();
                    comes || look.is_due(entry, &played)?
                }
            };
            if pending {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Stands {
    fn played(&self) -> Vec<String> {
        let name = |stand: &Stand| match stand {
            Stand::Played(one) => Some(one.name.clone()),
            _ => None,
        };
        self.of.iter().filter_map(name).collect()
    }
}

fn names(played: &[String]) -> BTreeSet<&str> {
    played.iter().map(String::as_str).collect()
}

impl Played {
    /// Who did what, and what came of it.
    pub fn line(&self) -> String {
        let deeds = [
            self.world.map(|deed| deed.word().to_owned()),
            self.command.clone(),
        ];
        let deeds: Vec<String> = deeds.into_iter().flatten().collect();
        let ended = if self.done { "" } else { "FAILED: " };
        format!("{} [{}] {ended}{}", deeds.join(", "), self.about, self.said)
    }
}

/// The longest time after which the outside is looked at again.
fn rhythm(pipeline: &Pipeline) -> Span {
    let checks = pipeline.checks.iter().map(|check| check.every);
    let mirrors = pipeline.mirrors.iter().map(|mirror| mirror.every);
    checks.chain(mirrors).max().unwrap_or_default()
}

/// Refuses an entry that waits for what the pipeline does not have.
fn check_names(script: &Script) -> Result<(), CliError> {
    let pipeline = &script.pipeline;
    for entry in &script.entries {
        let (what, name, names): (_, _, Vec<&str>) = match &entry.when {
            When::Brake(name) => {
                let names = pipeline.brakes.iter().map(|brake| brake.name.as_str());
                ("brake", name, names.collect())
            }
            When::Proven(name) => {
                let names = pipeline.waves.iter().map(|wave| wave.name.as_str());
                ("wave", name, names.collect())
            }
            When::Check { name, .. } => {
                let names = pipeline.checks.iter().map(|check| check.name.as_str());
                ("check", name, names.collect())
            }
            When::After(_) | When::Settled => continue,
        };
        known(what, name, &names).map_err(|error| of(entry, &error.text))?;
    }
    Ok(())
}

/// Refuses a `where` that is no condition of this table, before the night and not in it.
async fn check_conditions(script: &Script) -> Result<(), CliError> {
    for entry in &script.entries {
        let Some(condition) = entry.condition.clone() else {
            continue;
        };
        let query = Query {
            condition: Some(condition),
            ..Query::default()
        };
        let counted = script.store.read(move |view| view.count(&query)).await;
        counted.map_err(|error| of(entry, &error.to_string()))?;
    }
    Ok(())
}

fn of(entry: &OperatorEntry, why: &str) -> CliError {
    CliError::usage(format!("operator entry {}: {why}", entry.name))
}
