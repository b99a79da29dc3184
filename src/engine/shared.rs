//! What every duty holds.

use super::ceilings::Ceilings;
use super::clock_watch::ClockWatch;
use super::halts::Halts;
use crate::connectors::action::Registry;
use crate::model::action::Nature;
use crate::model::clock::Clock;
use crate::model::judge::SqlJudge;
use crate::model::random::Random;
use crate::model::row::RowId;
use crate::model::time::{Span, Time};
use crate::pipeline::{Pipeline, PlannedCall};
use crate::store::{Judge, Store, StoreError};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// What an engine is made of.
pub struct Parts {
    pub pipeline: Arc<Pipeline>,
    pub store: Store,
    pub registry: Registry,
    pub clock: Clock,
    /// For jitter and operation ids.
    pub random: Random,
    pub messages: Messages,
    pub roles: Roles,
    pub ceilings: Ceilings,
}

/// Where tickets and pages go; chat always goes to the chat connector, when one is configured.
#[derive(Clone, Debug, Default)]
pub struct Messages {
    pub ticket: Sink,
    pub page: Sink,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Sink {
    /// The chat connector's channel.
    #[default]
    Chat,
    /// A JSON POST of the message to this URL, through the generic connector.
    Http(String),
}

impl Messages {
    /// Where messages of this kind go.
    pub(super) fn sink(&self, kind: crate::store::MessageKind) -> &Sink {
        use crate::store::MessageKind;
        match kind {
            MessageKind::Chat => &Sink::Chat,
            MessageKind::Ticket => &self.ticket,
            MessageKind::Page => &self.page,
        }
    }
}

/// What a peer of the control socket may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    Observer,
    Operator,
    Approver,
}

/// Roles by user name or `@group`; with none listed, whoever reaches the socket as the store's owner may do everything.
#[derive(Clone, Debug)]
pub struct Roles {
    pub observer: Vec<String>,
    pub operator: Vec<String>,
    pub approver: Vec<String>,
    /// Accounts that more than one person uses: they may not take part where two people are asked for.
    pub shared: Vec<String>,
    /// Acts on more rows than this need two people.
    pub two_people_above: u64,
    /// The uid that owns the store.
    pub owner: u32,
    /// Groups of each user, by name: filled by whoever reads the system's files.
    pub groups: BTreeMap<String, Vec<String>>,
}

impl Default for Roles {
    fn default() -> Self {
        Self {
            observer: Vec::new(),
            operator: Vec::new(),
            approver: Vec::new(),
            shared: Vec::new(),
            two_people_above: u64::MAX,
            owner: 0,
            groups: BTreeMap::new(),
        }
    }
}

pub(super) struct Shared {
    pub pipeline: Arc<Pipeline>,
    pub store: Store,
    pub registry: Registry,
    pub clock: Clock,
    pub random: Mutex<Random>,
    pub messages: Messages,
    pub roles: Roles,
    /// Columns each stage's gate reads, for the loop guard.
    pub gate_reads: BTreeMap<String, BTreeSet<String>>,
    /// What this process is working on now: (rule, row). Attempts that wait are not here.
    pub working: Mutex<BTreeSet<(String, RowId)>>,
    /// What keeps it from sending, beside an operator's stop.
    pub halts: Halts,
    /// Why nothing may be sent now, as the connectors are told.
    pub leave: watch::Sender<Option<String>>,
    pub ceilings: Ceilings,
    /// Actions that cannot be undone, by full name: those that must land once, and those that may be repeated.
    pub destructive: (Vec<&'static str>, Vec<&'static str>),
    /// Stages and ladders that call any of them.
    pub destroying: BTreeSet<String>,
    /// While a ceiling is reached.
    pub ceiling_until: Mutex<Option<Time>>,
    /// Whether the store was ever put back from a backup: then a call may be one it has forgotten.
    pub was_restored: AtomicBool,
    /// What is believed of the time.
    pub clock_watch: ClockWatch,
    pub stop: watch::Sender<bool>,
    /// Bumped when a slot frees or an operator asked something, so that the taking duty looks again.
    pub nudge: watch::Sender<u64>,
}

