//! A machine whose wall clock can be set, and a service that knows what time it is.

use drover::connectors::action::{
    Call, Connector, Failure, Finding, Health, Landing, Pending, Reply, Wanted,
};
use drover::model::action::{ActionSpec, Field, Nature};
use drover::model::clock::Clock;
use drover::model::machine::Machine;
use drover::model::outcome::Outcome;
use drover::model::time::{Span, Time};
use drover::model::value::ValueType;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// The machine. Its count goes on only when a test says so.
pub(super) struct Town {
    start: Time,
    up: AtomicI64,
    asleep: AtomicI64,
    /// How far the wall is ahead of the truth.
    wrong: AtomicI64,
    looks: AtomicU64,
}

impl Town {
    pub(super) fn new(start: Time) -> Arc<Self> {
        Arc::new(Self {
            start,
            up: AtomicI64::new(1_000_000),
            asleep: AtomicI64::new(0),
            wrong: AtomicI64::new(0),
            looks: AtomicU64::new(0),
        })
    }

    pub(super) fn truth(&self) -> Time {
        let up = self.up.load(Ordering::SeqCst) - 1_000_000;
        Time::from_millis(self.start.millis() + up)
    }

    pub(super) fn pass(&self, span: Span) {
        self.up.fetch_add(span.millis(), Ordering::SeqCst);
    }

    pub(super) fn sleep(&self, span: Span) {
        self.asleep.fetch_add(span.millis(), Ordering::SeqCst);
        self.pass(span);
    }

    /// Sets the wall so many milliseconds ahead of the truth.
    pub(super) fn set_wall(&self, ahead: i64) {
        self.wrong.store(ahead, Ordering::SeqCst);
    }

    pub(super) fn ahead(&self) -> i64 {
        self.wrong.load(Ordering::SeqCst)
    }

    /// How often somebody looked at the wall.
    pub(super) fn looks(&self) -> u64 {
        self.looks.load(Ordering::SeqCst)
    }
}

impl Machine for Town {
    fn wall(&self) -> Time {
        self.looks.fetch_add(1, Ordering::SeqCst);
        Time::from_millis(self.truth().millis() + self.ahead())
    }

    fn up(&self) -> Duration {
        Duration::from_millis(self.up.load(Ordering::SeqCst).unsigned_abs())
    }

    fn awake(&self) -> Duration {
        let asleep = Duration::from_millis(self.asleep.load(Ordering::SeqCst).unsigned_abs());
        self.up().saturating_sub(asleep)
    }

    fn rhythm(&self) -> Duration {
        Duration::from_millis(1)
    }
}

const TO: &[Field] = &[Field::required("to", ValueType::Text, "to whom")];

const fn spec(name: &'static str, nature: Nature) -> ActionSpec {
    ActionSpec {
        name,
        about: "",
        nature,
        inputs: TO,
        outputs: &[],
        destructive: false,
        settle: Span::from_mins(4),
        probe: false,
    }
}

static ACTIONS: [ActionSpec; 3] = [
    spec("svc.confirm", Nature::Read),
    spec("svc.put", Nature::Repeatable),
    spec("svc.send", Nature::Once),
];

/// How long what was sent takes to show.
pub(super) const SHOWS_AFTER: Span = Span::from_mins(60);

/// The service. It dates its answers by the truth, unless it is silent.
pub(super) struct Witness {
    town: Arc<Town>,
    clock: Mutex<Clock>,
    silent: AtomicBool,
    sends: Mutex<Vec<(String, Time)>>,
    puts: Mutex<Vec<(String, Time)>>,
}

impl Witness {
    pub(super) fn new(town: Arc<Town>, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            town,
            clock: Mutex::new(clock),
            silent: AtomicBool::new(false),
            sends: Mutex::default(),
            puts: Mutex::default(),
        })
    }

    /// An engine that was started anew has another clock.
    pub(super) fn answers(&self, clock: Clock) {
        *self.clock.lock().unwrap() = clock;
    }

    pub(super) fn silence(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// To whom, and when by the truth.
    pub(super) fn sends(&self) -> Vec<(String, Time)> {
        self.sends.lock().unwrap().clone()
    }

    pub(super) fn puts(&self) -> usize {
        self.puts.lock().unwrap().len()
    }

    /// How many were sent to more than once.
    pub(super) fn doubled(&self) -> usize {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        for (to, _) in self.sends() {
            *counts.entry(to).or_default() += 1;
        }
        counts.values().filter(|count| **count > 1).count()
    }

    fn says_the_time(&self) {
        if !self.silent.load(Ordering::SeqCst) {
            // As a header does: to the second.
            let second = self.town.truth().millis().div_euclid(1_000) * 1_000;
            let clock = self.clock.lock().unwrap();
            clock.hear("Svc", Some(Time::from_millis(second)));
        }
    }
}

impl Connector for Witness {
    fn name(&self) -> &'static str {
        "svc"
    }

    fn actions(&self) -> &'static [ActionSpec] {
        &ACTIONS
    }

    fn call<'a>(
        &'a self,
        action: &'static ActionSpec,
        call: Call,
    ) -> Pending<'a, Result<Reply, Failure>> {
        Box::pin(async move {
            self.says_the_time();
            let to = call.input["to"].as_str().unwrap_or_default().to_owned();
            let truth = self.town.truth();
            let mut result = json!({});
            match action.name {
                "svc.send" => self.sends.lock().unwrap().push((to, truth)),
                "svc.put" => self.puts.lock().unwrap().push((to, truth)),
                _ => {
                    let sent = self.sends().into_iter().find(|(whom, _)| *whom == to);
                    let there = sent.is_some_and(|(_, at)| truth.since(at) >= SHOWS_AFTER);
                    result = json!({ "there": there });
                }
            }
            Ok(Reply {
                result,
                outcome: Outcome::Done,
                exchanges: Vec::new(),
            })
        })
    }

    fn probe<'a>(
        &'a self,
        _: &'static ActionSpec,
        _: Call,
    ) -> Pending<'a, Result<Landing, Failure>> {
        Box::pin(async { Ok(Landing::Undecided("nobody can tell".into())) })
    }

    fn check<'a>(&'a self, _: &'a Wanted) -> Pending<'a, Vec<Finding>> {
        Box::pin(async { Vec::new() })
    }

    fn health(&self) -> Health {
        Health::default()
    }

    fn tells_time(&self) -> bool {
        true
    }

    fn tell_time(&self) -> Pending<'_, ()> {
        Box::pin(async { self.says_the_time() })
    }
}
