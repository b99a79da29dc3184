//! The checks, in their order.

use crate::model::action::Catalogue;
use crate::model::judge::SqlJudge;
use crate::pipeline::definition::{Pipeline, Step};
use crate::pipeline::finding::{self, Finding, Places, Report};
use crate::pipeline::parse::{Reading, read};

/// Everything that is wrong with a pipeline, in the order of its file. `places` are where its parts stand.
pub fn check(
    pipeline: &Pipeline,
    catalogue: &Catalogue,
    judge: &dyn SqlJudge,
    places: &Places,
) -> Vec<Finding> {
    let mut checker = Checker {
        pipeline,
        catalogue,
        judge,
        report: Report::new(places),
    };
    checker.shapes();
    checker.calls();
    checker.only_reads();
    checker.templates();
    checker.mirrors();
    checker.act_templates();
    let mut reads = checker.sql();
    reads.extend(checker.standing_sql());
    checker.flow(&reads);
    finding::sorted(checker.report.findings())
}

/// Reads and checks a text: the pipeline as far as it can be read, and every finding of both.
pub fn examine(
    file_name: &str,
    text: &str,
    catalogue: &Catalogue,
    judge: &dyn SqlJudge,
) -> Reading {
    let mut reading = read(file_name, text);
    if reading.readable {
        let found = check(&reading.pipeline, catalogue, judge, &reading.places);
        reading.findings.extend(found);
        reading.findings = finding::sorted(reading.findings);
    }
    reading
}

pub(super) struct Checker<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) catalogue: &'a Catalogue,
    pub(super) judge: &'a dyn SqlJudge,
    pub(super) report: Report<'a>,
}

/// Columns of a row that no file declares, and that conditions and templates may read.
pub(super) const BUILT_IN: [&str; 2] = ["wave", "phase"];

/// The store's own columns, which no condition may read.
pub(super) const STORES_OWN: [&str; 5] =
    ["id", "phase_since", "version", "created_at", "updated_at"];

impl<'a> Checker<'a> {
    pub(super) fn column_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.pipeline
            .columns
            .iter()
            .map(|column| column.name.as_str())
    }

    pub(super) fn setting_names(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.pipeline
            .settings
            .iter()
            .map(|setting| setting.name.as_str())
    }

    /// Every step with its path: of stages, helpers, ladders and checks.
    pub(super) fn steps(&self) -> Vec<(String, &'a Step)> {
        let pipeline = self.pipeline;
        let stages = pipeline.stages.iter().flat_map(|stage| {
            let path =
                move |step: &'a Step| (format!("stage.{}.step.{}", stage.name, step.name), step);
            stage.steps.iter().map(path)
        });
        let helpers = pipeline.helpers.iter().flat_map(|helper| {
            let path =
                move |step: &'a Step| (format!("helper.{}.step.{}", helper.name, step.name), step);
            helper.steps.iter().map(path)
        });
        let ladders = pipeline.ladders.iter().flat_map(|ladder| {
            let rungs = ladder.rungs.iter().enumerate();
            rungs.map(|(number, rung)| {
                (
                    format!("ladder.{}.rung.{}", ladder.name, number + 1),
                    &rung.step,
                )
            })
        });
        stages
            .chain(helpers)
            .chain(ladders)
            .chain(self.asked_steps())
            .collect()
    }
}