impl Shared {
    pub fn new(parts: Parts) -> Result<Self, StoreError> {
        let judge = Judge::new()?;
        let shape = parts.pipeline.shape();
        let reads = |conditions: &[crate::model::rule::Condition]| {
            conditions
                .iter()
                .filter_map(|condition| judge.judge(&shape, &condition.sql).ok())
                .flat_map(|reads| reads.columns)
                .collect()
        };
        let gate_reads = parts
            .pipeline
            .stages
            .iter()
            .map(|stage| (stage.name.clone(), reads(&stage.gate)))
            .collect();
        let catalogue = parts.registry.catalogue();
        let of = |once: bool| -> Vec<&'static str> {
            (catalogue.iter())
                .filter(|action| action.destructive && (action.nature == Nature::Once) == once)
                .map(|action| action.name)
                .collect()
        };
        let destructive = (of(true), of(false));
        Ok(Self {
            ceilings: parts.ceilings,
            destroying: destroying(&parts.pipeline, &destructive),
            destructive,
            ceiling_until: Mutex::default(),
            pipeline: parts.pipeline,
            store: parts.store,
            registry: parts.registry,
            clock: parts.clock,
            random: Mutex::new(parts.random),
            messages: parts.messages,
            roles: parts.roles,
            gate_reads,
            working: Mutex::default(),
            halts: Halts::default(),
            leave: watch::channel(None).0,
            was_restored: AtomicBool::new(false),
            clock_watch: ClockWatch::default(),
            stop: watch::channel(false).0,
            nudge: watch::channel(0).0,
        })
    }

    /// An operation's id: fixed when the intent is written, carried to the service where it can be.
    pub fn op(&self) -> String {
        self.random
            .lock()
            .map_or_else(|_| Random::system().uuid(), |mut random| random.uuid())
            .to_lowercase()
    }

    /// `span` spread by a quarter either way, so that a crowd does not come back at one moment.
    pub fn jitter(&self, span: Span) -> Span {
        let factor = self
            .random
            .lock()
            .map_or(1.0, |mut random| random.between(0.75, 1.25));
        span.times(factor)
    }

    pub fn nudge(&self) {
        self.nudge.send_modify(|n| *n += 1);
    }

    /// Marks (rule, row) as being worked on; `None` when it is already.
    pub fn take_up(self: &Arc<Self>, rule: &str, row: RowId) -> Option<Working> {
        let mut working = self.working.lock().ok()?;
        let key = (rule.to_owned(), row);
        working.insert(key.clone()).then(|| Working {
            shared: self.clone(),
            key,
        })
    }

    pub fn working_on(&self, rule: &str) -> usize {
        self.working.lock().map_or(0, |working| {
            working.iter().filter(|(name, _)| name == rule).count()
        })
    }
}

/// The stages and ladders that call any of these actions.
fn destroying(
    pipeline: &Pipeline,
    (once, repeatable): &(Vec<&'static str>, Vec<&'static str>),
) -> BTreeSet<String> {
    let any = |calls: Vec<PlannedCall>| {
        let mut calls = calls.iter();
        calls.any(|call| {
            [once, repeatable]
                .iter()
                .any(|all| all.contains(&call.action.as_str()))
        })
    };
    let stages = pipeline.stages.iter();
    let stages = stages.filter(|stage| any(pipeline.calls_of_stage(stage)));
    let ladders = pipeline.ladders.iter().filter(|ladder| {
        let mut rungs = ladder.rungs.iter();
        rungs.any(|rung| any(pipeline.calls_of_rung(Some(rung))))
    });
    let stages = stages.map(|stage| stage.name.clone());
    stages
        .chain(ladders.map(|ladder| ladder.name.clone()))
        .collect()
}

/// Held while this process works on one row for one rule.
pub(super) struct Working {
    shared: Arc<Shared>,
    key: (String, RowId),
}

impl Drop for Working {
    fn drop(&mut self) {
        if let Ok(mut working) = self.shared.working.lock() {
            working.remove(&self.key);
        }
        self.shared.nudge();
    }
}
