//! What keeps waiting rows back, and which of it goes away without a person.

use crate::engine::brakes::stops;
use crate::engine::opening::{Opening, openings};
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Asks, Check};
use crate::store::{
    CheckStanding, CheckState, QueueState, Queued, StoreError, SwitchKind, View, WaveProof,
};
use std::collections::BTreeMap;

/// One thing that keeps a row from a stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Keeper {
    Brake(String),
    /// The row's wave, which is closed.
    Wave(String),
    Check(String),
}

/// What keeps a row from one stage or ladder it stands in the queue of.
pub(super) struct Kept {
    pub rule: String,
    pub keepers: Vec<Keeper>,
}

/// The rows that move, by their waves.
#[derive(Default)]
pub(super) struct Moving {
    rows: u64,
    of: BTreeMap<String, u64>,
}

impl Moving {
    pub fn add(&mut self, wave: Option<&str>) {
        self.rows += 1;
        if let Some(wave) = wave {
            *self.of.entry(wave.to_owned()).or_default() += 1;
        }
    }

    fn in_wave(&self, wave: &str) -> bool {
        self.of.get(wave).is_some_and(|rows| *rows > 0)
    }
}

/// Waves and checks as they stand at one look.
pub(super) struct Keepers<'a> {
    pipeline: &'a Pipeline,
    now: Time,
    /// Closed waves of the file.
    closed: BTreeMap<String, Opening>,
    proofs: Vec<WaveProof>,
    checks: BTreeMap<String, CheckStanding>,
    /// Checks that keep rows from each stage.
    unmet: BTreeMap<String, Vec<String>>,
    /// Whether every row meets a check's `once_all`, where it has one.
    all_meet: BTreeMap<String, bool>,
}

impl<'a> Keepers<'a> {
    pub fn look(view: &View<'_>, pipeline: &'a Pipeline, now: Time) -> Result<Self, StoreError> {
        let mut unmet = BTreeMap::new();
        for stage in pipeline.stages.iter().filter(|it| !it.checks.is_empty()) {
            let checks = view.unmet_checks(&stage.name, now)?.into_iter();
            let names: Vec<String> = checks.map(|check| check.name).collect();
            unmet.insert(stage.name.clone(), names);
        }
        let mut all_meet = BTreeMap::new();
        for check in &pipeline.checks {
            if let Some(sql) = &check.once_all {
                let (meet, all) = view.meeting(sql)?;
                all_meet.insert(check.name.clone(), meet == all);
            }
        }
        let follows = pipeline.waves.iter().any(|wave| wave.after.is_some());
        let checks = view.check_standings(now)?.into_iter();
        Ok(Self {
            pipeline,
            now,
            closed: openings(view, pipeline)?.into_iter().collect(),
            proofs: if follows {
                view.wave_proofs()?
            } else {
                Vec::new()
            },
            checks: checks.map(|check| (check.name.clone(), check)).collect(),
            unmet,
            all_meet,
        })
    }

    /// What keeps the row from each stage it waits for. `None` when it is worked on, or stands in no queue, or something
    /// takes it without further ado.
    pub fn of(
        &self,
        view: &View<'_>,
        row: &Row,
        queued: &[Queued],
    ) -> Result<Option<Vec<Kept>>, StoreError> {
        let mut all = Vec::new();
        for entry in queued {
            if !matches!(entry.state, QueueState::Ready | QueueState::BackingOff) {
                return Ok(None);
            }
            let keepers = self.of_rule(view, row, &entry.rule)?;
            if keepers.is_empty() {
                return Ok(None);
            }
            let rule = entry.rule.clone();
            all.push(Kept { rule, keepers });
        }
        Ok((!all.is_empty()).then_some(all))
    }

    fn of_rule(&self, view: &View<'_>, row: &Row, rule: &str) -> Result<Vec<Keeper>, StoreError> {
        let brake = stops(view, self.pipeline, rule, row.id)?;
        let mut keepers: Vec<Keeper> = brake.map(Keeper::Brake).into_iter().collect();
        let minds = self.pipeline.stage(rule).is_some_and(|stage| stage.waves);
        if let Some(wave) = row.wave.as_deref().filter(|wave| minds && !wave.is_empty()) {
            // One that is not of the file is opened by a switch too.
            let is_open = || -> Result<bool, StoreError> {
                let switch = view.switch(SwitchKind::Wave, wave)?;
                Ok(switch.is_some_and(|switch| switch.on))
            };
            let open = !self.closed.contains_key(wave) && is_open()?;
            if !open {
                keepers.push(Keeper::Wave(wave.to_owned()));
            }
        }
        let unmet = self.unmet.get(rule).into_iter().flatten();
        keepers.extend(unmet.cloned().map(Keeper::Check));
        Ok(keepers)
    }

