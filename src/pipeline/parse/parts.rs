//! Settings, columns, phases, windows, waves, brakes and helpers' inputs.

use super::table::{Entry, NAME_FORM, Table, got, humane, json};
use crate::model::rule::is_name;
use crate::model::time::{Span, Time};
use crate::model::value::{Value, ValueType};
use crate::pipeline::definition::{
    Brake, Column, HelperInput, Phase, Setting, Tone, Wave, WaveMembers, Window,
};
use crate::pipeline::finding;
use chrono_tz::Tz;
use std::collections::BTreeMap;
use toml::de::DeValue;

/// Columns every row has besides the declared ones, and names SQLite keeps for itself.
const TAKEN: [&str; 9] = [
    "id",
    "wave",
    "phase",
    "phase_since",
    "version",
    "created_at",
    "updated_at",
    "rowid",
    "oid",
];

const TYPES: [&str; 5] = ["text", "integer", "boolean", "time", "json"];

pub(super) fn timezone(table: &Table<'_>, key: &str) -> Option<Tz> {
    let text = table.text(key)?;
    text.parse()
        .map_err(|_| {
            let near =
                finding::nearest(&text, chrono_tz::TZ_VARIANTS.iter().map(|zone| zone.name()));
            let hint = near.map_or("an IANA zone such as Europe/Berlin".to_owned(), |near| {
                format!("did you mean \"{near}\"?")
            });
            table.fault(key, format!("\"{text}\" is no time zone"), Some(hint));
        })
        .ok()
}

pub(super) fn key(top: &Table<'_>, columns: &[Column]) -> String {
    let key = top.needed("key", "\"a_column\"");
    let names = columns.iter().map(|column| column.name.as_str());
    match columns.iter().find(|column| column.name == key) {
        None if !key.is_empty() => {
            top.fault(
                "key",
                format!("there is no column \"{key}\""),
                finding::hint(&key, names),
            );
        }
        Some(column) if column.kind != ValueType::Text => {
            let problem = format!(
                "the key column \"{key}\" is {}, and must be text",
                column.kind.word()
            );
            top.fault("key", problem, None);
        }
        _ => {}
    }
    key
}

fn sound(table: &Table<'_>, entry: &Entry<'_>) {
    if !is_name(&entry.name) {
        let problem = format!("\"{}\" is no name", entry.name);
        table
            .out
            .error(entry.at, &entry.subject, problem, Some(NAME_FORM.into()));
    }
}

/// The table of an entry that may also be written short, as one value.
fn long<'a>(table: &Table<'a>, entry: &Entry<'a>, section: &str) -> Option<Table<'a>> {
    match entry.node.get_ref() {
        DeValue::Table(fields) => {
            let subject = entry.subject.clone();
            Some(Table::new(table.out, section, subject, fields, entry.at))
        }
        _ => None,
    }
}

pub(super) fn settings(top: &Table<'_>) -> Vec<Setting> {
    let setting = |entry: Entry<'_>| {
        sound(top, &entry);
        let fields = long(top, &entry, "setting");
        let node = match &fields {
            Some(fields) => fields.node("default"),
            None => Some(entry.node),
        };
        let value = node.and_then(|node| match node.get_ref() {
            DeValue::Datetime(_) => Value::fit(ValueType::Time, &json(node)).ok(),
            DeValue::String(text) => Some(Value::Text(text.to_string())),
            DeValue::Integer(_) => json(node).as_i64().map(Value::Integer),
            DeValue::Boolean(yes) => Some(Value::Boolean(*yes)),
            DeValue::Float(_) | DeValue::Array(_) | DeValue::Table(_) => None,
        });
        if value.is_none() {
            let problem = format!(
                "expected a text, a whole number, true or false, or a time, got {}",
                node.map_or("nothing".to_owned(), got)
            );
            top.out.error(entry.at, &entry.subject, problem, None);
        }
        let value = value.unwrap_or_default();
        let text = |key| fields.as_ref().and_then(|fields| fields.text(key));
        Setting {
            kind: match value {
                Value::Integer(_) => ValueType::Integer,
                Value::Boolean(_) => ValueType::Boolean,
                Value::Time(_) => ValueType::Time,
                _ => ValueType::Text,
            },
            value,
            about: text("about").unwrap_or_default(),
            name: entry.name,
        }
    };
    top.entries_under("settings", "setting")
        .into_iter()
        .map(setting)
        .collect()
}

