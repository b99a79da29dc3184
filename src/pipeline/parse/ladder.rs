//! `[[ladder]]` and its rungs.

use super::stage::{conditions, parallel, then};
use super::step;
use super::table::Table;
use crate::model::time::Span;
use crate::pipeline::definition::{Ladder, Rung, Then};

pub(super) fn ladder(table: &Table<'_>) -> Ladder {
    let name = table.name("name");
    if !table.has("stuck") {
        let hint = Some("add [ladder.stuck] with at least one named SQL condition".into());
        table.lacking("a ladder without `stuck` would take every row", hint);
    }
    Ladder {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        window: table.text("window"),
        parallel: parallel(table),
        stuck: conditions(table, "stuck"),
        rungs: table.tables("rung", "rung").iter().map(rung).collect(),
        after: then(table, "after").unwrap_or(Then::Ticket),
        text: table.template("text"),
        name,
    }
}

fn rung(table: &Table<'_>) -> Rung {
    let name = table.text("name");
    if let Some(name) = &name {
        table.sound_name("name", name);
    }
    let name = name.unwrap_or_else(|| "remedy".to_owned());
    let title = table
        .text("title")
        .or_else(|| table.text("call"))
        .unwrap_or_default();
    Rung {
        limit: table.whole("limit", 1..=100).unwrap_or(1) as u32,
        wait: table.span("wait").unwrap_or(Span::from_mins(10)),
        step: step::call(table, "look", name, title.clone()),
        set: table.templates("set"),
        title,
    }
}
