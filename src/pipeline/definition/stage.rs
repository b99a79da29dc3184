//! What is done, and what is done when that does not help.

use super::{Cron, Step};
use crate::model::fault::FaultKind;
use crate::model::rule::Condition;
use crate::model::time::Span;
use crate::pipeline::template::{Expression, Template};

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
    /// Takes rows only while every one of these checks is ok.
    pub checks: Vec<String>,
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

impl Ladder {
    /// The rung that comes next, when each was tried this often; `None` when a person has it then.
    pub fn next_rung(&self, tried: impl Fn(usize) -> u32) -> Option<usize> {
        let mut rungs = self.rungs.iter().enumerate();
        rungs
            .find(|(at, rung)| tried(*at) < rung.limit)
            .map(|(at, _)| at)
    }
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
    /// The stage that is stopped, when it is not the one whose failures are counted.
    pub stops: Option<String>,
    /// More failures than this within this span.
    pub failures: Option<(u32, Span)>,
    /// A larger share of failures than this, of at least `of` attempts in the window.
    pub share: Option<(f64, u32)>,
    /// More rows than this touched per window.
    pub most: Option<u32>,
    /// Columns whose common value names the slice to stop.
    pub slice: Vec<String>,
}

impl Brake {
    /// The stage that is stopped when it trips.
    pub fn stopped(&self) -> &str {
        self.stops.as_deref().unwrap_or(&self.stage)
    }
}
