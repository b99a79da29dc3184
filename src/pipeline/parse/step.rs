//! `[[stage.step]]`, `[[helper.step]]`, and the call of a rung.

use super::parts::choice;
use super::table::Table;
use crate::model::time::Span;
use crate::pipeline::definition::{OnError, Step, Target, Wait};

pub(super) fn steps(table: &Table<'_>) -> Vec<Step> {
    let step = |table: Table<'_>| {
        let name = table.name("name");
        let title = table.title(&name);
        Step {
            else_step: table.text("else"),
            ..call(&table, "wait", name, title)
        }
    };
    table.tables("step", "step").into_iter().map(step).collect()
}

/// What steps and rungs have in common; `rhythm` is the key of the step's `wait`, which in a rung is `look`.
pub(super) fn call(table: &Table<'_>, rhythm: &str, name: String, title: String) -> Step {
    let target = table.needed("call", "\"connector.action\" or \"helper.NAME\"");
    Step {
        name,
        title,
        call: match target.strip_prefix("helper.") {
            Some(helper) => Target::Helper(helper.to_owned()),
            None => Target::Action(target),
        },
        with: table.templates("with"),
        when: table.expression("when"),
        for_each: table.expression("for_each"),
        wait_if: table.expression("wait_if"),
        wait: wait(table, rhythm),
        fail_if: table.expression("fail_if"),
        fail_text: table.template("fail_text"),
        on_error: choice(
            table,
            "on_error",
            &[("fail", OnError::Fail), ("continue", OnError::Continue)],
        )
        .unwrap_or_default(),
        else_step: None,
    }
}

const EVERY: Span = Span::from_secs(30);
const MOST: Span = Span::from_mins(10);

fn wait(table: &Table<'_>, key: &str) -> Wait {
    let fields = table.table(key, "wait");
    if fields.is_some() && !table.has("wait_if") {
        let hint = Some("add wait_if, or take it out".into());
        table.fault(key, format!("`{key}` means nothing without wait_if"), hint);
    }
    let span = |name| fields.as_ref().and_then(|fields| fields.span(name));
    let every = span("every").unwrap_or(EVERY);
    let factor = fields
        .as_ref()
        .and_then(|fields| fields.number("factor", 1.0..=100.0));
    let wait = Wait {
        every,
        factor: factor.unwrap_or(1.0),
        longest: span("longest").unwrap_or(every.times(10.0)),
        most: span("most").unwrap_or(MOST),
    };
    if let Some(fields) = &fields
        && wait.every == Span::ZERO
    {
        fields.fault("every", "a step cannot look again every 0ms", None);
    }
    wait
}
