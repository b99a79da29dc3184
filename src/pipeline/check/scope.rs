//! What a template may name at its place in the file.

use super::run::{BUILT_IN, Checker};
use crate::pipeline::definition::{Helper, Mirror, OnError, Step, Target};
use crate::pipeline::finding::{hint, nearest};

/// The names a place offers. `settings` and `now` are offered everywhere.
#[derive(Clone, Default)]
pub(super) struct Scope<'a> {
    pub(super) row: bool,
    pub(super) event: bool,
    pub(super) item: bool,
    pub(super) helper: Option<&'a Helper>,
    /// Steps that have run, in order; `None` where there are no steps at all.
    pub(super) steps: Option<&'a [Step]>,
    /// Steps that come later, to say so.
    pub(super) later: &'a [Step],
    /// The step whose `result` is seen.
    pub(super) result: Option<&'a Step>,
    /// The mirror whose `lists` and `waves` are seen.
    pub(super) mirror: Option<&'a Mirror>,
    /// The `when` the place stands under.
    pub(super) guard: Option<&'a str>,
}

const ROOTS: [&str; 10] = [
    "row", "event", "settings", "steps", "result", "item", "input", "lists", "waves", "now",
];

/// Where a name is known, for the hint where it is not.
fn known_in(root: &str) -> &'static str {
    match root {
        "row" => "stages, ladders, helpers and refresh",
        "event" => "intakes",
        "steps" => "stages, rungs, helpers and checks that ask the outside",
        "result" => "wait_if, fail_if and fail_text of a step",
        "item" => "a step with for_each",
        "lists" | "waves" => "mirrors",
        _ => "helpers",
    }
}

impl<'a> Checker<'a> {
    /// Reports every name a template uses that its place does not offer.
    pub(super) fn names(
        &mut self,
        subject: &str,
        source: &str,
        mentions: &[String],
        scope: &Scope<'a>,
    ) {
        for mention in mentions {
            let mut parts = mention.split('.');
            let root = parts.next().unwrap_or_default();
            let (first, second) = (parts.next(), parts.next());
            match root {
                "now" => {}
                "settings" => self.setting(subject, first),
                "row" if scope.row => self.row_column(subject, first),
                "event" if scope.event => {}
                "item" if scope.item => {}
                "lists" | "waves" if scope.mirror.is_some() => {
                    self.of_mirror(subject, (root, first), scope);
                }
                "input" if scope.helper.is_some() => self.helper_input(subject, first, scope),
                "result" if scope.result.is_some() => {
                    if let (Some(step), Some(field)) = (scope.result, first) {
                        self.output(subject, step, field, "result");
                    }
                }
                "steps" if scope.steps.is_some() => {
                    if let Some(name) = first {
                        self.step(subject, source, (name, second), scope);
                    }
                }
                known if ROOTS.contains(&known) => {
                    let problem = format!("`{mention}`: {known} is not known here");
                    let hint = Some(format!("it is known in {}", known_in(known)));
                    self.report.error(subject, problem, hint);
                }
                other => {
                    let near =
                        nearest(other, ROOTS).map(|near| format!("did you mean \"{near}\"?"));
                    let roots = || Some(format!("templates see {}", ROOTS.join(", ")));
                    self.report.error(
                        subject,
                        format!("`{other}` is not known"),
                        near.or_else(roots),
                    );
                }
            }
        }
    }

    fn setting(&mut self, subject: &str, name: Option<&str>) {
        if let Some(name) = name
            && !self.setting_names().any(|known| known == name)
        {
            let problem = format!("there is no setting \"{name}\"");
            self.report
                .error(subject, problem, hint(name, self.setting_names()));
        }
    }

    fn row_column(&mut self, subject: &str, name: Option<&str>) {
        // What templates see of a row is its columns, `wave` and `phase`.
        if let Some(name) = name
            && !self
                .column_names()
                .chain(BUILT_IN)
                .any(|known| known == name)
        {
            let problem = format!("there is no column \"{name}\"");
            self.report
                .error(subject, problem, hint(name, self.column_names()));
        }
    }

