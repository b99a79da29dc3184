//! A pipeline as the other layers use it: names, gates, steps, templates compiled, settings applied.

use super::template::{Expression, Template};
use crate::model::fault::FaultKind;
use crate::model::rule::{Condition, Rules, Shape};
use crate::model::time::Span;
use crate::model::value::{Value, ValueType};
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
    pub trials: Vec<super::trial::Trial>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub name: String,
    pub kind: ValueType,
    /// The user's override, or the file's default. Spans are text.
    pub value: Value,
    pub about: String,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    pub name: String,
    pub kind: ValueType,
    pub title: String,
    pub about: String,
    /// The heading the dossier shows it under; empty for none.
    pub group: String,
    /// Whether the device table shows it without being asked.
    pub shown: bool,
    /// Written by imports or operators, so that nothing in the file need write it.
    pub imported: bool,
}

/// What a phase means for the eye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Nothing has begun.
    Idle,
    /// On its way.
    Active,
    /// Waiting for somebody outside.
    Waiting,
    /// Needs a look.
    Warning,
    /// Finished well.
    Done,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    pub name: String,
    pub when: String,
    pub tone: Tone,
    pub about: String,
}

/// When a stage may start work: from `from` to `to` local time on the evenings named; `to` before `from` is the next
/// morning.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    pub name: String,
    /// Monday first.
    pub days: [bool; 7],
    pub from: chrono::NaiveTime,
    pub to: chrono::NaiveTime,
    pub timezone: chrono_tz::Tz,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Wave {
    pub name: String,
    pub title: String,
    pub members: WaveMembers,
    /// RFC 3339; `None` = by hand.
    pub opens: Option<crate::model::time::Time>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum WaveMembers {
    /// Rows whose wave is written by an import.
    Named,
    /// SQL over the row.
    Condition(String),
    /// `fnv1a32(bytes of column) % 100 < percent`.
    Percent { column: String, percent: u32 },
}

#[derive(Clone, Debug)]
pub struct Intake {
    pub name: String,
    pub title: String,
    pub about: String,
    pub source: Source,
    /// Only events for which it holds are wanted.
    pub when: Option<Expression>,
    /// What the row's key is.
    pub key: Template,
    /// Whether an unknown key makes a row.
    pub create: bool,
    pub set: Vec<(String, Template)>,
    /// Columns that stay as they are once set.
    pub keep: Vec<String>,
    /// What makes two events the same; default: the hash of the body.
    pub dedupe: Option<Template>,
    /// How one row is read afresh through the same mapping.
    pub refresh: Option<Refresh>,
}

#[derive(Clone, Debug)]
pub enum Source {
    Webhook {
        path: String,
        reply: u16,
        busy: u16,
    },
    /// Calls an action that answers `items` (a list), and optionally `cursor` (given back as the input `cursor` next
    /// time, kept in the store) and `more` (call again at once).
    Poll {
        call: String,
        with: Vec<(String, Template)>,
        rhythm: Rhythm,
    },
}

#[derive(Clone, Debug)]
pub enum Rhythm {
    Every(Span),
    At(Cron),
}

/// A cron expression, read in the pipeline's zone.
#[derive(Clone, Debug)]
pub struct Cron {
    pub text: String,
    pub timezone: chrono_tz::Tz,
    pub(super) inner: Box<croner::Cron>,
}

#[derive(Clone, Debug)]
pub struct Refresh {
    pub call: String,
    pub with: Vec<(String, Template)>,
}

#[derive(Clone, Debug)]
pub struct Stage {
    pub name: String,
    pub title: String,
    pub about: String,
    pub window: Option<String>,
    /// Rows at a time.
    pub parallel: usize,
    pub retry: Retry,
    pub then: Then,
    /// Covers every matching row once per firing, even though its gate stays true.
    pub sweep: Option<Cron>,
    /// Takes rows of open waves only.
    pub waves: bool,
    pub gate: Vec<Condition>,
    pub steps: Vec<Step>,
    /// Written when every step is done.
    pub set: Vec<(String, Template)>,
    pub notify: Option<Notify>,
}

#[derive(Clone, Debug)]
pub struct Notify {
    pub when: Option<Expression>,
    pub text: Template,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Retry {
    /// Attempts in all, the first included.
    pub attempts: u32,
    pub wait: Span,
    pub factor: f64,
    pub most: Span,
    /// Kinds that are retried; `None` = [`FaultKind::worth_repeating`].
    pub on: Option<Vec<FaultKind>>,
}

impl Retry {
    /// Whether a failure of this kind is worth another attempt.
    pub fn covers(&self, kind: FaultKind) -> bool {
        self.on
            .as_ref()
            .map_or_else(|| kind.worth_repeating(), |kinds| kinds.contains(&kind))
    }

    /// How long to wait after the `number`-th attempt, before jitter.
    pub fn after(&self, number: u32) -> Span {
        self.wait
            .times(self.factor.powi(number.saturating_sub(1).min(64) as i32))
            .min(self.most)
    }
}

/// What happens when the last attempt has failed or a ladder has no rung left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// An operator must look.
    Hold,
    Helper(String),
    Ticket,
    Page,
}

#[derive(Clone, Debug)]
pub struct Step {
    pub name: String,
    pub title: String,
    pub call: Target,
    pub with: Vec<(String, Template)>,
    /// Skipped unless it holds.
    pub when: Option<Expression>,
    /// A list; the call is made for each, with `item` set. Done items are not repeated by a retry.
    pub for_each: Option<Expression>,
    pub wait_if: Option<Expression>,
    pub wait: Wait,
    pub fail_if: Option<Expression>,
    /// The sentence of the fault when `fail_if` holds.
    pub fail_text: Option<Template>,
    pub on_error: OnError,
    /// The earlier step a retry starts at when `wait` ran out.
    pub else_step: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A connector's action, by full name.
    Action(String),
    /// A helper of this file, by name.
    Helper(String),
}

/// The rhythm of looking again: after `every`, then `factor` times longer each look up to `longest`; given up after
/// `most`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wait {
    pub every: Span,
    /// 1.0 unless the file says otherwise.
    pub factor: f64,
    /// `every` times ten unless the file says otherwise.
    pub longest: Span,
    pub most: Span,
}

