//! The promises, held against a real file.

mod attempts;
mod backups;
mod decisions;
mod durability;
mod lists;
mod model;
mod opening;
mod parts;
mod records;
mod trouble;
mod waves;

use super::{
    Cause, Hold, HoldKind, NewAttempt, NewStep, Query, QueueState, Setup, StepEnd, Store,
    StoreError,
};
use crate::model::actor::Actor;
use crate::model::clock::Clock;
use crate::model::outcome::Outcome;
use crate::model::row::{RowId, Values};
use crate::model::rule::{ColumnShape, Condition, PhaseRule, Rule, RuleKind, Rules, Shape};
use crate::model::time::{Span, Time};
use crate::model::value::{Value, ValueType};
use std::path::PathBuf;

pub(super) fn shape() -> Shape {
    use ValueType::{Boolean, Integer, Json, Text, Time};
    let columns = [
        ("serial", Text),
        ("fleet_id", Integer),
        ("fleet_team", Text),
        ("mdm_server_url", Text),
        ("connected", Boolean),
        ("requested_at", Time),
        ("unenrolled_at", Time),
        ("transferred_at", Time),
        ("extra", Json),
    ];
    Shape {
        subject: "device".into(),
        key: "serial".into(),
        columns: columns
            .into_iter()
            .map(|(name, kind)| ColumnShape {
                name: name.into(),
                kind,
            })
            .collect(),
    }
}

fn rule(name: &str, kind: RuleKind, waves: bool, conditions: &[(&str, &str)]) -> Rule {
    Rule {
        name: name.into(),
        kind,
        waves,
        checks: Vec::new(),
        conditions: conditions
            .iter()
            .map(|(title, sql)| Condition::new(*title, *sql))
            .collect(),
    }
}

pub(super) fn rules() -> Rules {
    let phase = |name: &str, when: &str| PhaseRule {
        name: name.into(),
        when: when.into(),
    };
    Rules {
        version: "v1".into(),
        params: [
            ("staging_team", "Staging"),
            ("stuck_after", "10m"),
            ("jamf_url_prefix", "https://jamf.example.com/%"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), Value::Text(value.to_owned())))
        .collect(),
        rules: vec![
            rule(
                "unenroll",
                RuleKind::Stage,
                true,
                &[
                    ("asked", "requested_at IS NOT NULL"),
                    ("not connected", "connected IS NOT TRUE"),
                ],
            ),
            rule(
                "transfer",
                RuleKind::Stage,
                false,
                &[
                    ("unenrolled from Jamf", "unenrolled_at IS NOT NULL"),
                    ("in the staging team", "fleet_team = :staging_team"),
                    ("not yet transferred", "transferred_at IS NULL"),
                    ("enrolled in Fleet", "connected"),
                ],
            ),
            rule(
                "stuck_in_jamf",
                RuleKind::Ladder,
                false,
                &[
                    ("asked long enough ago", "requested_at < ago(:stuck_after)"),
                    ("not connected", "connected IS NOT TRUE"),
                    (
                        "still points at Jamf",
                        "mdm_server_url LIKE :jamf_url_prefix",
                    ),
                ],
            ),
        ],
        wave: None,
        proof: Vec::new(),
        acts: Vec::new(),
        checks: Vec::new(),
        phases: vec![
            phase("Moved", "transferred_at IS NOT NULL"),
            phase("Leaving", "requested_at IS NOT NULL"),
        ],
    }
}

pub(super) fn noon() -> Time {
    Time::parse("2026-03-02T12:00:00Z").unwrap()
}

/// A store in a directory of its own, on a clock turned by hand.
pub(super) struct Bench {
    pub(super) dir: tempfile::TempDir,
    pub(super) clock: Clock,
    pub(super) store: Store,
}

impl Bench {
    pub(super) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let clock = Clock::manual(noon());
        let store = Store::open(&dir.path().join("drover.db"), setup(&clock)).unwrap();
        Self { dir, clock, store }
    }

    pub(super) fn path(&self) -> PathBuf {
        self.dir.path().join("drover.db")
    }

    /// Closes the store and opens it again with other rules or another shape.
    pub(super) async fn reopen(self, change: impl FnOnce(&mut Setup)) -> Result<Self, StoreError> {
        let Self { dir, clock, store } = self;
        store.close().await;
        let mut setup = setup(&clock);
        change(&mut setup);
        let store = Store::open(&dir.path().join("drover.db"), setup)?;
        Ok(Self { dir, clock, store })
    }

    /// Writes columns of one row, made if need be.
    pub(super) async fn set(&self, serial: &str, values: &[(&str, Value)]) -> RowId {
        let serial = serial.to_owned();
        let values = values_of(values);
        self.store
            .write(move |tx| {
                let (row, _) = tx.row_of(&serial)?;
                tx.set(row, &values, &Cause::Schedule)?;
                Ok(row)
            })
            .await
            .unwrap()
    }

    pub(super) async fn ready(&self, rule: &'static str) -> Vec<RowId> {
        let now = self.clock.now();
        self.store
            .read(move |view| view.ready(rule, now, 100))
            .await
            .unwrap()
    }

    pub(super) async fn state(&self, row: RowId, rule: &'static str) -> Option<QueueState> {
        let queued = self.store.read(move |view| view.queued(row)).await.unwrap();
        queued
            .into_iter()
            .find(|entry| entry.rule == rule)
            .map(|entry| entry.state)
    }

    pub(super) async fn ids(&self, condition: &str) -> Result<Vec<RowId>, StoreError> {
        let query = Query {
            condition: Some(condition.to_owned()),
            ..Query::all()
        };
        self.store.read(move |view| view.ids(&query)).await
    }
}

pub(super) fn setup(clock: &Clock) -> Setup {
    Setup {
        shape: shape(),
        rules: rules(),
        clock: clock.clone(),
    }
}

pub(super) fn values_of(values: &[(&str, Value)]) -> Values {
    values
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect()
}

pub(super) fn text(text: &str) -> Value {
    Value::Text(text.into())
}

/// A row the transfer stage takes.
pub(super) fn movable() -> Vec<(&'static str, Value)> {
    vec![
        ("unenrolled_at", Value::Time(noon())),
        ("fleet_team", text("Staging")),
        ("connected", Value::Boolean(true)),
    ]
}

pub(super) fn attempt(row: RowId, rule: &str) -> NewAttempt {
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

pub(super) fn step(attempt: super::AttemptId, action: &str) -> NewStep {
    NewStep {
        attempt,
        name: "move".into(),
        item: None,
        action: action.into(),
        mutates: true,
        op: "op-1".into(),
        input: serde_json::json!({"host_id": 7}),
    }
}

pub(super) fn ended(outcome: Option<Outcome>) -> StepEnd {
    StepEnd {
        outcome,
        result: None,
        fault: None,
        exchanges: serde_json::json!([{"method": "POST"}]),
    }
}

pub(super) fn hold(row: RowId, rule: &str, kind: HoldKind, until: Option<Time>) -> Hold {
    Hold {
        row,
        rule: rule.into(),
        kind,
        reason: "for the test".into(),
        until,
        owner: None,
        by: Actor::Person("anna".into()),
        attempt: None,
        fault: None,
        at: noon(),
    }
}

pub(super) fn minutes(n: i64) -> Span {
    Span::from_mins(n)
}
