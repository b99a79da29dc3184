//! A store with a night in progress, and a console that has read it.

pub use super::console::Console;
use crate::model::action::{ActionSpec, Catalogue, Nature};
use crate::model::actor::Actor;
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::row::{RowId, Values};
use crate::model::rule::{RuleKind, Shape};
use crate::model::time::{Span, Time};
use crate::model::value::Value;
use crate::pipeline::{self, Pipeline};
use crate::store::*;
use crate::tui::data::{Names, Source};
use crate::tui::keys::Keymap;
use crate::tui::look::{Look, ThemeName};
use crate::tui::state::Facts;
use std::sync::{Arc, OnceLock};

/// Names people and machines should not have, but do.
const NAMES: [&str; 8] = [
    "anna.berg",
    "東京 太郎",
    "o'neil",
    "zoë\u{301}",
    "👩\u{200D}💻 dev",
    "a\u{1b}[31mred",
    "\u{202e}drow",
    "müller-lüdenscheidt",
];

/// The shipped pipeline, parsed once.
pub fn pipeline() -> Pipeline {
    static PARSED: OnceLock<Pipeline> = OnceLock::new();
    let parsed = PARSED.get_or_init(|| {
        let (name, text) = pipeline::SHIPPED[0];
        pipeline::parse(name, text).unwrap_or_else(|findings| panic!("{findings:?}"))
    });
    parsed.clone()
}

const fn acts(name: &'static str, nature: Nature, destructive: bool) -> ActionSpec {
    ActionSpec {
        name,
        about: "",
        nature,
        inputs: &[],
        outputs: &[],
        destructive,
        settle: Span::ZERO,
        probe: false,
    }
}

/// What is known of the actions the pipeline calls.
pub fn catalogue() -> Catalogue {
    static ACTIONS: [ActionSpec; 11] = [
        acts("fleet.find_host", Nature::Read, false),
        acts("fleet.get_host", Nature::Read, false),
        acts("fleet.script_result", Nature::Read, false),
        acts("fleet.refetch_host", Nature::Repeatable, false),
        acts("fleet.transfer_host", Nature::Repeatable, true),
        acts("fleet.run_script", Nature::Once, true),
        acts("jamf.find_computer", Nature::Read, false),
        acts("jamf.command_status", Nature::Read, false),
        acts("jamf.mark_unmanaged", Nature::Repeatable, false),
        acts("jamf.blank_push", Nature::Repeatable, false),
        acts("jamf.remove_mdm_profile", Nature::Once, true),
    ];
    Catalogue::new(&ACTIONS)
}

/// The night of the first of March, ten past midnight in Berlin.
pub fn midnight() -> Time {
    Time::parse("2026-03-02T23:10:00Z").unwrap()
}

/// A store in a folder of its own.
pub struct World {
    pub folder: tempfile::TempDir,
    pub clock: Clock,
    pub pipeline: Pipeline,
    store: Option<Store>,
    runtime: tokio::runtime::Runtime,
}

impl World {
    pub fn new(rows: usize) -> Self {
        let world = Self::of(pipeline());
        world.write(move |tx| (0..rows).try_for_each(|at| born(tx, at)));
        for step in 1..=6_usize {
            world.clock.turn(Span::from_mins(55));
            world.write(move |tx| {
                (0..rows)
                    .filter(|at| at % 7 >= step)
                    .try_for_each(|at| grow(tx, at, step))
            });
        }
        world.clock.turn_to(midnight().minus(Span::from_mins(4)));
        world.write(move |tx| (0..rows).try_for_each(|at| trouble(tx, at)));
        world.clock.turn_to(midnight());
        world.write(notes);
        world
    }