impl Wait {
    /// How long to wait after the `looks`-th look.
    pub fn after(&self, looks: usize) -> Span {
        let grown = self
            .every
            .times(self.factor.powi(looks.saturating_sub(1).min(64) as i32));
        grown.min(self.longest).max(self.every)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum OnError {
    #[default]
    Fail,
    /// Later steps see `steps.NAME.error`. A fault that is worth repeating is retried first; this is for when it is
    /// not, or when no attempt is left.
    Continue,
}

/// Steps that several callers share. `output` is what the caller's step has as its result.
#[derive(Clone, Debug)]
pub struct Helper {
    pub name: String,
    pub title: String,
    pub about: String,
    pub inputs: Vec<HelperInput>,
    pub steps: Vec<Step>,
    pub output: Vec<(String, Template)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct HelperInput {
    pub name: String,
    pub kind: ValueType,
    pub required: bool,
    pub about: String,
}

#[derive(Clone, Debug)]
pub struct Ladder {
    pub name: String,
    pub title: String,
    pub about: String,
    pub window: Option<String>,
    pub parallel: usize,
    pub stuck: Vec<Condition>,
    pub rungs: Vec<Rung>,
    pub after: Then,
    /// The ticket's or page's text.
    pub text: Option<Template>,
}

/// One remedy: tried at most `limit` times, with `wait` to let it work before the ladder looks again.
#[derive(Clone, Debug)]
pub struct Rung {
    pub title: String,
    pub limit: u32,
    pub wait: Span,
    pub step: Step,
    pub set: Vec<(String, Template)>,
}

/// Stops a stage, or only the guilty slice of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Brake {
    pub name: String,
    pub title: String,
    pub stage: String,
    /// More failures than this within this span.
    pub failures: Option<(u32, Span)>,
    /// A larger share of failures than this, of at least `of` attempts in the window.
    pub share: Option<(f64, u32)>,
    /// More rows than this touched per window.
    pub most: Option<u32>,
    /// Columns whose common value names the slice to stop.
    pub slice: Vec<String>,
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
        });
        let ladders = self.ladders.iter().map(|l| Rule {
            name: l.name.clone(),
            kind: RuleKind::Ladder,
            conditions: l.stuck.clone(),
            waves: false,
        });
        let params: BTreeMap<_, _> = self
            .settings
            .iter()
            .map(|s| (s.name.clone(), s.value.clone()))
            .collect();
        let told = params
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect::<String>();
        Rules {
            version: crate::model::hash::sha256_hex(format!("{}\n{told}", self.version).as_bytes()),
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

    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
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
        let steps = stages
            .chain(rungs)
            .chain(helpers)
            .filter_map(|step| match &step.call {
                Target::Action(action) => Some(action.as_str()),
                Target::Helper(_) => None,
            });
        polls.chain(refreshes).chain(steps).collect()
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
