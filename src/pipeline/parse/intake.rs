//! `[[intake]]`.

use super::table::Table;
use crate::model::time::Span;
use crate::pipeline::definition::{Cron, Intake, Refresh, Rhythm, Source};
use crate::pipeline::template::Template;
use chrono_tz::Tz;
use serde_json::Value as Json;

pub(super) fn intake(table: &Table<'_>, timezone: Tz) -> Intake {
    let name = table.name("name");
    if !table.has("key") {
        table.lacking(
            "\"key\" is missing",
            Some("add key = \"{{ event.… }}\"".into()),
        );
    }
    Intake {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        source: source(table, &name, timezone),
        when: table.expression("when"),
        key: table.template("key").unwrap_or_else(nothing),
        create: table.boolean("create").unwrap_or(false),
        set: table.templates("set"),
        keep: table.texts("keep").unwrap_or_default(),
        dedupe: table.template("dedupe"),
        refresh: table.table("refresh", "refresh").map(|refresh| Refresh {
            call: refresh.needed("call", "\"connector.action\""),
            with: refresh.templates("with"),
        }),
        name,
    }
}

/// A template of nothing, where the file's own did not compile.
fn nothing() -> Template {
    Template::null()
}

fn source(table: &Table<'_>, name: &str, timezone: Tz) -> Source {
    match (
        table.table("webhook", "webhook"),
        table.table("poll", "poll"),
    ) {
        (Some(webhook), None) => self::webhook(&webhook),
        (None, Some(poll)) => self::poll(&poll, timezone),
        (both, _) => {
            if both.is_some() {
                let hint = Some("make a second intake of the poll".into());
                table.fault("poll", "an intake has a webhook or a poll, not both", hint);
            } else if !table.has("webhook") && !table.has("poll") {
                let hint = Some(
                    "add webhook = { path = \"…\" } or poll = { call = \"…\", every = \"…\" }"
                        .into(),
                );
                table.lacking("an intake needs a webhook or a poll", hint);
            }
            Source::Webhook {
                path: name.to_owned(),
                reply: 200,
                busy: 429,
            }
        }
    }
}

fn webhook(table: &Table<'_>) -> Source {
    let path = table.needed("path", "\"the-last-part-of-the-address\"");
    if !path
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
    {
        let hint = Some("letters, digits, - and _".into());
        table.fault(
            "path",
            format!("\"{path}\" cannot be the last part of an address"),
            hint,
        );
    }
    Source::Webhook {
        path,
        reply: table.whole("reply", 200..=299).unwrap_or(200) as u16,
        busy: table.whole("busy", 400..=599).unwrap_or(429) as u16,
    }
}

fn poll(table: &Table<'_>, timezone: Tz) -> Source {
    let every = table.span("every");
    if every == Some(Span::ZERO) {
        table.fault("every", "a poll cannot be made every 0ms", None);
    }
    let at = cron(table, "at", timezone);
    let rhythm = match (every, at) {
        (Some(_), Some(at)) => {
            let hint = Some("keep one of the two".into());
            table.fault("at", "a poll has `every` or `at`, not both", hint);
            Rhythm::At(at)
        }
        (None, Some(at)) => Rhythm::At(at),
        (every, None) => {
            if !table.has("every") && !table.has("at") {
                let hint = Some("add every = \"10m\" or at = \"0 5 * * *\"".into());
                table.lacking("a poll needs `every` or `at`", hint);
            }
            Rhythm::Every(every.unwrap_or(Span::from_hours(1)))
        }
    };
    Source::Poll {
        call: table.needed("call", "\"connector.action\""),
        with: table.templates("with"),
        rhythm,
    }
}

pub(super) fn cron(table: &Table<'_>, key: &str, timezone: Tz) -> Option<Cron> {
    let text = table.text(key)?;
    Cron::new(&text, timezone)
        .map_err(|problem| table.fault(key, problem, None))
        .ok()
}

impl Template {
    fn null() -> Self {
        // Null has no texts, so there is nothing in it that could fail to compile.
        Self::new(Json::Null).unwrap_or_else(|error| unreachable!("{error}"))
    }
}
