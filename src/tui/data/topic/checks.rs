//! The checks, each with what was found and who waits for it.

use super::search::Search;
use crate::model::time::Time;
use crate::store::{CheckRecord, StoreError, View};
use crate::tui::data::{Names, Stand, Standing};

/// Parts of a line that can be searched alone.
const PARTS: &[&str] = &["check", "state", "found"];

/// The checks, those that failed first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ChecksTopic {
    pub checks: Vec<CheckLine>,
    /// Checks there are, of which those are the ones with the words.
    pub all: usize,
}

/// One check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckLine {
    pub name: String,
    /// When it was read.
    pub stand: Stand,
    /// `None` when it was never asked.
    pub record: Option<CheckRecord>,
    /// Stages that take rows only while it is ok.
    pub stages: Vec<String>,
    /// Checks that are not due before it is ok.
    pub before: Vec<String>,
}

impl ChecksTopic {
    pub fn read(
        view: &View<'_>,
        search: &str,
        names: &Names,
        now: Time,
    ) -> Result<Self, StoreError> {
        let Some(pipeline) = names.pipeline() else {
            return Ok(Self::default());
        };
        let standing = Standing::read(view, names)?;
        let mut checks: Vec<CheckLine> = Vec::new();
        for check in &pipeline.checks {
            let stages = pipeline.stages.iter();
            let stages = stages.filter(|stage| stage.checks.contains(&check.name));
            let others = pipeline.checks.iter();
            let before = others.filter(|other| other.after.contains(&check.name));
            checks.push(CheckLine {
                name: check.name.clone(),
                stand: standing.stand(check, now),
                record: standing.check(&check.name).cloned(),
                stages: stages.map(|stage| stage.name.clone()).collect(),
                before: before.map(|other| other.name.clone()).collect(),
            });
        }
        let all = checks.len();
        let search = Search::new(search, PARTS);
        checks.retain(|line| {
            let text = line.record.as_ref().map_or("", |record| &record.text);
            search.finds(&[
                ("check", names.check(&line.name)),
                ("check", &line.name),
                ("state", line.stand.word()),
                ("found", text),
            ])
        });
        checks.sort_by_key(|line| line.stand);
        Ok(Self { checks, all })
    }

    pub fn check(&self, name: &str) -> Option<&CheckLine> {
        self.checks.iter().find(|line| line.name == name)
    }

    pub fn ids(&self) -> Vec<String> {
        self.checks.iter().map(|line| line.name.clone()).collect()
    }
}
