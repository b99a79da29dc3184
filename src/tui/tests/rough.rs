//! A night in which things went wrong.

use super::world::World;
use crate::model::actor::Actor;
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use crate::model::row::{RowId, Values};
use crate::model::rule::RuleKind;
use crate::model::time::Span;
use crate::model::value::Value;
use crate::store::*;
use serde_json::json;
use std::ops::RangeInclusive;

const HTML: &str =
    "<html>\r\n<h1>Bad Gateway</h1>\n\u{1b}]0;owned\u{7}\u{202e}drow 東京 👩\u{200d}💻</html>";

/// Sixty rows: fifteen whose removal fails with Fleet's 502 (fourteen of them on one version), one whose outcome is
/// unknown, two that were not allowed an hour ago, and some events, of which two could not be used.
pub fn rough() -> World {
    let world = World::new(60);
    world.clock.turn(Span::from_mins(55));
    world.write(|tx| {
        for at in 1..=60 {
            let version = if matches!(at, 6..=19 | 30 | 40) {
                "26.1"
            } else {
                "15.7"
            };
            let values = Values::from([("macos_version".into(), Value::Text(version.into()))]);
            tx.set(RowId(at), &values, &Cause::Schedule)?;
        }
        (6..=20).try_for_each(|at| removal(tx, RowId(at)))?;
        unknown(tx)
    });
    hear(&world, 3);
    world.clock.turn(Span::from_mins(1));
    world
}

fn new(row: RowId, rule: &str) -> NewAttempt {
    NewAttempt {
        row,
        rule: rule.into(),
        kind: RuleKind::Stage,
        rung: None,
        number: 2,
        cause: Cause::Retry,
        actor: Actor::Engine,
        resumes: None,
        start_at: None,
    }
}

fn step(attempt: AttemptId, name: &str, action: &str, mutates: bool) -> NewStep {
    NewStep {
        attempt,
        name: name.into(),
        item: None,
        action: action.into(),
        mutates,
        op: format!("op-{}", attempt.0),
        input: json!({"host_id": 7, "script": "remove-jamf.sh"}),
    }
}

fn removal(tx: &mut Tx<'_>, row: RowId) -> Result<(), StoreError> {
    let at = row.0;
    let id = tx.begin(new(row, "removal"))?;
    let call = tx.intend(step(id, "start", "fleet.run_script", true))?;
    let fault = Fault::new(
        FaultKind::ServerError,
        format!(
            "Fleet answered 502 to POST /api/v1/fleet/scripts/run for host {at}123: the body is not Fleet's"
        ),
    );
    tx.finish_step(
        call,
        StepEnd {
            outcome: None,
            result: None,
            fault: Some(fault.clone()),
            exchanges: json!([{
                "method": "POST", "path": "/api/v1/fleet/scripts/run", "status": 502, "took_ms": 12,
                "request": format!(r#"{{"host_id":{at},"script_id":4}}"#), "reply": HTML,
            }]),
        },
    )?;
    tx.end(id, AttemptState::Failed, Some("start"), Some(&fault))?;
    let kind = match at {
        6..=15 => HoldKind::Parked,
        16..=18 => HoldKind::BackingOff,
        _ => return Ok(()),
    };
    tx.hold(Hold {
        row,
        rule: "removal".into(),
        kind,
        reason: fault.message.clone(),
        until: (kind == HoldKind::BackingOff).then(|| tx.now().plus(Span::from_mins(at - 11))),
        owner: None,
        by: Actor::Engine,
        attempt: Some(id),
        fault: Some(fault.kind),
        at: tx.now(),
    })
}

fn unknown(tx: &mut Tx<'_>) -> Result<(), StoreError> {
    let id = tx.begin(NewAttempt {
        actor: Actor::Person("anna".into()),
        ..new(RowId(50), "unenroll")
    })?;
    let look = tx.intend(step(id, "look", "jamf.get_computer", false))?;
    tx.finish_step(
        look,
        StepEnd {
            outcome: Some(Outcome::Done),
            result: Some(json!({})),
            fault: None,
            exchanges: json!([]),
        },
    )?;
    tx.intend(step(id, "leave", "jamf.remove_profile", true))?;
    let fault = Fault::new(
        FaultKind::Unknown,
        "Jamf did not answer within 30s; whether it took effect is not known",
    );
    tx.end(id, AttemptState::Unknown, Some("leave"), Some(&fault))
}

/// Every row of the range fails in the stage, of one cause.
pub fn group_of(world: &World, rule: &'static str, rows: RangeInclusive<i64>) {
    world.write(move |tx| {
        for row in rows.map(RowId) {
            let id = tx.begin(new(row, rule))?;
            let fault = Fault::new(FaultKind::Unreachable, "Jamf cannot be reached: no route");
            tx.end(id, AttemptState::Failed, None, Some(&fault))?;
        }
        Ok(())
    });
}

/// So many clicks are heard, and before them one of each other kind.
pub fn hear(world: &World, clicks: i64) {
    world.write(move |tx| {
        let sent = tx.now().minus(Span::from_secs(2));
        let mut heard = |intake: &str, raw: String| {
            let dedupe = crate::model::hash::sha256_hex(format!("{raw}{}", tx.now()).as_bytes());
            let event = NewEvent {
                intake: intake.into(),
                raw,
                dedupe,
                sent_at: Some(sent),
            };
            let id = tx.hear(event.clone())?;
            Ok::<_, StoreError>((id.unwrap(), event))
        };
        let (ignored, again) = heard("activity", r#"{"type":"ran_script"}"#.into())?;
        let (malformed, _) = heard("migrate", format!("{{\"host\": {HTML}"))?;
        let (unmatched, _) = heard("activity", r#"{"type":"mdm_enrolled"}"#.into())?;
        let raw =
            |at| format!(r#"{{"timestamp":"x","host":{{"id":{at},"hardware_serial":"C02"}}}}"#);
        let applied: Vec<EventId> = (0..clicks)
            .map(|at| Ok(heard("migrate", raw(at))?.0))
            .collect::<Result<_, StoreError>>()?;
        tx.hear(again.clone())?;
        tx.hear(again)?;
        let note = "this intake does not want it";
        tx.settle_event(ignored, EventState::Ignored, None, note)?;
        let note = "it is no JSON: expected value at line 1 column 10";
        tx.settle_event(malformed, EventState::Malformed, None, note)?;
        let note = "no device answers to \"ZZZ\", and this intake may not make one";
        tx.settle_event(unmatched, EventState::Unmatched, None, note)?;
        for (row, id) in (7..).map(RowId).zip(applied) {
            let values = Values::from([("requested_at".into(), Value::Time(tx.now()))]);
            tx.set(row, &values, &Cause::Event(id))?;
            tx.settle_event(id, EventState::Applied, Some(row), "requested_at")?;
        }
        Ok(())
    });
}
