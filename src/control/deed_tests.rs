//! What a deed would come to, on a real store.

use super::deed::Deed;
use crate::model::actor::Actor;
use crate::model::clock::Clock;
use crate::model::row::{RowId, Values};
use crate::model::rule::{ColumnShape, Condition, Rule, RuleKind, Rules, Shape};
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use crate::store::{Cause, Hold, HoldKind, Setup, Store, SwitchKind};
use serde_json::json;

fn setup() -> Setup {
    let column = |name: &str| ColumnShape {
        name: name.into(),
        kind: ValueType::Text,
    };
    let rule = Rule {
        name: "transfer".into(),
        kind: RuleKind::Stage,
        conditions: vec![Condition::new("in the staging team", "team = 'Staging'")],
        waves: true,
        checks: Vec::new(),
    };
    Setup {
        shape: Shape {
            subject: "device".into(),
            key: "serial".into(),
            columns: vec![column("serial"), column("team")],
        },
        rules: Rules {
            version: "1".into(),
            rules: vec![rule],
            params: std::collections::BTreeMap::default(),
            phases: Vec::new(),
            wave: None,
            proof: Vec::new(),
            acts: Vec::new(),
            checks: Vec::new(),
        },
        clock: Clock::manual(Time::parse("2026-03-02T12:00:00Z").unwrap()),
    }
}

fn hold(kind: HoldKind) -> Hold {
    Hold {
        row: RowId(1),
        rule: "transfer".into(),
        kind,
        reason: "refused".into(),
        until: (kind == HoldKind::BackingOff).then(|| Time::parse("2026-03-02T12:05:00Z").unwrap()),
        owner: None,
        by: Actor::Engine,
        attempt: None,
        fault: None,
        at: Time::parse("2026-03-02T12:00:00Z").unwrap(),
    }
}

/// A deed, the row's team and hold, whether it will, and part of what is said.
type Case = (Deed, &'static str, Option<HoldKind>, bool, &'static str);

fn cases() -> Vec<Case> {
    let transfer = || "transfer".to_owned();
    let retry = |stage: Option<String>| Deed::Retry {
        stage,
        from_start: false,
    };
    let team = |value| Deed::Set {
        column: "team".into(),
        value,
    };
    let skip = || Deed::Skip { stage: transfer() };
    let release = || Deed::Release { stage: None };
    let (parked, skipped) = (Some(HoldKind::Parked), Some(HoldKind::Skipped));
    vec![
        (
            retry(None),
            "Staging",
            parked,
            true,
            "tries again: TRANSFER",
        ),
        (
            retry(None),
            "No team",
            parked,
            true,
            "tries again once its conditions hold: TRANSFER",
        ),
        (
            retry(None),
            "No team",
            Some(HoldKind::BackingOff),
            false,
            "what failed is over",
        ),
        (
            Deed::Trigger { stage: "x".into() },
            "Staging",
            None,
            false,
            "no stage or ladder x",
        ),
        (release(), "Staging", parked, true, "goes on; was parked"),
        (release(), "Staging", None, false, "nothing holds it"),
        (skip(), "Staging", skipped, false, "already skipped by"),
        (skip(), "Staging", None, true, "leaves it alone"),
        (
            Deed::Hold { stage: None },
            "Staging",
            None,
            true,
            "until it is released",
        ),
        (
            team(json!("Staging")),
            "Staging",
            None,
            false,
            "is Staging already",
        ),
        (team(json!("New")), "Staging", None, true, "Staging → New"),
        (team(json!([1])), "Staging", None, false, "expected text"),
        (team(json!(null)), "Staging", None, true, "→ empty"),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn each_row_says_will_or_will_not_and_why() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("drover.db"), setup()).unwrap();
    for (deed, team, kind, will, part) in cases() {
        let said = store.write(move |tx| {
            let (row, _) = tx.row_of("A1")?;
            let values = Values::from([("team".to_owned(), Value::Text(team.into()))]);
            tx.set(row, &values, &Cause::Schedule)?;
            tx.release(row, "transfer", true)?;
            kind.map_or(Ok(()), |kind| tx.hold(hold(kind)))
        });
        said.await.unwrap();
        let asked = deed.clone();
        let judged = store.read(move |view| {
            let row = view.row(RowId(1))?.unwrap();
            let titles = |name: &str| name.to_uppercase();
            asked.verdict(view, &row, &titles)
        });
        let judged = judged.await.unwrap();
        assert_eq!(judged.is_ok(), will, "{deed:?} {kind:?}: {judged:?}");
        let said = judged.unwrap_or_else(|why| why);
        assert!(said.contains(part), "{deed:?}: {said}");
    }
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_a_closed_wave_is_not_run() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("drover.db"), setup()).unwrap();
    let made = store.write(|tx| tx.row_of("A1").map(|_| ()));
    made.await.unwrap();
    let judge = |open: bool| {
        store.write(move |tx| {
            tx.release(RowId(1), "transfer", true)?;
            let values = Values::from([("team".to_owned(), Value::Text("Staging".into()))]);
            tx.set(RowId(1), &values, &Cause::Schedule)?;
            tx.set_wave(RowId(1), Some("pilot"), &Cause::Schedule)?;
            tx.set_switch(SwitchKind::Wave, "pilot", open, "", &Actor::Engine)?;
            let row = tx.row(RowId(1))?.unwrap();
            let stage = "transfer".to_owned();
            Deed::Trigger { stage }.verdict(tx, &row, &|name| name.to_owned())
        })
    };
    assert_eq!(
        judge(false).await.unwrap(),
        Err("its wave pilot is closed".into())
    );
    assert!(judge(true).await.unwrap().is_ok());
    store.close().await;
}