    /// An empty store for a pipeline, six hours before midnight.
    pub fn of(pipeline: Pipeline) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::manual(midnight().minus(Span::from_hours(6)));
        let setup = Setup {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            clock: clock.clone(),
        };
        let store = Store::open(&folder.path().join("drover.db"), setup).unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        Self {
            folder,
            clock,
            pipeline,
            store: Some(store),
            runtime,
        }
    }

    pub fn store(&self) -> &Store {
        self.store.as_ref().unwrap()
    }

    pub fn write(&self, work: impl FnOnce(&mut Tx<'_>) -> Result<(), StoreError> + Send + 'static) {
        self.runtime.block_on(self.store().write(work)).unwrap();
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("drover.db")
    }

    pub fn console(&self, size: (u16, u16)) -> Console {
        let reader = Reader::open(&self.path()).unwrap();
        let names = Names::new(Some(Arc::new(self.pipeline.clone()))).with_actions(catalogue());
        let shape = reader.shape().clone();
        let facts = facts(shape, names.clone());
        let source = Source::new(reader, names);
        let mut console = Console::new(facts, source, self.clock.now(), size);
        console.begin(size);
        console
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(store) = self.store.take() {
            self.runtime.block_on(store.close());
        }
    }
}

fn facts(shape: Shape, names: Names) -> Facts {
    Facts {
        shape,
        names,
        keymap: Keymap::load(None).unwrap(),
        look: Look::new(ThemeName::Dark, false, false).unwrap(),
        read_only: false,
    }
}

fn text(said: &str) -> Value {
    Value::Text(crate::model::text::clean(said))
}

fn born(tx: &mut Tx<'_>, at: usize) -> Result<(), StoreError> {
    let (row, _) = tx.row_of(&format!("C02{:05}Q", at * 7919 % 100_000))?;
    let values = Values::from([
        ("computer_name".into(), text(&format!("Mac {at}"))),
        (
            "device_model".into(),
            text(["MacBookPro18,3", "Mac14,2", "Mac15,6"][at % 3]),
        ),
        (
            "macos_version".into(),
            text(["15.6.1", "15.7", "26.1"][at % 3]),
        ),
        ("assigned_user".into(), text(NAMES[at % NAMES.len()])),
        ("fleet_online".into(), Value::Boolean(!at.is_multiple_of(5))),
    ]);
    tx.set(row, &values, &Cause::Schedule)?;
    Ok(())
}

/// One step of the way for one row.
fn grow(tx: &mut Tx<'_>, at: usize, step: usize) -> Result<(), StoreError> {
    let row = RowId(at as i64 + 1);
    let now = Value::Time(tx.now());
    let values = match step {
        1 => vec![("requested_at", now)],
        2 => vec![("unenroll_queued_at", now.clone()), ("look_after", now)],
        3 => vec![("unenrolled_at", now)],
        4 => vec![
            ("enrolled_at", now),
            ("connected_to_fleet", Value::Boolean(true)),
            ("fleet_team", text("Staging")),
        ],
        5 => vec![("jamf_bits_removed", Value::Boolean(true))],
        _ => vec![
            ("transferred_at", now.clone()),
            ("fleet_team", text("Workstations")),
            ("completed_at", now),
        ],
    };
    let values: Values = values
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    tx.set(row, &values, &Cause::Schedule)?;
    tx.say(NewEntry {
        level: if at.is_multiple_of(29) {
            Level::Warning
        } else {
            Level::Info
        },
        source: ["unenroll", "confirm", "removal", "transfer"][at % 4].into(),
        row: Some(row),
        text: [
            "told to leave Jamf",
            "enrolled in Fleet",
            "nothing of Jamf is left",
            "is in Workstations",
        ][at % 4]
            .into(),
    })
}

fn attempt(row: RowId, rule: &str) -> NewAttempt {
    NewAttempt {
        row,
        rule: rule.into(),
        kind: RuleKind::Stage,
        rung: None,
        number: 1,
        cause: Cause::Schedule,
        actor: Actor::Engine,
        resumes: None,
        start_at: None,
    }
}

