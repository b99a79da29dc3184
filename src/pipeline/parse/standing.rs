//! `[[check]]`, `[[mirror]]`, `[[act]]` and `[proof]`.

use super::stage::conditions;
use super::step;
use super::table::{Entry, Table, got};
use crate::model::time::Span;
use crate::pipeline::definition::{Act, Asks, Check, Mirror, MirrorList};
use crate::pipeline::template::{Expression, Template};
use toml::de::DeValue;

const CHECKED_EVERY: Span = Span::from_mins(5);
const TOLD_EVERY: Span = Span::from_mins(1);

pub(super) fn check(table: &Table<'_>) -> Check {
    let name = table.name("name");
    let advice = table.template("advice");
    if advice.is_none() && !table.has("advice") {
        let hint = Some("add advice = \"what to change, and where\"".into());
        table.lacking("a check that does not say what to change", hint);
    }
    Check {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        asks: asks(table),
        every: every(table, CHECKED_EVERY),
        after: table.texts("after").unwrap_or_default(),
        once_all: table.text("once_all"),
        evidence: table.template("evidence"),
        advice: advice.unwrap_or_else(nothing),
        name,
    }
}

fn asks(table: &Table<'_>) -> Asks {
    match (table.text("no_row"), table.expression("ok_if")) {
        (Some(_), Some(_)) => {
            let hint = Some("keep one of the two".into());
            table.fault("no_row", "a check has `ok_if` or `no_row`, not both", hint);
            Asks::NoRow(String::new())
        }
        (Some(sql), None) => {
            if table.has("step") {
                let hint = Some("take the steps out, or write ok_if".into());
                table.fault("step", "steps mean nothing beside no_row", hint);
            }
            Asks::NoRow(sql)
        }
        (None, ok_if) => {
            if ok_if.is_none() && !table.has("ok_if") {
                let hint =
                    Some("add ok_if = \"an expression\" or no_row = \"an SQL condition\"".into());
                table.lacking("a check that asks nothing", hint);
            }
            Asks::Outside {
                steps: step::steps(table),
                ok_if: ok_if.unwrap_or_else(always),
            }
        }
    }
}

/// Stands in where the file is wrong; such a file never runs.
fn nothing() -> Template {
    Template::new(serde_json::Value::String(String::new())).expect("an empty text is a template")
}

fn always() -> Expression {
    Expression::new("true").expect("true is an expression")
}

fn every(table: &Table<'_>, default: Span) -> Span {
    let every = table.span("every").unwrap_or(default);
    if every == Span::ZERO {
        table.fault("every", "nothing can be done every 0ms", None);
    }
    every
}

pub(super) fn mirror(table: &Table<'_>) -> Mirror {
    let name = table.name("name");
    let lists = table.entries_of("lists").into_iter();
    Mirror {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        call: table.needed("call", "\"connector.action\""),
        with: table.templates("with"),
        lists: lists.filter_map(|entry| list(table, entry)).collect(),
        every: every(table, TOLD_EVERY),
        until: table.text("until"),
        name,
    }
}

fn list(table: &Table<'_>, entry: Entry<'_>) -> Option<MirrorList> {
    let DeValue::Table(fields) = entry.node.get_ref() else {
        let problem = format!("expected a table, got {}", got(entry.node));
        table.out.error(entry.at, &entry.subject, problem, None);
        return None;
    };
    let fields = Table::new(table.out, "list", entry.subject.clone(), fields, entry.at);
    table.sound_name("lists", &entry.name);
    Some(MirrorList {
        column: fields.needed("column", "\"a_column\""),
        when: fields.needed("when", "\"an SQL condition\""),
        marks: fields.text("marks"),
        name: entry.name,
    })
}

pub(super) fn act(table: &Table<'_>) -> Act {
    let name = table.name("name");
    let conditions = conditions(table, "when");
    if conditions.is_empty() && !table.has("when") {
        let hint = Some("add [act.when] with at least one named SQL condition".into());
        table.lacking("an act without `when` could be done to every row", hint);
    }
    Act {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        conditions,
        set: table.templates("set"),
        releases: table.texts("releases").unwrap_or_default(),
        name,
    }
}
