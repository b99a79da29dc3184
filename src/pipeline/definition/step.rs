//! One call, and helpers, which are several.

use crate::model::time::Span;
use crate::model::value::ValueType;
use crate::pipeline::template::{Expression, Template};

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
