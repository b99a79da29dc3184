//! The shipped pipeline holds what its trials promise, and its trials look at all of it.

use super::catalogue;
use drover::pipeline::trial::{TrialOf, run_trial};
use drover::pipeline::{Pipeline, parse};
use drover::store::Judge;
use std::collections::BTreeSet;

fn shipped() -> Pipeline {
    let text = include_str!("../../../assets/pipelines/jamf-to-fleet.toml");
    parse("jamf-to-fleet.toml", text).unwrap()
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
    let pipeline = shipped();
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

#[test]
fn no_condition_of_a_gate_can_be_dropped_unnoticed() {
    let (pipeline, judge) = (shipped(), Judge::new().unwrap());
    let mut unnoticed = Vec::new();
    for at in 0..pipeline.stages.len() {
        for condition in 0..pipeline.stages[at].gate.len() {
            let mut other = pipeline.clone();
            let stage = &mut other.stages[at];
            "1".clone_into(&mut stage.gate[condition].sql);
            let (name, title) = (stage.name.clone(), stage.gate[condition].title.clone());
            if failing(&other, &TrialOf::Stage(name.clone()), &judge).is_empty() {
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
            if failing(&other, &TrialOf::Ladder(name.clone()), &judge).is_empty() {
                unnoticed.push(format!("{name}: {title}"));
            }
        }
    }
    assert!(unnoticed.is_empty(), "{}", unnoticed.join("\n"));
}

#[test]
fn every_rung_and_every_ladders_end_is_tried() {
    let pipeline = shipped();
    for ladder in &pipeline.ladders {
        let of = TrialOf::Ladder(ladder.name.clone());
        let tried: BTreeSet<_> = pipeline
            .trials
            .iter()
            .filter(|trial| trial.of == of)
            .filter_map(|trial| trial.expect.rung.as_deref())
            .collect();
        for rung in &ladder.rungs {
            let title = rung.title.as_str();
            assert!(tried.contains(title), "{}: {title}", ladder.name);
        }
        assert!(tried.contains(""), "{}: its end", ladder.name);
    }
}
