//! A whole pipeline, and what the other layers ask of it.

use super::{
    Act, Asks, Brake, Check, Column, Helper, Intake, Ladder, Mirror, Phase, Setting, Source, Stage,
    Target, Wave, Window,
};
use crate::model::rule::{Rules, Shape};
use std::collections::BTreeMap;

/// One pipeline file, with a user's settings applied.
#[derive(Clone, Debug)]
pub struct Pipeline {
    pub name: String,
    pub title: String,
    pub about: String,
    /// The subject table's name, singular: `device`.
    pub subject: String,
    /// The key column: `serial`.
    pub key: String,
    /// IANA name of the zone cron expressions are read in.
    pub timezone: chrono_tz::Tz,
    /// Hash of the file's text.
    pub version: String,
    pub settings: Vec<Setting>,
    pub columns: Vec<Column>,
    /// The first that holds is a row's phase.
    pub phases: Vec<Phase>,
    pub windows: BTreeMap<String, Window>,
    pub waves: Vec<Wave>,
    pub intakes: Vec<Intake>,
    pub stages: Vec<Stage>,
    pub ladders: Vec<Ladder>,
    pub helpers: Vec<Helper>,
    pub brakes: Vec<Brake>,
    pub checks: Vec<Check>,
    pub mirrors: Vec<Mirror>,
    pub acts: Vec<Act>,
    /// When a row of a wave is settled: it meets one of these.
    pub proof: Vec<crate::model::rule::Condition>,
    pub trials: Vec<crate::pipeline::trial::Trial>,
}

impl Pipeline {
    pub fn shape(&self) -> Shape {
        let columns = self
            .columns
            .iter()
            .map(|c| crate::model::rule::ColumnShape {
                name: c.name.clone(),
                kind: c.kind,
            });
        Shape {
            subject: self.subject.clone(),
            key: self.key.clone(),
            columns: columns.collect(),
        }
    }

    /// What the store derives its queue and phases from.
    pub fn rules(&self) -> Rules {
        use crate::model::rule::{PhaseRule, Rule, RuleKind};
        let stages = self.stages.iter().map(|s| Rule {
            name: s.name.clone(),
            kind: RuleKind::Stage,
            conditions: s.gate.clone(),
            waves: s.waves,
            checks: s.checks.clone(),
        });
        let ladders = self.ladders.iter().map(|l| Rule {
            name: l.name.clone(),
            kind: RuleKind::Ladder,
            conditions: l.stuck.clone(),
            waves: false,
            checks: Vec::new(),
        });
        let params: BTreeMap<_, _> = self
            .settings
            .iter()
            .map(|s| (s.name.clone(), s.value.clone()))
            .collect();
        let told = params.iter().map(|(name, value)| format!("{name}={value}"));
        let told: Vec<_> = std::iter::once(self.version.clone()).chain(told).collect();
        Rules {
            version: crate::model::hash::sha256_hex(told.join("\n").as_bytes()),
            params,
            rules: stages.chain(ladders).collect(),
            phases: self
                .phases
                .iter()
                .map(|p| PhaseRule {
                    name: p.name.clone(),
                    when: p.when.clone(),
                })
                .collect(),
            wave: crate::pipeline::wave::expression(&self.waves),
            proof: self.proof.clone(),
            acts: self.acts.iter().map(rule_of).collect(),
            checks: self.checks.iter().map(check_rule).collect(),
        }
    }

    pub fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.name == name)
    }

    pub fn ladder(&self, name: &str) -> Option<&Ladder> {
        self.ladders.iter().find(|ladder| ladder.name == name)
    }

    pub fn helper(&self, name: &str) -> Option<&Helper> {
        self.helpers.iter().find(|helper| helper.name == name)
    }

    pub fn intake(&self, name: &str) -> Option<&Intake> {
        self.intakes.iter().find(|intake| intake.name == name)
    }

    pub fn check(&self, name: &str) -> Option<&Check> {
        self.checks.iter().find(|check| check.name == name)
    }

    pub fn mirror(&self, name: &str) -> Option<&Mirror> {
        self.mirrors.iter().find(|mirror| mirror.name == name)
    }

    pub fn act(&self, name: &str) -> Option<&Act> {
        self.acts.iter().find(|act| act.name == name)
    }

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Phases in which a row is finished.
    pub fn done_phases(&self) -> impl Iterator<Item = &str> {
        let done = |phase: &&super::Phase| phase.tone == super::Tone::Done;
        self.phases
            .iter()
            .filter(done)
            .map(|phase| phase.name.as_str())
    }

    /// Stages that take no rows while this check is not ok: they name it, or one that is asked after it.
    pub fn stages_behind(&self, check: &str) -> Vec<&Stage> {
        let mut behind = vec![check];
        let mut at = 0;
        while at < behind.len() {
            let after = |next: &&Check| next.after.iter().any(|name| name == behind[at]);
            let next = self.checks.iter().filter(after);
            let next: Vec<&str> = next.map(|next| next.name.as_str()).collect();
            let new = next.into_iter().filter(|name| !behind.contains(name));
            let new: Vec<&str> = new.collect();
            behind.extend(new);
            at += 1;
        }
        let named = |stage: &&Stage| {
            stage
                .checks
                .iter()
                .any(|one| behind.contains(&one.as_str()))
        };
        self.stages.iter().filter(named).collect()
    }

    /// Every action the file calls, by full name; some more than once.
    pub fn actions(&self) -> Vec<&str> {
        let polls = self
            .intakes
            .iter()
            .filter_map(|intake| match &intake.source {
                Source::Poll { call, .. } => Some(call.as_str()),
                Source::Webhook { .. } => None,
            });
        let refreshes = self
            .intakes
            .iter()
            .filter_map(|intake| Some(intake.refresh.as_ref()?.call.as_str()));
        let stages = self.stages.iter().flat_map(|stage| &stage.steps);
        let rungs = self
            .ladders
            .iter()
            .flat_map(|ladder| &ladder.rungs)
            .map(|rung| &rung.step);
        let helpers = self.helpers.iter().flat_map(|helper| &helper.steps);
        let checks = self.checks.iter().flat_map(|check| match &check.asks {
            Asks::Outside { steps, .. } => &steps[..],
            Asks::NoRow(_) => &[],
        });
        let mirrors = self.mirrors.iter().map(|mirror| mirror.call.as_str());
        let steps = stages
            .chain(rungs)
            .chain(helpers)
            .chain(checks)
            .filter_map(|step| match &step.call {
                Target::Action(action) => Some(action.as_str()),
                Target::Helper(_) => None,
            });
        polls.chain(refreshes).chain(steps).chain(mirrors).collect()
    }

    /// What templates see as `settings`.
    pub fn settings_json(&self) -> serde_json::Value {
        self.settings
            .iter()
            .map(|s| (s.name.clone(), s.value.to_json()))
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}

fn rule_of(act: &Act) -> crate::model::rule::ActRule {
    crate::model::rule::ActRule {
        name: act.name.clone(),
        title: act.title.clone(),
        conditions: act.conditions.clone(),
    }
}

fn check_rule(check: &Check) -> crate::model::rule::CheckRule {
    crate::model::rule::CheckRule {
        name: check.name.clone(),
        title: check.title.clone(),
        every: check.every,
    }
}
