//! From something heard to columns of a row: the one mapping that webhooks, polls and refreshes share.

use super::definition::{Intake, Pipeline};
use super::template::{Context, Scope, Template, TemplateError};
use crate::model::row::Values;
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use serde_json::Value as Json;

/// What an intake makes of an event.
#[derive(Clone, Debug, PartialEq)]
pub enum Mapping {
    /// The intake's `when` does not hold.
    NotWanted,
    Wanted {
        key: String,
        values: Values,
        /// Columns that could not be had, each with the reason; the rest goes on.
        problems: Vec<String>,
    },
}

/// Judges and maps one event. An error means that it cannot even be said which row it is about.
pub fn map_event(
    pipeline: &Pipeline,
    intake: &Intake,
    event: &Json,
    now: Time,
) -> Result<Mapping, TemplateError> {
    let context = Context {
        event: Some(event.clone()),
        settings: pipeline.settings_json(),
        now: Some(now),
        ..Context::default()
    };
    let scope = context.scope();
    if let Some(when) = &intake.when
        && !when.holds_in(&scope)?
    {
        return Ok(Mapping::NotWanted);
    }
    let key = key_of(&intake.key, &scope)?;
    let mut values = Values::new();
    let mut problems = Vec::new();
    for (column, template) in &intake.set {
        match value_of(pipeline, column, template, &scope) {
            Ok(value) => {
                values.insert(column.clone(), value);
            }
            Err(why) => problems.push(format!("{column}: {why}")),
        }
    }
    Ok(Mapping::Wanted {
        key,
        values,
        problems,
    })
}

/// What makes two events the same, when the intake says so.
pub fn dedupe_key(
    pipeline: &Pipeline,
    intake: &Intake,
    event: &Json,
    now: Time,
) -> Result<Option<String>, TemplateError> {
    let Some(template) = &intake.dedupe else {
        return Ok(None);
    };
    let context = Context {
        event: Some(event.clone()),
        settings: pipeline.settings_json(),
        now: Some(now),
        ..Context::default()
    };
    template.render_text(&context).map(Some)
}

fn key_of(template: &Template, scope: &Scope) -> Result<String, TemplateError> {
    let json = template.render_in(scope)?;
    let key = match Value::fit(ValueType::Text, &json) {
        Ok(Value::Text(text)) => text.trim().to_owned(),
        Ok(_) => String::new(),
        Err(bad) => return Err(TemplateError(format!("the key is not usable: {bad}"))),
    };
    if key.is_empty() {
        let source = &template.source;
        return Err(TemplateError(format!("the key is empty, from {source}")));
    }
    Ok(key)
}

fn value_of(
    pipeline: &Pipeline,
    column: &str,
    template: &Template,
    scope: &Scope,
) -> Result<Value, String> {
    let kind = pipeline
        .column(column)
        .map(|column| column.kind)
        .ok_or("no such column in the pipeline")?;
    let json = template
        .render_in(scope)
        .map_err(|error| error.to_string())?;
    Value::fit(kind, &json).map_err(|bad| bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const FILE: &str = r#"
        name = "t"
        subject = "device"
        key = "serial"
        [settings]
        source = "fleet"
        [columns]
        serial = "text"
        fleet_id = "integer"
        asked_at = "time"
        team = "text"
        [[intake]]
        name = "heard"
        webhook = { path = "heard" }
        when = "event.type == 'migrate'"
        key = "{{ event.host.serial }}"
        dedupe = "{{ event.id }}"
        set = { fleet_id = "{{ event.host.id }}", asked_at = "{{ event.at }}", team = "{{ event.host.team | default(none) }}" }
        [[stage]]
        name = "s"
        gate = { "asked" = "asked_at IS NOT NULL" }
    "#;

    fn map(event: Json) -> Result<Mapping, TemplateError> {
        let pipeline = super::super::parse("t.toml", FILE).unwrap();
        let now = Time::parse("2026-03-02T21:00:00Z").unwrap();
        map_event(&pipeline, pipeline.intake("heard").unwrap(), &event, now)
    }

    #[test]
    fn an_event_becomes_typed_columns() {
        let event = json!({"type": "migrate", "at": "2026-03-02T22:00:00+01:00",
            "host": {"serial": " C02 ", "id": "12", "team": "Staging"}});
        let Ok(Mapping::Wanted {
            key,
            values,
            problems,
        }) = map(event)
        else {
            panic!("wanted");
        };
        assert_eq!((key.as_str(), problems.len()), ("C02", 0));
        assert_eq!(values["fleet_id"], Value::Integer(12));
        assert_eq!(values["asked_at"].to_string(), "2026-03-02T21:00:00.000Z");
        assert_eq!(values["team"], Value::Text("Staging".into()));
    }

    #[test]
    fn a_column_that_cannot_be_had_leaves_the_rest_alone() {
        let event = json!({"type": "migrate", "host": {"serial": "C02", "id": "twelve"}});
        let Ok(Mapping::Wanted {
            values, problems, ..
        }) = map(event)
        else {
            panic!("wanted");
        };
        assert_eq!(values, Values::from([("team".to_owned(), Value::Null)]));
        assert_eq!(problems.len(), 2);
        assert!(
            problems[0].contains("fleet_id: expected integer"),
            "{problems:?}"
        );
        assert!(
            problems[1].contains("`event.at` is undefined"),
            "{problems:?}"
        );
    }

    #[test]
    fn an_event_that_is_not_wanted_or_names_no_row_writes_nothing() {
        assert_eq!(map(json!({"type": "other"})), Ok(Mapping::NotWanted));
        for host in [
            json!({}),
            json!({"serial": null}),
            json!({"serial": "  "}),
            json!({"serial": {}}),
        ] {
            assert!(
                map(json!({"type": "migrate", "host": host})).is_err(),
                "{host}"
            );
        }
        assert!(
            map(json!({}))
                .unwrap_err()
                .to_string()
                .contains("event.type")
        );
    }

    #[test]
    fn sameness_is_what_the_intake_says_it_is() {
        let pipeline = super::super::parse("t.toml", FILE).unwrap();
        let intake = pipeline.intake("heard").unwrap();
        let now = Time::from_millis(0);
        let key = dedupe_key(&pipeline, intake, &json!({"id": 7}), now);
        assert_eq!(key, Ok(Some("7".into())));
    }
}