    /// Whether it goes away without a person.
    pub fn lifts(&self, keeper: &Keeper, moving: &Moving) -> bool {
        match keeper {
            Keeper::Brake(_) => false,
            Keeper::Wave(wave) => self.opens(wave, moving, self.pipeline.waves.len()),
            Keeper::Check(check) => self.turns_ok(check, moving, self.pipeline.checks.len()),
        }
    }

    /// `depth` ends a loop, which the checker refuses anyway.
    fn opens(&self, wave: &str, moving: &Moving, depth: usize) -> bool {
        match self.closed.get(wave) {
            Some(Opening::At(..)) => true,
            Some(Opening::Unproven) => {
                let Some(before) = self.before(wave) else {
                    return false;
                };
                if self.closed.contains_key(before) {
                    return depth > 0 && self.opens(before, moving, depth - 1);
                }
                moving.in_wave(before) || self.is_settled(before)
            }
            Some(Opening::Braked | Opening::ByHand) | None => false,
        }
    }

    fn before(&self, wave: &str) -> Option<&str> {
        let mut waves = self.pipeline.waves.iter();
        let wave = waves.find(|known| known.name == wave)?;
        wave.after.as_ref().map(|(before, _)| before.as_str())
    }

    /// Every row of it is: it is about to be proven.
    fn is_settled(&self, wave: &str) -> bool {
        let mut proofs = self.proofs.iter();
        proofs
            .find(|proof| proof.wave == wave)
            .is_none_or(|proof| proof.open == 0)
    }

    fn turns_ok(&self, name: &str, moving: &Moving, depth: usize) -> bool {
        let (Some(standing), Some(check)) = (self.checks.get(name), self.pipeline.check(name))
        else {
            return false;
        };
        let Some(record) = standing.record.as_ref().filter(|_| !standing.stale) else {
            // It is asked soon.
            return true;
        };
        match record.state {
            CheckState::Ok => true,
            CheckState::Failed if matches!(check.asks, Asks::NoRow(_)) => moving.rows > 0,
            // Somebody outside may be at it; after that somebody has to be told.
            CheckState::Failed | CheckState::Unknown => {
                self.now.since(record.since) <= check.every.times(2.0)
            }
            CheckState::NotDue => moving.rows > 0 || self.falls_due(check, moving, depth),
        }
    }

    fn falls_due(&self, check: &Check, moving: &Moving, depth: usize) -> bool {
        let met = |name: &&String| self.checks.get(*name).is_some_and(CheckStanding::is_met);
        let mut unmet = check.after.iter().filter(|name| !met(name));
        let all_meet = self.all_meet.get(&check.name).copied().unwrap_or(true);
        all_meet && unmet.all(|name| depth > 0 && self.turns_ok(name, moving, depth - 1))
    }

    /// Why nothing takes the row, in words.
    pub fn said(&self, keeper: &Keeper) -> String {
        match keeper {
            Keeper::Brake(brake) => format!("stopped by the brake {brake}"),
            Keeper::Wave(wave) => match (self.closed.get(wave), self.before(wave)) {
                (Some(Opening::Unproven), Some(before)) => {
                    format!("waits for wave {wave}, which opens once wave {before} is proven")
                }
                (Some(Opening::Braked), _) => {
                    format!("waits for wave {wave}, which opens once no brake is on")
                }
                _ => format!("waits for wave {wave} to be opened"),
            },
            Keeper::Check(name) => match self.checks.get(name) {
                Some(standing) => standing.keeps_back(self.now),
                None => format!("waits for the check {name}"),
            },
        }
    }
}

/// A row that waits, and what keeps it.
pub(super) struct Waiting {
    pub row: RowId,
    pub wave: Option<String>,
    pub kept: Vec<Kept>,
}

/// Those of the waiting rows that move by themselves, sooner or later. What moves may move others.
pub(super) fn movers(keepers: &Keepers<'_>, waiting: &[Waiting], moving: &mut Moving) -> Vec<bool> {
    let mut moves = vec![false; waiting.len()];
    loop {
        let mut news = false;
        for (at, one) in waiting.iter().enumerate() {
            let free = |kept: &Kept| kept.keepers.iter().all(|it| keepers.lifts(it, moving));
            if !moves[at] && one.kept.iter().any(free) {
                moves[at] = true;
                news = true;
                moving.add(one.wave.as_deref());
            }
        }
        if !news {
            return moves;
        }
    }
}
