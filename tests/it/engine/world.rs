//! An engine on a real store, a clock that only a test turns, and services that do as they are told.

use super::service::Service;
use drover::connectors::action::{Connector, Registry};
use drover::control::protocol::{Peer, Reply, Request, RowResult};
use drover::control::server::Obey;
use drover::engine::{Ceilings, Engine, Messages, Parts, Roles};
use drover::model::clock::{Clock, Stopwatch, real_pause};
use drover::model::random::Random;
use drover::model::row::{RowId, Values};
use drover::model::time::{Span, Time};
use drover::model::value::Value;
use drover::pipeline::{Pipeline, parse};
use drover::store::{
    Attempt, AttemptState, Cause, Hold, Message, Setup, Step, Store, StoreError, Tx, View,
};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// Real time within which anything must happen that needs no engine time.
const SOON: Duration = Duration::from_secs(20);
const GLANCE: Duration = Duration::from_millis(1);

/// What every pipeline here begins with.
const HEAD: &str = r#"
name    = "rehearsal"
title   = "Rehearsal"
subject = "thing"
key     = "serial"
[columns]
serial  = "text"
wanted  = "boolean"
stuck   = "boolean"
state   = "text"
done_at = "time"
"#;

pub(crate) struct World {
    pub clock: Clock,
    pub svc: Arc<Service>,
    pub chat: Option<Arc<Service>>,
    pub roles: Roles,
    pub ceilings: Ceilings,
    /// Others that are configured, in place of those of the same name.
    pub others: Vec<Arc<dyn Connector>>,
    pipeline: Arc<Pipeline>,
    folder: TempDir,
    running: Option<Running>,
}

struct Running {
    engine: Engine,
    store: Store,
    runtime: Runtime,
}

/// A Monday, ten in the morning.
pub(crate) fn morning() -> Time {
    Time::parse("2026-03-02T10:00:00Z").unwrap()
}

pub(crate) fn anna() -> Peer {
    Peer {
        uid: 501,
        gid: 501,
        name: "anna".into(),
    }
}

impl World {
    /// With an engine that runs, and no chat.
    pub(crate) fn new(stages: &str) -> Self {
        let mut world = Self::asleep(stages);
        world.start();
        world
    }

    pub(crate) fn with_chat(stages: &str) -> Self {
        let mut world = Self::asleep(stages);
        world.chat = Some(Arc::new(Service::chat()));
        world.start();
        world
    }

    /// The whole file.
    pub(crate) fn text(stages: &str) -> String {
        format!("{HEAD}{stages}")
    }

    /// With no engine running yet.
    pub(crate) fn asleep(stages: &str) -> Self {
        let text = Self::text(stages);
        let pipeline = parse("rehearsal.toml", &text).unwrap_or_else(|e| panic!("{e:#?}"));
        Self {
            clock: Clock::manual(morning()),
            svc: Arc::new(Service::svc()),
            chat: None,
            ceilings: Ceilings::default(),
            roles: Roles {
                owner: 501,
                ..Roles::default()
            },
            others: Vec::new(),
            pipeline: Arc::new(pipeline),
            folder: tempfile::tempdir().unwrap(),
            running: None,
        }
    }

    pub(crate) fn start(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .unwrap();
        let path = self.folder.path().join("drover.db");
        // An engine that was killed lets go of the lock when its writer thread notices.
        let store = until("the store opens", || {
            let setup = Setup {
                shape: self.pipeline.shape(),
                rules: self.pipeline.rules(),
                clock: self.clock.clone(),
            };
            match Store::open(&path, setup) {
                Err(StoreError::Locked(_)) => None,
                opened => Some(opened.unwrap()),
            }
        });
        let mut connectors: Vec<Arc<dyn Connector>> = vec![self.svc.clone()];
        if let Some(chat) = &self.chat {
            connectors.push(chat.clone());
        }
        connectors.extend(self.others.iter().cloned());
        let parts = Parts {
            pipeline: self.pipeline.clone(),
            store: store.clone(),
            registry: Registry::new(connectors),
            clock: self.clock.clone(),
            random: Random::seeded(1),
            messages: Messages::default(),
            roles: self.roles.clone(),
            ceilings: self.ceilings,
        };
        let engine = runtime.block_on(Engine::start(parts)).unwrap();
        self.running = Some(Running {
            engine,
            store,
            runtime,
        });
    }

    /// Ends the engine as SIGTERM does.
    pub(crate) fn stop(&mut self) {
        let running = self.running.take().unwrap();
        running.runtime.block_on(async {
            running.engine.stop().await;
            running.store.close().await;
        });
    }

    /// Ends the engine in the middle of whatever it does.
    pub(crate) fn kill(&mut self) {
        let running = self.running.take().unwrap();
        running.runtime.shutdown_timeout(SOON);
    }

    fn running(&self) -> &Running {
        self.running.as_ref().unwrap()
    }

    /// That the engine goes round no more, in its own words.
    pub(crate) fn stalled(&self) -> Option<String> {
        self.running().engine.stalled()
    }

    /// Keeps the store's writer busy until the other end is dropped.
    pub(crate) fn block_the_writer(&self) -> std::sync::mpsc::Sender<()> {
        let running = self.running();
        let (release, held) = std::sync::mpsc::channel::<()>();
        let store = running.store.clone();
        running.runtime.spawn(async move {
            let _ = store.write(move |_| Ok(held.recv().is_ok())).await;
        });
        release
    }

