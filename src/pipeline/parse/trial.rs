//! `[[trial]]`.

use super::parts::{choice, moment};
use super::stage::unknown_kind;
use super::table::{Table, got, json};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Time;
use crate::pipeline::template::Template;
use crate::pipeline::trial::{Answer, Canned, Ending, Expect, Trial, TrialOf};
use serde_json::{Value as Json, json as object};

/// 2026-01-05T12:00:00Z: a Monday at noon, when a trial does not say.
const NOW: Time = Time::from_millis(1_767_614_400_000);

pub(super) fn trial(table: &Table<'_>) -> Trial {
    let of = of(table);
    if matches!(of, TrialOf::Intake(_)) && !table.has("event") {
        table.lacking(
            "a trial of an intake needs an event",
            Some("add [trial.event]".into()),
        );
    }
    let settings = table.entries_of("settings");
    Trial {
        name: table.needed("name", "\"what it shows\""),
        of,
        settings: settings
            .into_iter()
            .map(|entry| (entry.name, json(entry.node)))
            .collect(),
        now: moment(table, "now").unwrap_or(NOW),
        row: table.templates("row"),
        unless: unless(table),
        tries: table.whole("tries", 0..=10_000).unwrap_or(0) as u32,
        event: event(table),
        replies: table
            .tables("replies", "reply")
            .iter()
            .map(canned)
            .collect(),
        expect: expect(table),
    }
}

fn of(table: &Table<'_>) -> TrialOf {
    let named: Vec<TrialOf> = [
        table.text("stage").map(TrialOf::Stage),
        table.text("ladder").map(TrialOf::Ladder),
        table.text("intake").map(TrialOf::Intake),
    ]
    .into_iter()
    .flatten()
    .collect();
    if named.len() != 1 {
        let hint = Some("name one of stage, ladder, intake".into());
        table.lacking("a trial is of exactly one thing", hint);
    }
    named
        .into_iter()
        .next()
        .unwrap_or(TrialOf::Stage(String::new()))
}

/// Rows that differ from the one before in a column or two.
fn unless(table: &Table<'_>) -> Vec<Vec<(String, Template)>> {
    let Some(node) = table.node("unless") else {
        return Vec::new();
    };
    let stated = json(node);
    let changes = stated.as_array().map(|items| {
        let items = items.iter().map(Json::as_object);
        items.collect::<Option<Vec<_>>>().unwrap_or_default()
    });
    let Some(changes) = changes.filter(|changes| !changes.is_empty()) else {
        let problem = format!("expected a list of tables, got {}", got(node));
        let hint = Some("write unless = [{ column = value }]".into());
        table.fault("unless", problem, hint);
        return Vec::new();
    };
    let template = |(column, value): (&String, &Json)| {
        Template::new(value.clone())
            .map_err(|error| table.fault("unless", error.to_string(), None))
            .ok()
            .map(|template| (column.clone(), template))
    };
    changes
        .into_iter()
        .map(|change| change.iter().filter_map(template).collect())
        .collect()
}

/// What is heard: a table, or the body itself, as JSON can say null.
fn event(table: &Table<'_>) -> Option<Json> {
    let event = json(table.node("event")?);
    let Json::String(body) = &event else {
        return Some(event);
    };
    serde_json::from_str(body)
        .map_err(|error| table.fault("event", format!("it is not JSON: {error}"), None))
        .ok()
}

fn canned(table: &Table<'_>) -> Canned {
    let fault = table
        .table("fault", "fault")
        .map(|fault| self::fault(&fault));
    let answer = match (table.node("result"), fault) {
        (Some(_), Some(_)) => {
            let hint = Some("keep one of the two".into());
            table.fault("fault", "a reply has a result or a fault, not both", hint);
            Answer::Result(Json::Null)
        }
        (_, Some(fault)) => Answer::Fault(fault),
        (Some(result), None) => Answer::Result(json(result)),
        (None, None) => Answer::Result(object!({})),
    };
    let with = table.entries_of("with").into_iter();
    Canned {
        call: table.needed("call", "\"connector.action\""),
        with: with.map(|entry| (entry.name, json(entry.node))).collect(),
        answer,
        times: table.whole("times", 1..=10_000).unwrap_or(1) as u32,
    }
}

fn fault(table: &Table<'_>) -> Fault {
    table.needed("kind", "\"timeout\"");
    let message = table
        .text("message")
        .unwrap_or_else(|| "as the trial says".to_owned());
    let kind = kind(table, "kind").unwrap_or(FaultKind::ServerError);
    let fault = Fault::new(kind, message);
    match table.whole("status", 100..=599) {
        Some(status) => fault.status(status as u16),
        None => fault,
    }
}

fn kind(table: &Table<'_>, key: &str) -> Option<FaultKind> {
    let word = table.text(key)?;
    let kind = FaultKind::from_word(&word);
    if kind.is_none() {
        unknown_kind(table, key, &word);
    }
    kind
}

const ENDINGS: [(&str, Ending); 3] = [
    ("done", Ending::Done),
    ("failed", Ending::Failed),
    ("waiting", Ending::Waiting),
];

fn expect(table: &Table<'_>) -> Expect {
    let Some(fields) = table.table("expect", "expect") else {
        if !table.has("expect") {
            table.lacking(
                "a trial that expects nothing shows nothing",
                Some("add [trial.expect]".into()),
            );
        }
        return Expect::default();
    };
    let state = choice(&fields, "state", &ENDINGS);
    let waiting = fields
        .boolean("waiting")
        .filter(|waiting| *waiting)
        .map(|_| Ending::Waiting);
    Expect {
        taken: fields.boolean("taken"),
        key: fields.text("key"),
        state: state.or(waiting),
        row: fields.templates("row"),
        calls: fields.texts("calls"),
        fault: kind(&fields, "fault"),
        says: fields.text("says"),
        rung: fields.text("rung"),
    }
}