/// Some run, some wait, some are held.
fn trouble(tx: &mut Tx<'_>, at: usize) -> Result<(), StoreError> {
    let row = RowId(at as i64 + 1);
    let now = tx.now();
    match at % 35 {
        4 => {
            tx.begin(attempt(row, "removal"))?;
        }
        5 | 11 => {
            let id = tx.begin(attempt(row, "transfer"))?;
            let step = tx.intend(NewStep {
                attempt: id,
                name: "move".into(),
                item: None,
                action: "fleet.transfer_host".into(),
                mutates: true,
                op: format!("op-{at}"),
                input: serde_json::json!({"host_id": at, "team": "Workstations"}),
            })?;
            tx.finish_step(
                step,
                StepEnd {
                    outcome: Some(Outcome::Done),
                    result: Some(serde_json::json!({})),
                    fault: None,
                    exchanges: serde_json::json!([]),
                },
            )?;
            tx.wait(
                id,
                AttemptState::Waiting,
                "read_back",
                "the team to show in Fleet",
                now.plus(Span::from_mins(5)),
            )?;
        }
        18 => {
            let id = tx.begin(attempt(row, "transfer"))?;
            let fault = Fault::new(
                FaultKind::Forbidden,
                "Fleet refused to move the host (403): give the token's user the maintainer role in both teams",
            );
            tx.end(id, AttemptState::Failed, Some("move"), Some(&fault))?;
            tx.hold(Hold {
                row,
                rule: "transfer".into(),
                kind: HoldKind::Parked,
                reason: fault.message.clone(),
                until: None,
                owner: Some("operator".into()),
                by: Actor::Engine,
                attempt: Some(id),
                fault: Some(fault.kind),
                at: now,
            })?;
        }
        25 => tx.hold(Hold {
            row,
            rule: "removal".into(),
            kind: HoldKind::BackingOff,
            reason: "Fleet did not answer within 30s".into(),
            until: Some(now.plus(Span::from_mins(9))),
            owner: None,
            by: Actor::Engine,
            attempt: None,
            fault: Some(FaultKind::Timeout),
            at: now,
        })?,
        _ => {}
    }
    Ok(())
}

/// What the engine notes of itself, of the services and of its polls.
pub fn notes(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let real = crate::model::clock::real_now();
    tx.set_note(
        "engine",
        &serde_json::json!({"clock": tx.now(), "real": real, "speed": 1.0}),
    )?;
    let now = tx.now();
    let health = serde_json::json!({
        "fleet": {"calls": 1_204, "failures": 9, "in_flight": 3, "parallel": 8, "p50_ms": 41, "p99_ms": 310,
            "rate_per_second": 20.0, "configured_per_second": 20.0, "last_minute": 312, "recent": 256,
            "recent_failures": 2, "last_success_at": now},
        "jamf": {"calls": 402, "failures": 31, "in_flight": 4, "parallel": 4, "p50_ms": 95, "p99_ms": 2_100,
            "rate_per_second": 5.0, "configured_per_second": 10.0, "last_minute": 118, "recent": 256,
            "recent_failures": 12, "limited_until": now.plus(Span::from_secs(40)), "last_success_at": now},
        "slack": {"calls": 88, "failures": 7, "p50_ms": 120, "p99_ms": 900, "parallel": 4, "recent": 88,
            "recent_failures": 7, "failures_in_a_row": 4, "failing_since": now.minus(Span::from_mins(4)),
            "last_failure": {"at": now.minus(Span::from_secs(20)), "text": "POST /api/chat.postMessage answered 503"}},
        "http": {"parallel": 4},
    });
    tx.set_note("services", &health)?;
    let poll = |ago| serde_json::json!({"last_at": now.minus(Span::from_mins(ago)), "tally": {"read": 812, "changed": 3}});
    tx.set_note("poll/activity_poll", &poll(1))?;
    tx.set_note("poll/inventory", &poll(190))
}
