//! How the pipeline's checks stand.

use crate::cli::error::CliError;
use crate::cli::output::{Output, Paint};
use crate::cli::table::{Cell, Table};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::store::{CheckStanding, CheckState, View};
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct CheckShown {
    #[serde(flatten)]
    pub standing: CheckStanding,
    pub ok: bool,
    /// What was found, with what to change when it is not ok.
    pub said: String,
    /// Stages that take no rows unless it is ok.
    pub keeps_back: Vec<String>,
}

impl CheckShown {
    pub fn word(&self) -> &'static str {
        match self.standing.state() {
            _ if self.standing.stale => "too old",
            Some(CheckState::Ok) => "ok",
            Some(CheckState::Failed) => "failed",
            Some(CheckState::Unknown) => "unknown",
            Some(CheckState::NotDue) => "not due",
            None => "not asked yet",
        }
    }
}

pub(super) fn read(
    view: &View<'_>,
    now: Time,
    pipeline: Option<&Pipeline>,
) -> Result<Vec<CheckShown>, CliError> {
    let behind = |name: &str| {
        if let Some(pipeline) = pipeline {
            let stages = pipeline.stages_behind(name).into_iter();
            return stages.map(|stage| stage.name.clone()).collect();
        }
        let rules = view.rules().rules.iter();
        let named = rules.filter(|rule| rule.checks.iter().any(|check| check == name));
        named.map(|rule| rule.name.clone()).collect()
    };
    let standings = view.check_standings(now)?.into_iter();
    Ok(standings
        .map(|standing| CheckShown {
            ok: standing.is_met(),
            said: standing.said(now),
            keeps_back: behind(&standing.name),
            standing,
        })
        .collect())
}

/// What keeps a stage back and does not turn ok by itself. Without an engine every answer grows old, which is the
/// engine's sentence.
pub(super) fn attention(checks: &[CheckShown], engine_alive: bool) -> Vec<String> {
    let matters = |check: &&CheckShown| {
        let wrong = match check.standing.state() {
            Some(CheckState::Failed | CheckState::Unknown) => true,
            Some(CheckState::Ok) => check.standing.stale && engine_alive,
            Some(CheckState::NotDue) | None => false,
        };
        wrong && !check.keeps_back.is_empty()
    };
    let checks = checks.iter().filter(matters);
    let said = checks.map(|check| {
        format!(
            "the check {} keeps back {}: {}",
            check.standing.title,
            check.keeps_back.join(", "),
            check.said
        )
    });
    said.collect()
}

pub(super) fn write(out: &mut Output, checks: &[CheckShown], now: Time) -> Result<(), CliError> {
    if checks.is_empty() {
        return Ok(());
    }
    out.line("")?;
    let title = out.paint(Paint::Bold, "Checks");
    out.line(title)?;
    let mut table = Table::new(["", "Name", "Since", "Found"]);
    for check in checks {
        let since = check.standing.record.as_ref();
        let since = since.map_or("–".to_owned(), |record| {
            format!("{} ago", now.since(record.since))
        });
        table.push([
            sign(check),
            check.standing.title.as_str().into(),
            since.into(),
            check.said.as_str().into(),
        ]);
    }
    table.print(out)
}

fn sign(check: &CheckShown) -> Cell {
    match check.standing.state() {
        Some(CheckState::Ok) if check.ok => Cell::painted(Paint::Good, "✓"),
        Some(CheckState::Failed) => Cell::painted(Paint::Bad, "✗"),
        Some(CheckState::NotDue) => Cell::painted(Paint::Dim, "·"),
        Some(CheckState::Ok | CheckState::Unknown) | None => Cell::painted(Paint::Warn, "?"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Span;
    use crate::store::CheckRecord;

    fn shown(state: CheckState, stale: bool, keeps_back: &[&str]) -> CheckShown {
        let at = Time::from_millis(0);
        let standing = CheckStanding {
            name: "path".into(),
            title: "Path".into(),
            every: Span::from_mins(5),
            record: Some(CheckRecord {
                name: "path".into(),
                state,
                since: at,
                at,
                text: "404".into(),
                advice: "redirect it".into(),
            }),
            stale,
        };
        CheckShown {
            ok: standing.is_met(),
            said: standing.said(at),
            keeps_back: keeps_back.iter().map(|&name| name.to_owned()).collect(),
            standing,
        }
    }

    #[test]
    fn what_keeps_a_stage_back_needs_somebody_and_says_what_to_change() {
        let failed = shown(CheckState::Failed, false, &["cut"]);
        let sentence = "the check Path keeps back cut: 404 — redirect it";
        assert_eq!(attention(&[failed], true), [sentence]);
        for (state, stale, alive, count) in [
            (CheckState::Ok, false, true, 0),
            (CheckState::Ok, true, true, 1),
            (CheckState::Ok, true, false, 0),
            (CheckState::Unknown, false, true, 1),
            (CheckState::NotDue, false, true, 0),
        ] {
            let list = attention(&[shown(state, stale, &["cut"])], alive);
            assert_eq!(list.len(), count, "{state:?} {stale} {list:?}");
        }
        let nobodys = shown(CheckState::Failed, false, &[]);
        assert!(attention(&[nobodys], true).is_empty());
    }
}
