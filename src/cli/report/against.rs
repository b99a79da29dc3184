//! `drover report --against OTHER`: a staging store beside the production one.

use super::Part;
use super::formats::Page;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::model::rule::Rules;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::store::{Reader, View};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What two stores are compared by.
#[derive(Debug, Serialize)]
struct Side {
    store: PathBuf,
    /// Of the file with its settings.
    version: String,
    rows: u64,
    /// Rows by phase; "–" where none holds.
    phases: BTreeMap<String, u64>,
    /// Checks by title: what they came to last.
    checks: BTreeMap<String, String>,
    /// Rows by rule and cause of failure.
    faults: BTreeMap<String, u64>,
    settings: BTreeMap<String, String>,
    #[serde(skip)]
    rules: Rules,
}

/// How alike the pipelines of two stores are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Alike {
    Same,
    /// The same gates, phases, checks and acts.
    OtherSettings,
    Different,
}

#[derive(Debug, Serialize)]
pub(super) struct Beside {
    alike: Alike,
    here: Side,
    there: Side,
}

pub(super) fn read(context: &Context, other: &Path) -> Result<Beside, CliError> {
    let here = context.store_path()?;
    let there = context.here.join(other);
    let reader = Reader::open(&there)?;
    let look =
        |reader: &Reader, store: PathBuf| context.look(reader, |view, now| side(view, now, store));
    let (here, there) = (look(&context.reader()?, here)?, look(&reader, there)?);
    Ok(Beside {
        alike: alike(&here.rules, &there.rules),
        here,
        there,
    })
}

fn side(view: &View<'_>, now: Time, store: PathBuf) -> Result<Side, CliError> {
    let rules = view.rules().clone();
    let phases = view.phases()?.into_iter();
    let phases: BTreeMap<String, u64> = phases
        .map(|(phase, rows)| (phase.unwrap_or_else(|| "–".into()), rows))
        .collect();
    let checks = view.check_standings(now)?.into_iter();
    let mut faults = BTreeMap::new();
    for fault in view.faults()? {
        *faults
            .entry(format!("{}: {}", fault.rule, fault.cause))
            .or_insert(0) += fault.rows;
    }
    let shown = |(name, value): (&String, &Value)| (name.clone(), value.to_string());
    Ok(Side {
        store,
        version: rules.version.clone(),
        rows: phases.values().sum(),
        phases,
        checks: checks
            .map(|check| (check.title.clone(), state(check.state(), check.stale)))
            .collect(),
        faults,
        settings: rules.params.iter().map(shown).collect(),
        rules,
    })
}

fn state(state: Option<impl Serialize>, stale: bool) -> String {
    let Some(state) = state else {
        return "not asked yet".into();
    };
    let word = crate::cli::demo::standing::word(&state);
    if stale {
        format!("{word}, long ago")
    } else {
        word
    }
}

fn alike(here: &Rules, there: &Rules) -> Alike {
    if here.version == there.version {
        return Alike::Same;
    }
    let bare = |rules: &Rules| Rules {
        version: String::new(),
        params: BTreeMap::default(),
        ..rules.clone()
    };
    if bare(here) == bare(there) {
        Alike::OtherSettings
    } else {
        Alike::Different
    }
}

impl Beside {
    pub(super) fn page(&self) -> Page {
        let (here, there) = (&self.here, &self.there);
        let said = match self.alike {
            Alike::Same => "Both go by the same pipeline with the same settings.",
            Alike::OtherSettings => {
                "Both go by the same gates, phases and checks; settings or steps differ."
            }
            Alike::Different => {
                "They go by DIFFERENT pipelines; `drover pipeline diff` says which rows the other file would decide differently."
            }
        };
        let stores = |side: &Side| {
            let version = side.version.chars().take(12).collect();
            let rows = side.rows.to_string();
            vec![side.store.display().to_string(), version, rows]
        };
        let differ = |(name, value): &(&String, &String)| there.settings.get(*name) != Some(value);
        let parts = vec![
            Part {
                title: "Stores",
                titles: vec!["Store", "Pipeline version", "Rows"],
                rows: vec![stores(here), stores(there)],
            },
            Part {
                title: "Settings that differ",
                titles: vec!["Setting", "Here", "There"],
                rows: here
                    .settings
                    .iter()
                    .filter(differ)
                    .map(|(name, value)| {
                        let other = there.settings.get(name).cloned();
                        vec![name.clone(), value.clone(), other.unwrap_or_else(none)]
                    })
                    .collect(),
            },
            side_by_side("Phases", "Phase", (&here.phases, &there.phases)),
            side_by_side("Checks", "Check", (&here.checks, &there.checks)),
            side_by_side("Failures by cause", "Cause", (&here.faults, &there.faults)),
        ];
        Page {
            title: "Two stores side by side".into(),
            head: format!(
                "{} here, {} there. {said}",
                here.store.display(),
                there.store.display()
            ),
            parts,
        }
    }
}

fn side_by_side<T: ToString>(
    title: &'static str,
    what: &'static str,
    (here, there): (&BTreeMap<String, T>, &BTreeMap<String, T>),
) -> Part {
    let cell = |side: &BTreeMap<String, T>, name: &str| {
        side.get(name).map_or_else(none, ToString::to_string)
    };
    let mut names: Vec<&String> = here.keys().chain(there.keys()).collect();
    names.sort();
    names.dedup();
    let rows = names.into_iter();
    Part {
        title,
        titles: vec![what, "Here", "There"],
        rows: rows
            .map(|name| vec![name.clone(), cell(here, name), cell(there, name)])
            .collect(),
    }
}

fn none() -> String {
    "–".into()
}