/// The type named by an entry, short or long; text when it is not one.
fn kind(table: &Table<'_>, entry: &Entry<'_>, fields: Option<&Table<'_>>) -> ValueType {
    let word = match (fields, entry.node.get_ref()) {
        (Some(fields), _) => fields.needed("type", "\"text\""),
        (None, DeValue::String(word)) => word.to_string(),
        _ => {
            let problem = format!("expected a type or a table, got {}", got(entry.node));
            table
                .out
                .error(entry.at, &entry.subject, problem, Some(TYPES.join(", ")));
            return ValueType::Text;
        }
    };
    ValueType::from_word(&word).unwrap_or_else(|| {
        if !word.is_empty() {
            let hint = finding::hint(&word, TYPES);
            let at = entry.node.span().start;
            table
                .out
                .error(at, &entry.subject, format!("\"{word}\" is no type"), hint);
        }
        ValueType::Text
    })
}

pub(super) fn columns(top: &Table<'_>) -> Vec<Column> {
    let column = |entry: Entry<'_>| {
        sound(top, &entry);
        if TAKEN.contains(&entry.name.as_str()) {
            let problem = format!("\"{}\" is kept for drover's own use", entry.name);
            let hint = Some("give the column another name".into());
            top.out.error(entry.at, &entry.subject, problem, hint);
        }
        let fields = long(top, &entry, "column");
        let text = |key| fields.as_ref().and_then(|fields| fields.text(key));
        let yes = |key| fields.as_ref().and_then(|fields| fields.boolean(key));
        Column {
            kind: kind(top, &entry, fields.as_ref()),
            title: text("title").unwrap_or_else(|| humane(&entry.name)),
            about: text("about").unwrap_or_default(),
            group: text("group").unwrap_or_default(),
            shown: yes("shown").unwrap_or(false),
            imported: yes("imported").unwrap_or(false),
            name: entry.name,
        }
    };
    let columns: Vec<_> = top
        .entries_under("columns", "column")
        .into_iter()
        .map(column)
        .collect();
    if columns.is_empty() {
        let hint = Some("add [columns] with at least the key column".into());
        top.fault("columns", "no columns are declared", hint);
    }
    columns
}

pub(super) fn inputs(helper: &Table<'_>) -> Vec<HelperInput> {
    let input = |entry: Entry<'_>| {
        sound(helper, &entry);
        let fields = long(helper, &entry, "input");
        let kind = kind(helper, &entry, fields.as_ref());
        let required = fields
            .as_ref()
            .and_then(|fields| fields.boolean("required"));
        let about = fields.as_ref().and_then(|fields| fields.text("about"));
        HelperInput {
            kind,
            required: required.unwrap_or(true),
            about: about.unwrap_or_default(),
            name: entry.name,
        }
    };
    let path = helper.path("input");
    helper
        .entries_under("inputs", &path)
        .into_iter()
        .map(input)
        .collect()
}

const TONES: [(&str, Tone); 5] = [
    ("idle", Tone::Idle),
    ("active", Tone::Active),
    ("waiting", Tone::Waiting),
    ("warning", Tone::Warning),
    ("done", Tone::Done),
];

pub(super) fn phases(top: &Table<'_>) -> Vec<Phase> {
    let phase = |table: Table<'_>| Phase {
        name: table.needed("name", "\"What it is called\""),
        when: table.needed("when", "\"an SQL condition\""),
        tone: choice(&table, "tone", &TONES).unwrap_or(Tone::Active),
        about: table.text("about").unwrap_or_default(),
    };
    top.tables("phase", "phase")
        .into_iter()
        .map(phase)
        .collect()
}

/// One of a few words.
pub(super) fn choice<T: Copy>(table: &Table<'_>, key: &str, words: &[(&str, T)]) -> Option<T> {
    let word = table.text(key)?;
    let found = words.iter().find(|(known, _)| *known == word);
    if found.is_none() {
        let hint = finding::hint(&word, words.iter().map(|(known, _)| *known));
        table.fault(key, format!("\"{word}\" is not known here"), hint);
    }
    found.map(|(_, value)| *value)
}

