//! The dossier for people.

use super::dossier::{Dossier, RuleView};
use super::story::Happening;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::output::{Output, Paint};
use crate::cli::waiting::{short, sign};
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::store::{Met, Step};
use unicode_width::UnicodeWidthStr;

pub(super) fn write(context: &mut Context, dossier: &Dossier, full: bool) -> Result<(), CliError> {
    let out = &mut context.out;
    head(out, dossier)?;
    columns(out, dossier)?;
    for (kind, title) in [(RuleKind::Stage, "Stages"), (RuleKind::Ladder, "Ladders")] {
        let mut rules = dossier.of_kind(kind).peekable();
        if rules.peek().is_none() {
            continue;
        }
        heading(out, title)?;
        for view in rules {
            rule(out, view, dossier.now, full)?;
        }
    }
    heading(out, "Timeline, newest first")?;
    for happening in &dossier.story {
        happened(out, happening, full)?;
    }
    if dossier.story.is_empty() {
        out.line("  nothing yet")?;
    }
    Ok(())
}

fn heading(out: &mut Output, title: &str) -> Result<(), CliError> {
    out.line("")?;
    let title = out.paint(Paint::Bold, title);
    out.line(title)
}

fn head(out: &mut Output, dossier: &Dossier) -> Result<(), CliError> {
    let (row, now) = (&dossier.row, dossier.now);
    let key = out.paint(Paint::Bold, &row.key);
    let phase = row.phase.as_deref().unwrap_or("no phase");
    out.line(format_args!(
        "{key}  {phase} for {}",
        now.since(row.phase_since)
    ))?;
    let wave = row.wave.as_deref().unwrap_or("no wave");
    let version: String = row.version.chars().take(12).collect();
    out.line(format_args!(
        "{wave} · known for {} · pipeline {version}",
        now.since(row.created_at)
    ))
}

fn columns(out: &mut Output, dossier: &Dossier) -> Result<(), CliError> {
    let fields = || dossier.groups.iter().flat_map(|(_, fields)| fields);
    let titles = fields().map(|f| f.title.width()).max().unwrap_or(0);
    let values = fields().map(|f| f.value.to_string().width()).max();
    let values = values.unwrap_or(0).min(48);
    for (group, fields) in &dossier.groups {
        heading(out, if group.is_empty() { "Columns" } else { group })?;
        for field in fields {
            let value = field.value.to_string();
            let age = field
                .since
                .map_or(String::new(), |at| format!("{} ago", dossier.now.since(at)));
            let line = format!(
                "  {}{}  {}{}  {}",
                field.title,
                pad(&field.title, titles),
                value,
                pad(&value, values),
                out.paint(Paint::Dim, &age)
            );
            out.line(line.trim_end())?;
        }
    }
    Ok(())
}

fn pad(text: &str, width: usize) -> String {
    " ".repeat(width.saturating_sub(text.width()))
}

/// A ladder the row is not on is one line, unless everything is asked for.
fn rule(out: &mut Output, view: &RuleView, now: Time, full: bool) -> Result<(), CliError> {
    let name = out.paint(Paint::Bold, &view.title);
    out.line(format_args!(
        "  {name} ({}): {}",
        view.explained.rule, view.waits
    ))?;
    let explained = &view.explained;
    let idle = explained.queued.is_none() && explained.hold.is_none() && view.last.is_none();
    if explained.kind == RuleKind::Ladder && idle && !full {
        return Ok(());
    }
    for judged in &explained.conditions {
        let paint = match judged.met {
            Met::Yes => Paint::Good,
            Met::No => Paint::Bad,
            Met::Unknown => Paint::Warn,
        };
        let mark = out.paint(paint, sign(judged.met));
        let detail = out.paint(Paint::Dim, &judged.said(now));
        out.line(format_args!("    {mark} {}  {detail}", judged.title))?;
    }
    for sentence in &explained.kept_back {
        let mark = out.paint(Paint::Bad, sign(Met::No));
        out.line(format_args!("    {mark} {sentence}"))?;
    }
    if let Some(position) = &view.position {
        out.line(format_args!("    {position}"))?;
    }
    Ok(())
}

fn happened(out: &mut Output, happening: &Happening, full: bool) -> Result<(), CliError> {
    let (kind, paint, text) = happening.line();
    let at = out.paint(Paint::Dim, &short(happening.at()));
    let text = out.paint(paint, &text);
    out.line(format_args!("  {at}  {kind:<7}  {text}"))?;
    if let Happening::Attempt(_, steps) = happening {
        for step in steps {
            self::step(out, step, full)?;
        }
    }
    Ok(())
}

fn step(out: &mut Output, step: &Step, full: bool) -> Result<(), CliError> {
    let outcome = match (&step.fault, step.outcome) {
        (Some(fault), _) => fault.to_string(),
        (None, Some(outcome)) => outcome.to_string(),
        (None, None) => "sent".into(),
    };
    let item = step
        .item
        .map_or(String::new(), |item| format!(" item {}", item + 1));
    out.line(format_args!(
        "      {}{item}  {}  {outcome}",
        step.name, step.action
    ))?;
    if !full {
        return Ok(());
    }
    let parts = step.exchanges.as_array().into_iter().flatten();
    for exchange in parts {
        let text = |name: &str| {
            exchange
                .get(name)
                .and_then(|part| part.as_str())
                .unwrap_or("")
        };
        let status = exchange.get("status").and_then(serde_json::Value::as_u64);
        let status = status.map_or("no answer".to_owned(), |status| status.to_string());
        out.line(format_args!(
            "        {} {} → {status}",
            text("method"),
            text("path")
        ))?;
        for (sign, part) in [(">", text("request")), ("<", text("reply"))] {
            for line in part.lines() {
                let line = out.paint(Paint::Dim, &format!("        {sign} {line}"));
                out.line(line)?;
            }
        }
    }
    Ok(())
}
