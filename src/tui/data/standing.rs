//! How the checks and the mirrors stand, and which check keeps a stage from taking rows.

use super::names::Names;
use crate::model::time::Time;
use crate::pipeline::definition::Check;
use crate::store::{CheckRecord, CheckState, MirrorRecord, StoreError, Switch, View};

/// A check that was not asked for so many times its rhythm is not to be relied on.
const STALE: f64 = 3.0;

/// What was found and told last.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    /// By name; those that were never asked are missing.
    pub checks: Vec<CheckRecord>,
    pub mirrors: Vec<MirrorRecord>,
}

/// Everything that is said of a row beside the row itself.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    pub names: &'a Names,
    pub switches: &'a [Switch],
    pub standing: &'a Standing,
}

impl<'a> Known<'a> {
    pub fn new(names: &'a Names, switches: &'a [Switch], standing: &'a Standing) -> Self {
        Self {
            names,
            switches,
            standing,
        }
    }
}

/// How far a check can be relied on, the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stand {
    Failed,
    Unknown,
    /// It was ok, and has not been asked for too long.
    Stale,
    Unasked,
    NotDue,
    Ok,
}

impl Stand {
    pub fn word(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Stale => "stale",
            Self::Unasked => "not asked yet",
            Self::NotDue => "not due",
            Self::Ok => "ok",
        }
    }
}

impl Standing {
    pub fn read(view: &View<'_>, names: &Names) -> Result<Self, StoreError> {
        let Some(pipeline) = names.pipeline() else {
            return Ok(Self::default());
        };
        Ok(Self {
            checks: if pipeline.checks.is_empty() {
                Vec::new()
            } else {
                view.checks()?
            },
            mirrors: if pipeline.mirrors.is_empty() {
                Vec::new()
            } else {
                view.mirrors()?
            },
        })
    }

    pub fn check(&self, name: &str) -> Option<&CheckRecord> {
        self.checks.iter().find(|known| known.name == name)
    }

    pub fn mirror(&self, name: &str) -> Option<&MirrorRecord> {
        self.mirrors.iter().find(|known| known.name == name)
    }

    /// How a check stands now.
    pub fn stand(&self, check: &Check, now: Time) -> Stand {
        let Some(record) = self.check(&check.name) else {
            return Stand::Unasked;
        };
        match record.state {
            CheckState::Failed => Stand::Failed,
            CheckState::Unknown => Stand::Unknown,
            CheckState::NotDue => Stand::NotDue,
            CheckState::Ok if now.since(record.at) > check.every.times(STALE) => Stand::Stale,
            CheckState::Ok => Stand::Ok,
        }
    }

    /// The gravest of the checks that keep a stage from taking rows.
    pub fn unmet<'n>(&self, names: &'n Names, rule: &str, now: Time) -> Option<(&'n Check, Stand)> {
        let checks = names.checks_of(rule);
        let stands = checks.map(|check| (check, self.stand(check, now)));
        stands
            .filter(|(_, stand)| *stand != Stand::Ok)
            .min_by_key(|(_, stand)| *stand)
    }

    /// Checks that some stage waits for and a person must look at: those that failed, and those that could not be asked
    /// for a while.
    pub fn alarming<'n>(&self, names: &'n Names, now: Time) -> Vec<(&'n Check, Stand)> {
        let Some(pipeline) = names.pipeline() else {
            return Vec::new();
        };
        let waited_for = |check: &&Check| {
            let mut stages = pipeline.stages.iter();
            stages.any(|stage| stage.checks.contains(&check.name))
        };
        let grave = |check: &'n Check| {
            let record = self.check(&check.name)?;
            let lasts = now.since(record.since) > check.every.times(STALE);
            match record.state {
                CheckState::Failed => Some((check, Stand::Failed)),
                CheckState::Unknown if lasts => Some((check, Stand::Unknown)),
                _ => None,
            }
        };
        let checks = pipeline.checks.iter().filter(waited_for);
        checks.filter_map(grave).collect()
    }
}
