//! The shipped pipelines hold what their trials promise, and the trials look at all of it.

use super::catalogue;
use drover::pipeline::definition::Ladder;
use drover::pipeline::trial::{TrialOf, run_trial};
use drover::pipeline::{Pipeline, SHIPPED, parse};
use drover::store::Judge;
use std::collections::BTreeSet;

fn shipped() -> impl Iterator<Item = Pipeline> {
    let parsed = |(name, text): (&str, &str)| parse(name, text).unwrap();
    SHIPPED.into_iter().map(parsed)
}

/// The trials of one stage, ladder or intake that do not pass.
fn failing(pipeline: &Pipeline, of: &TrialOf, judge: &Judge) -> Vec<String> {
    let trials = pipeline.trials.iter().filter(|trial| trial.of == *of);
    trials
        .map(|trial| run_trial(pipeline, trial, &catalogue(), judge))
        .filter(|report| !report.passed)
        .map(|report| format!("{}: {}", report.name, report.problems.join("; ")))
        .collect()
}

#[test]
fn every_stage_ladder_and_intake_is_tried() {
    for pipeline in shipped() {
        let tried: BTreeSet<_> = pipeline
            .trials
            .iter()
            .map(|trial| trial.of.name())
            .collect();
        let stages = pipeline.stages.iter().map(|stage| &stage.name);
        let ladders = pipeline.ladders.iter().map(|ladder| &ladder.name);
        let intakes = pipeline.intakes.iter().map(|intake| &intake.name);
        for name in stages.chain(ladders).chain(intakes) {
            assert!(tried.contains(name.as_str()), "{name} has no trial");
        }
    }
}

#[test]
fn no_condition_of_a_gate_can_be_dropped_unnoticed() {
    let judge = Judge::new().unwrap();
    let unnoticed: Vec<_> = shipped()
        .flat_map(|pipeline| droppable(&pipeline, &judge))
        .collect();
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

/// The conditions of which no trial notices that they are gone.
fn droppable(pipeline: &Pipeline, judge: &Judge) -> Vec<String> {
    let mut unnoticed = Vec::new();
    for at in 0..pipeline.stages.len() {
        for condition in 0..pipeline.stages[at].gate.len() {
            let mut other = pipeline.clone();
            let stage = &mut other.stages[at];
            "1".clone_into(&mut stage.gate[condition].sql);
            let (name, title) = (stage.name.clone(), stage.gate[condition].title.clone());
            if failing(&other, &TrialOf::Stage(name.clone()), judge).is_empty() {
                unnoticed.push(format!("{name}: {title}"));
            }
        }
    }
    for at in 0..pipeline.ladders.len() {
        for condition in 0..pipeline.ladders[at].stuck.len() {
            let mut other = pipeline.clone();
            let ladder = &mut other.ladders[at];
            "1".clone_into(&mut ladder.stuck[condition].sql);
            let (name, title) = (ladder.name.clone(), ladder.stuck[condition].title.clone());
            if failing(&other, &TrialOf::Ladder(name.clone()), judge).is_empty() {
                unnoticed.push(format!("{name}: {title}"));
            }
        }
    }
    unnoticed
}

#[test]
fn every_rung_and_every_ladders_end_is_tried() {
    for pipeline in shipped() {
        for ladder in &pipeline.ladders {
            let untried = untried(&pipeline, ladder);
            assert!(untried.is_empty(), "{}: {untried:?}", ladder.name);
        }
    }
}

/// Titles of rungs that no trial comes to; the empty one is the ladder's end.
fn untried(pipeline: &Pipeline, ladder: &Ladder) -> Vec<String> {
    let of = TrialOf::Ladder(ladder.name.clone());
    let tried: BTreeSet<_> = pipeline
        .trials
        .iter()
        .filter(|trial| trial.of == of)
        .filter_map(|trial| trial.expect.rung.as_deref())
        .collect();
    let rungs = ladder.rungs.iter().map(|rung| rung.title.as_str());
    rungs
        .chain([""])
        .filter(|title| !tried.contains(title))
        .map(str::to_owned)
        .collect()
}