    fn of_mirror(&mut self, subject: &str, (root, name): (&str, Option<&str>), scope: &Scope<'_>) {
        let (Some(name), Some(mirror)) = (name, scope.mirror) else {
            return;
        };
        let (noun, known): (_, Vec<&str>) = if root == "lists" {
            let lists = mirror.lists.iter().map(|list| list.name.as_str());
            ("list", lists.collect())
        } else {
            ("field of waves", vec!["proven"])
        };
        if !known.contains(&name) {
            let problem = format!("there is no {noun} \"{name}\" here");
            self.report.error(subject, problem, hint(name, known));
        }
    }

    fn helper_input(&mut self, subject: &str, name: Option<&str>, scope: &Scope<'_>) {
        if let (Some(name), Some(helper)) = (name, scope.helper) {
            let known = helper.inputs.iter().map(|input| input.name.as_str());
            if !known.clone().any(|known| known == name) {
                let problem = format!("the helper {} has no input \"{name}\"", helper.name);
                self.report.error(subject, problem, hint(name, known));
            }
        }
    }

    fn step(
        &mut self,
        subject: &str,
        source: &str,
        (name, field): (&str, Option<&str>),
        scope: &Scope<'a>,
    ) {
        let earlier = scope.steps.unwrap_or_default();
        let Some(step) = earlier.iter().find(|step| step.name == name) else {
            if scope.later.iter().any(|step| step.name == name) {
                let problem = format!("steps.{name} has not run yet at this place");
                let hint = Some("only earlier steps have results".into());
                self.report.error(subject, problem, hint);
            } else {
                let known: Vec<_> = earlier.iter().map(|step| step.name.as_str()).collect();
                let problem = format!("there is no step \"{name}\" before this place");
                self.report.error(subject, problem, hint(name, known));
            }
            return;
        };
        let Some(field) = field else {
            return;
        };
        self.output(subject, step, field, &format!("steps.{name}"));
        let own = ["error", "skipped"].contains(&field);
        let may_lack = step.when.is_some() || step.on_error == OnError::Continue;
        if may_lack && !own && !guarded(source, name, scope) {
            let why = if step.when.is_some() {
                "may be skipped"
            } else {
                "may have failed"
            };
            let problem = format!("steps.{name}.{field} may be undefined: the step {why}");
            let hint = Some(format!("write steps.{name}.{field} | default(none)"));
            self.report.warning(subject, problem, hint);
        }
    }

    /// A field a result does not have.
    fn output(&mut self, subject: &str, step: &Step, field: &str, told: &str) {
        if step.for_each.is_some() && told != "result" {
            return;
        }
        if ["error", "skipped"].contains(&field) && told != "result" {
            return;
        }
        let (called, known): (_, Vec<&str>) = match &step.call {
            Target::Action(name) => match self.catalogue.get(name) {
                Some(spec) => (name, spec.outputs.iter().map(|field| field.name).collect()),
                None => return,
            },
            Target::Helper(name) => match self.pipeline.helper(name) {
                Some(helper) => (
                    name,
                    helper.output.iter().map(|(key, _)| key.as_str()).collect(),
                ),
                None => return,
            },
        };
        if !known.contains(&field) {
            let problem =
                format!("{called} answers no \"{field}\", so that `{told}.{field}` is undefined");
            let near = hint(field, known.iter().copied());
            let all = || (!known.is_empty()).then(|| format!("it answers {}", known.join(", ")));
            self.report.error(subject, problem, near.or_else(all));
        }
    }
}

/// Whether a template that may meet an undefined value seems to know it.
fn guarded(source: &str, step: &str, scope: &Scope<'_>) -> bool {
    let aware = ["default(", "| d(", "is defined", "is not defined", " if "];
    let under = format!("steps.{step}");
    aware.iter().any(|word| source.contains(word))
        || scope.guard.is_some_and(|guard| guard.contains(&under))
}