    /// Waits until the engine has looked at the table as it is and has nothing to do before the clock is turned.
    pub(crate) fn settle(&self) {
        let running = self.running();
        let revision = running.store.revision();
        until("the engine comes to rest", || {
            let before = *revision.borrow();
            self.clock.turn(Span::from_millis(1));
            self.ask(anna(), Request::Hello);
            let mut now = self.clock.now();
            until("the engine looks", || {
                // A watched clock may be set meanwhile, which is no reason to look.
                if self.clock.now() != now {
                    self.ask(anna(), Request::Hello);
                    now = self.clock.now();
                }
                let looked = running.engine.looked_at() >= now && !self.clock.is_busy();
                let slept = self.clock.next_wake().is_some_and(|wake| wake > now);
                (looked && slept).then_some(())
            });
            real_pause(GLANCE);
            (*revision.borrow() == before && !self.clock.is_busy()).then_some(())
        });
    }

    /// Waits until the engine has looked at the table as it is, whatever is under way.
    pub(crate) fn looks(&self) {
        let running = self.running();
        for _ in 0..2 {
            self.clock.turn(Span::from_millis(1));
            self.ask(anna(), Request::Hello);
            let now = self.clock.now();
            until("the engine looks", || {
                (running.engine.looked_at() >= now).then_some(())
            });
        }
    }

    /// Turns the clock on and waits until the engine has done what that calls for.
    pub(crate) fn turn(&self, by: Span) {
        self.clock.turn(by);
        self.settle();
    }

    pub(crate) fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Tx<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let running = self.running();
        running.runtime.block_on(running.store.write(work)).unwrap()
    }

    pub(crate) fn look<T: Send + 'static>(
        &self,
        work: impl FnOnce(&View<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> T {
        let running = self.running();
        running.runtime.block_on(running.store.read(work)).unwrap()
    }

    /// Makes a row whose `wanted` is true.
    pub(crate) fn wants(&self, key: &str) -> RowId {
        self.row(key, &[("wanted", Value::Boolean(true))])
    }

    pub(crate) fn row(&self, key: &str, values: &[(&str, Value)]) -> RowId {
        let values: Values = (values.iter())
            .map(|(column, value)| ((*column).to_owned(), value.clone()))
            .collect();
        let key = key.to_owned();
        self.write(move |tx| {
            let (row, _) = tx.row_of(&key)?;
            tx.set(row, &values, &Cause::Schedule)?;
            Ok(row)
        })
    }

    pub(crate) fn column(&self, row: RowId, column: &str) -> Value {
        let row = self.look(move |view| view.row(row)).unwrap();
        row.get(column).clone()
    }

    /// Oldest first.
    pub(crate) fn attempts(&self, row: RowId) -> Vec<Attempt> {
        let mut attempts = self.look(move |view| view.attempts_of(row, 100));
        attempts.reverse();
        attempts
    }

    pub(crate) fn last(&self, row: RowId) -> Attempt {
        self.attempts(row).pop().unwrap()
    }

    pub(crate) fn steps(&self, attempt: &Attempt) -> Vec<Step> {
        let id = attempt.id;
        self.look(move |view| view.steps(id))
    }

    pub(crate) fn hold(&self, row: RowId, rule: &str) -> Option<Hold> {
        let rule = rule.to_owned();
        self.look(move |view| view.hold(row, &rule))
    }

    pub(crate) fn messages(&self, row: RowId) -> Vec<Message> {
        self.look(move |view| view.messages_of(row, 100))
    }

    /// The newest lines of the journal that contain `text`.
    pub(crate) fn said(&self, text: &str) -> usize {
        let log = self.look(|view| view.journal_after(0, 500));
        log.iter().filter(|entry| entry.text.contains(text)).count()
    }

    /// As [`Self::said`], in a journal of any length.
    pub(crate) fn said_ever(&self, text: &str) -> usize {
        let log = self.look(|view| view.journal_after(0, 100_000));
        log.iter().filter(|entry| entry.text.contains(text)).count()
    }

    pub(crate) fn ask(&self, peer: Peer, request: Request) -> Reply {
        let running = self.running();
        running.runtime.block_on(running.engine.obey(peer, request))
    }

    /// Asks as the store's owner; what came of each row.
    pub(crate) fn obeys(&self, request: Request) -> Vec<RowResult> {
        match self.ask(anna(), request) {
            Reply::Done { rows, .. } => rows,
            other => panic!("not done: {other:?}"),
        }
    }

    /// Why it is refused, for the store's owner.
    pub(crate) fn refuses(&self, request: Request) -> String {
        match self.ask(anna(), request) {
            Reply::Refused(why) => why,
            other => panic!("not refused: {other:?}"),
        }
    }

    /// Waits for something that happens without the clock.
    pub(crate) fn until<T>(&self, what: &str, mut found: impl FnMut(&Self) -> Option<T>) -> T {
        until(what, || found(self))
    }

    pub(crate) fn until_state(&self, row: RowId, state: AttemptState) {
        until("the attempt's state", || {
            self.attempts(row)
                .last()
                .filter(|attempt| attempt.state == state)
                .map(drop)
        });
    }
}

fn until<T>(what: &str, mut found: impl FnMut() -> Option<T>) -> T {
    let watch = Stopwatch::start();
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(watch.elapsed() < SOON, "{what}: not within {SOON:?}");
        real_pause(GLANCE);
    }
}
