//! `[[stage]]`, and what it shares with ladders: gates, `then`, fault kinds.

use super::intake::cron;
use super::step;
use super::table::{Table, got};
use crate::model::fault::FaultKind;
use crate::model::rule::Condition;
use crate::model::time::Span;
use crate::pipeline::definition::{Notify, Retry, Stage, Then};
use crate::pipeline::finding;
use chrono_tz::Tz;
use toml::de::DeValue;

pub(super) fn stage(table: &Table<'_>, timezone: Tz) -> Stage {
    let name = table.name("name");
    let gate = conditions(table, "gate");
    if gate.is_empty() && !table.has("gate") {
        let hint = Some("add [stage.gate] with at least one named SQL condition".into());
        table.lacking("a stage without a gate would take every row", hint);
    }
    Stage {
        title: table.title(&name),
        about: table.text("about").unwrap_or_default(),
        window: table.text("window"),
        parallel: parallel(table),
        retry: retry(table),
        then: then(table, "then").unwrap_or(Then::Hold),
        sweep: cron(table, "sweep", timezone),
        waves: table.boolean("waves").unwrap_or(false),
        checks: table.texts("checks").unwrap_or_default(),
        gate,
        steps: step::steps(table),
        set: table.templates("set"),
        notify: notify(table),
        name,
    }
}

pub(super) fn parallel(table: &Table<'_>) -> usize {
    table.whole("parallel", 1..=1_000).unwrap_or(1) as usize
}

pub(super) fn conditions(table: &Table<'_>, key: &str) -> Vec<Condition> {
    let entries = table.entries_of(key);
    if entries.is_empty()
        && table.has(key)
        && matches!(
            table.node(key).map(toml::Spanned::get_ref),
            Some(DeValue::Table(_))
        )
    {
        table.fault(
            key,
            "no condition is named, so every row would be taken",
            None,
        );
    }
    entries
        .into_iter()
        .map(|entry| {
            let sql = match entry.node.get_ref() {
                DeValue::String(sql) if !sql.trim().is_empty() => sql.to_string(),
                _ => {
                    let problem = format!("expected an SQL condition, got {}", got(entry.node));
                    table.out.error(entry.at, &entry.subject, problem, None);
                    // True, so that nothing further is said of it; a file with a finding never runs.
                    "1".to_owned()
                }
            };
            Condition::new(entry.name, sql)
        })
        .collect()
}

pub(super) fn then(table: &Table<'_>, key: &str) -> Option<Then> {
    Some(match table.text(key)?.as_str() {
        "hold" => Then::Hold,
        "ticket" => Then::Ticket,
        "page" => Then::Page,
        helper => Then::Helper(helper.trim_start_matches("helper.").to_owned()),
    })
}

fn retry(table: &Table<'_>) -> Retry {
    let retry = table.table("retry", "retry");
    let inner = |read: &dyn Fn(&Table<'_>) -> Option<Span>| retry.as_ref().and_then(read);
    let attempts = retry
        .as_ref()
        .and_then(|retry| retry.whole("attempts", 1..=100));
    let factor = retry
        .as_ref()
        .and_then(|retry| retry.number("factor", 1.0..=100.0));
    let on = retry.as_ref().and_then(|retry| kinds(retry, "on"));
    let also = kinds(table, "retry_on");
    if on.is_some() && also.is_some() {
        let hint = Some("keep one of the two".into());
        table.fault(
            "retry_on",
            "the kinds are also named by `on` in retry",
            hint,
        );
    }
    let wait = inner(&|retry| retry.span("wait")).unwrap_or(Span::from_mins(1));
    let most = inner(&|retry| retry.span("most"));
    if let (Some(retry), Some(most)) = (&retry, most)
        && most < wait
    {
        let problem = format!("the longest wait, {most}, is shorter than the first, {wait}");
        retry.fault("most", problem, None);
    }
    Retry {
        attempts: attempts.unwrap_or(4) as u32,
        wait,
        factor: factor.unwrap_or(2.0),
        most: most.unwrap_or(Span::from_mins(30)).max(wait),
        on: on.or(also),
    }
}

fn kinds(table: &Table<'_>, key: &str) -> Option<Vec<FaultKind>> {
    let words = table.texts(key)?;
    let kind = |word: String| {
        let kind = FaultKind::from_word(&word);
        if kind.is_none() {
            unknown_kind(table, key, &word);
        }
        kind
    };
    Some(words.into_iter().filter_map(kind).collect())
}

pub(super) fn unknown_kind(table: &Table<'_>, key: &str, word: &str) {
    let words: Vec<_> = FaultKind::ALL.iter().map(|kind| kind.word()).collect();
    let hint = finding::nearest(word, words.iter().copied()).map_or_else(
        || format!("known are: {}", words.join(", ")),
        |near| format!("did you mean \"{near}\"?"),
    );
    table.fault(key, format!("\"{word}\" is no kind of fault"), Some(hint));
}

fn notify(table: &Table<'_>) -> Option<Notify> {
    if let Some(DeValue::String(_)) = table.node("notify").map(toml::Spanned::get_ref) {
        let text = table.template("notify")?;
        return Some(Notify { when: None, text });
    }
    let notify = table.table("notify", "notify")?;
    notify.needed("text", "\"…\"");
    Some(Notify {
        when: notify.expression("when"),
        text: notify.template("text")?,
    })
}