pub(super) fn windows(top: &Table<'_>, timezone: Tz) -> BTreeMap<String, Window> {
    let window = |entry: Entry<'_>| {
        sound(top, &entry);
        let Some(fields) = long(top, &entry, "window") else {
            let problem = format!("expected a table, got {}", got(entry.node));
            top.out.error(entry.at, &entry.subject, problem, None);
            return None;
        };
        let days = match fields.node("days").map(json) {
            Some(serde_json::Value::Array(_)) => fields.texts("days").map(|days| days.join(",")),
            _ => Some(fields.needed("days", "\"mon-fri\"")),
        };
        let (days, from, to) = (
            days?,
            fields.needed("from", "\"22:00\""),
            fields.needed("to", "\"05:00\""),
        );
        if days.is_empty() || from.is_empty() || to.is_empty() {
            return None;
        }
        let zone = self::timezone(&fields, "timezone").unwrap_or(timezone);
        let window = Window::new(&entry.name, &days, &from, &to, zone);
        let window =
            window.map_err(|problem| top.out.error(entry.at, &entry.subject, problem, None));
        Some((entry.name, window.ok()?))
    };
    top.entries_under("windows", "window")
        .into_iter()
        .filter_map(window)
        .collect()
}

/// A moment written as text or as a TOML date.
pub(super) fn moment(table: &Table<'_>, key: &str) -> Option<Time> {
    let node = table.node(key)?;
    let text = json(node);
    Time::parse(text.as_str().unwrap_or_default())
        .map_err(|_| {
            let problem = format!(
                "expected an RFC 3339 time such as 2026-03-02T22:00:00Z, got {}",
                got(node)
            );
            table.fault(key, problem, None);
        })
        .ok()
}

pub(super) fn waves(top: &Table<'_>) -> Vec<Wave> {
    let wave = |table: Table<'_>| {
        let name = table.name("name");
        let percent = table.whole("percent", 1..=100);
        let members = match (table.text("when"), percent) {
            (Some(_), Some(_)) => {
                let hint = Some("keep one of the two".into());
                table.fault("percent", "a wave has `when` or `percent`, not both", hint);
                WaveMembers::Named
            }
            (Some(sql), None) => WaveMembers::Condition(sql),
            (None, Some(percent)) => WaveMembers::Percent {
                column: table.needed("column", "\"a_column\""),
                percent: percent as u32,
            },
            (None, None) => WaveMembers::Named,
        };
        Wave {
            title: table.title(&name),
            members,
            opens: moment(&table, "opens"),
            after: after(&table),
            name,
        }
    };
    top.tables("wave", "wave").into_iter().map(wave).collect()
}

/// The wave that must be proven before this one opens, and for how long.
fn after(table: &Table<'_>) -> Option<(String, Span)> {
    let pause = table.span("pause");
    let Some(wave) = table.text("after") else {
        if pause.is_some() {
            let hint = Some("add after = \"a wave\", or take it out".into());
            table.fault("pause", "`pause` means nothing without after", hint);
        }
        return None;
    };
    if table.has("opens") {
        let hint = Some("keep one of the two".into());
        table.fault("after", "a wave has `opens` or `after`, not both", hint);
    }
    Some((wave, pause.unwrap_or(Span::ZERO)))
}

pub(super) fn brake(table: &Table<'_>) -> Brake {
    let stage = table.needed("stage", "\"a_stage\"");
    let name = match table.text("name") {
        Some(name) => {
            table.sound_name("name", &name);
            name
        }
        None => stage.clone(),
    };
    let share = table.number("share", 0.0..=1.0);
    let of = table.whole("of", 1..=1_000_000).unwrap_or(10);
    let most = table.whole("most", 1..=i64::from(u32::MAX));
    if !["failures", "share", "most"]
        .iter()
        .any(|key| table.has(key))
    {
        let hint = Some("add failures = \"5 in 10m\", share = 0.2 or most = 100".into());
        table.lacking("a brake that nothing trips", hint);
    }
    Brake {
        title: table.title(&name),
        name,
        stage,
        stops: table.text("stops"),
        failures: failures(table),
        share: share.map(|share| (share, of as u32)),
        most: most.map(|most| most as u32),
        slice: table.texts("slice").unwrap_or_default(),
    }
}

/// `5 in 10m`
fn failures(table: &Table<'_>) -> Option<(u32, Span)> {
    let text = table.text("failures")?;
    let read = text
        .split_once(" in ")
        .and_then(|(count, span)| Some((count.trim().parse().ok()?, Span::parse(span).ok()?)));
    if read.is_none() {
        table.fault(
            "failures",
            format!("\"{text}\" is not of the form \"5 in 10m\""),
            None,
        );
    }
    read
}
