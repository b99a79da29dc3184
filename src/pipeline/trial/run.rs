//! Runs one trial and says what came out otherwise than expected.

use super::case::{Trial, TrialOf};
use super::{heard, taken};
use crate::model::action::Catalogue;
use crate::model::judge::SqlJudge;
use crate::model::row::Values;
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::definition::Pipeline;
use crate::pipeline::template::{Context, Template};
use serde_json::{Map, Value as Json};

/// How one trial went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialReport {
    pub name: String,
    pub passed: bool,
    /// Each a sentence: what was expected, what came.
    pub problems: Vec<String>,
}

/// Runs a trial. Nothing is called: actions answer what the trial says, and null where `catalogue` lets them.
pub fn run_trial(
    pipeline: &Pipeline,
    trial: &Trial,
    catalogue: &Catalogue,
    judge: &dyn SqlJudge,
) -> TrialReport {
    let problems = match pipeline.clone().apply(&trial.settings, Vec::new()) {
        Err(findings) => findings
            .into_iter()
            .map(|finding| finding.problem)
            .collect(),
        Ok(pipeline) => {
            let bench = Bench {
                pipeline: &pipeline,
                trial,
                catalogue,
                judge,
            };
            bench.run()
        }
    };
    TrialReport {
        name: trial.name.clone(),
        passed: problems.is_empty(),
        problems,
    }
}

pub(super) struct Bench<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) trial: &'a Trial,
    pub(super) catalogue: &'a Catalogue,
    pub(super) judge: &'a dyn SqlJudge,
}

impl Bench<'_> {
    fn run(&self) -> Vec<String> {
        let mut problems = Vec::new();
        let nothing = self
            .pipeline
            .columns
            .iter()
            .map(|column| (column.name.clone(), Value::Null));
        let mut row: Values = nothing.collect();
        self.put(&mut row, &self.trial.row, &mut problems);
        if problems.is_empty() {
            match &self.trial.of {
                TrialOf::Intake(name) => heard::run(self, name, &row, &mut problems),
                TrialOf::Stage(name) => taken::stage(self, name, &row, &mut problems),
                TrialOf::Ladder(name) => taken::ladder(self, name, &row, &mut problems),
            }
        }
        problems
    }

    /// Writes what the trial states into a row.
    pub(super) fn put(
        &self,
        row: &mut Values,
        stated: &[(String, Template)],
        problems: &mut Vec<String>,
    ) {
        for (column, template) in stated {
            match self.value(column, template, self.trial.now) {
                Ok(value) => {
                    row.insert(column.clone(), value);
                }
                Err(why) => problems.push(format!("row before, {column}: {why}")),
            }
        }
    }

    /// A value the trial states, of its column's type.
    fn value(&self, column: &str, template: &Template, now: Time) -> Result<Value, String> {
        let found = self
            .pipeline
            .column(column)
            .ok_or("there is no such column")?;
        let context = Context {
            settings: self.pipeline.settings_json(),
            now: Some(now),
            ..Context::default()
        };
        let json = template
            .render(&context)
            .map_err(|error| error.to_string())?;
        Value::fit(found.kind, &json).map_err(|bad| bad.to_string())
    }

    /// Whether a condition holds for a row: `None` is SQL's NULL.
    pub(super) fn weigh(&self, sql: &str, row: &Values) -> Result<Option<bool>, String> {
        let settings = self.pipeline.settings.iter();
        let params: Values = settings
            .map(|s| (s.name.clone(), s.value.clone()))
            .collect();
        self.judge
            .weigh(&self.pipeline.shape(), &params, row, self.trial.now, sql)
    }

    /// Holds the row afterwards against the expected columns. `now` is when it was written.
    pub(super) fn compare(&self, after: &Values, now: Time, problems: &mut Vec<String>) {
        for (column, template) in &self.trial.expect.row {
            match self.value(column, template, now) {
                Err(why) => problems.push(format!("expected row, {column}: {why}")),
                Ok(expected) => {
                    let got = after.get(column).cloned().unwrap_or_default();
                    if got != expected {
                        problems.push(format!("{column}: expected {expected}, got {got}"));
                    }
                }
            }
        }
    }

    /// Holds what is said at the end against the part of it that is expected.
    pub(super) fn says(&self, said: Option<&str>, problems: &mut Vec<String>) {
        let said = said.unwrap_or_default();
        if let Some(part) = &self.trial.expect.says
            && (!said.contains(part.as_str()) || part.is_empty() != said.is_empty())
        {
            problems.push(format!("says: expected \"{part}\", got \"{said}\""));
        }
    }

    /// Says when what came differs from what is expected, if anything is.
    pub(super) fn same<T: PartialEq>(
        what: &str,
        expected: Option<T>,
        got: T,
        told: impl Fn(&T) -> String,
        problems: &mut Vec<String>,
    ) {
        if let Some(expected) = expected
            && expected != got
        {
            problems.push(format!(
                "{what}: expected {}, got {}",
                told(&expected),
                told(&got)
            ));
        }
    }
}

/// What templates see as `row`.
pub(super) fn row_json(row: &Values) -> Json {
    let columns = row
        .iter()
        .map(|(name, value)| (name.clone(), value.to_json()));
    let own = ["wave", "phase"].map(|name| (name.to_owned(), Json::Null));
    columns.chain(own).collect::<Map<_, _>>().into()
}

pub(super) fn yes_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}
