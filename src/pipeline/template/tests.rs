//! What templates give, and what they refuse.

use super::{Context, Expression, Template};
use crate::model::time::Time;
use serde_json::{Value as Json, json};

fn context() -> Context {
    Context {
        row: Some(json!({"serial": "C02", "fleet_id": 7, "team": null, "online": true})),
        event: Some(json!({"host": {"id": 9}, "user": null})),
        settings: json!({"team": "Workstations"}),
        steps: json!({"find": {"id": 4, "teams": [{"id": 1}]}})
            .as_object()
            .cloned()
            .unwrap(),
        now: Some(Time::parse("2026-03-02T21:00:00Z").unwrap()),
        ..Context::default()
    }
}

fn render(source: Json) -> Result<Json, String> {
    Template::new(source)
        .and_then(|template| template.render(&context()))
        .map_err(|error| error.to_string())
}

#[test]
fn a_sole_expression_keeps_its_type_and_text_stays_text() {
    for (source, value) in [
        (json!("{{ row.fleet_id }}"), json!(7)),
        (json!("{{- row.fleet_id -}}"), json!(7)),
        (json!("{{ row.team }}"), json!(null)),
        (json!("{{ row.online }}"), json!(true)),
        (json!("{{ steps.find.teams }}"), json!([{"id": 1}])),
        (
            json!("{{ {'a': {'b': row.fleet_id}} }}"),
            json!({"a": {"b": 7}}),
        ),
        (json!("{{ row.serial }}/{{ row.fleet_id }}"), json!("C02/7")),
        (json!("in {{ row.team }}"), json!("in –")),
        (json!("{% if row.online %}on{% endif %}"), json!("on")),
        (
            json!("{{ now | plus('5m') }}"),
            json!("2026-03-02T21:05:00.000Z"),
        ),
        (
            json!("{{ now | since('2026-03-02T20:59:00+00:00') }}"),
            json!(60),
        ),
        (json!("{{ row.team | minus('1h') }}"), json!(null)),
        (
            json!("{{ 'https://a.example/x' | host }}"),
            json!("a.example"),
        ),
        (
            json!("{{ host('https://a.example/x') }}"),
            json!("a.example"),
        ),
        (json!("{{ event.nothing | default(none) }}"), json!(null)),
        (json!("{{ event.user.email | default(none) }}"), json!(null)),
        (
            json!({"n": 1, "l": ["{{ row.serial }}", 2.5]}),
            json!({"n": 1, "l": ["C02", 2.5]}),
        ),
        (
            json!("plain } text { 5 | nope"),
            json!("plain } text { 5 | nope"),
        ),
    ] {
        assert_eq!(render(source.clone()), Ok(value), "{source}");
    }
}

#[test]
fn whatever_is_undefined_is_an_error_that_names_it() {
    for (source, names) in [
        (json!("{{ row.serail }}"), "`row.serail` is undefined"),
        (
            json!("{{ event.host.uuid }}"),
            "`event.host.uuid` is undefined",
        ),
        (
            json!("{{ event.nobody.email }}"),
            "`event.nobody` is undefined",
        ),
        (json!("{{ result.id }}"), "`result` is undefined"),
        (json!("{{ row.nope | plus('5m') }}"), "undefined"),
        (json!("id {{ row.nope }}"), "`row.nope` is undefined"),
        (
            json!("{{ {'a': row.nope} }}"),
            ".a of its result is undefined",
        ),
        (json!("{{ 1 if row.team }}"), "undefined"),
        (json!({"a": ["{{ item }}"]}), "`item` is undefined"),
        (json!("{{ row.nope != 'x' }}"), "`row.nope` is undefined"),
        (json!("{{ row.nope and true }}"), "`row.nope` is undefined"),
    ] {
        let error = render(source.clone()).unwrap_err();
        assert!(error.contains(names), "{source}: {error}");
    }
}

#[test]
fn broken_templates_are_refused_when_the_file_is_read() {
    for source in [
        "{{ row. }}",
        "{{ row.a | nope }}",
        "{% if %}",
        "a | b {{ a }} {{ b | nope }}",
    ] {
        assert!(Template::new(json!(source)).is_err(), "{source}");
    }
    assert!(Expression::new("a ==").is_err());
}

#[test]
fn a_template_that_would_never_end_is_stopped() {
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    assert!(
        render(json!(endless))
            .unwrap_err()
            .contains("too many steps")
    );
}

#[test]
fn expressions_hold_by_jinjas_notion_of_truth() {
    for (source, truth) in [
        ("row.online", true),
        ("row.team", false),
        ("row.team != settings.team", true),
        ("steps.find.teams", true),
        ("row.fleet_id == 7 and not row.team", true),
        ("row.nope is defined", false),
    ] {
        assert_eq!(
            Expression::new(source).unwrap().holds(&context()),
            Ok(truth),
            "{source}"
        );
    }
    assert!(
        Expression::new("row.nope")
            .unwrap()
            .holds(&context())
            .is_err()
    );
}

#[test]
fn the_names_a_template_uses_are_known() {
    let template = Template::new(json!({
        "a": "{{ row.serial }} {{ steps.find.id }} {% for t in steps.find.teams %}{{ t.id }}{% endfor %}",
        "b": ["{{ now }}", "{{ host(settings.url) }}", "{{ range(3) }}"],
    }));
    assert_eq!(
        template.unwrap().mentions(),
        [
            "now",
            "row.serial",
            "settings.url",
            "steps.find.id",
            "steps.find.teams"
        ]
    );
}
