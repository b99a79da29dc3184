//! A trial of a stage or a ladder: is the row taken, and what does the attempt come to.

use super::case::Ending;
use super::drive::{Drive, Run};
use super::run::{Bench, yes_no};
use crate::model::row::Values;
use crate::model::rule::Condition;
use crate::model::time::Span;
use crate::pipeline::definition::{Ladder, Retry, Rung};
use crate::pipeline::template::Context;
use crate::pipeline::walk::Unit;

pub(super) fn stage(bench: &Bench<'_>, name: &str, row: &Values, problems: &mut Vec<String>) {
    let Some(stage) = bench.pipeline.stage(name) else {
        problems.push(format!("there is no stage {name}"));
        return;
    };
    if !is_taken(bench, &stage.gate, row, problems) {
        return;
    }
    let unit = Unit {
        pipeline: bench.pipeline,
        steps: &stage.steps,
        set: &stage.set,
        notify: stage.notify.as_ref(),
        retry: &stage.retry,
        number: 1,
    };
    attempt(bench, unit, row, problems);
}

pub(super) fn ladder(bench: &Bench<'_>, name: &str, row: &Values, problems: &mut Vec<String>) {
    let Some(ladder) = bench.pipeline.ladder(name) else {
        problems.push(format!("there is no ladder {name}"));
        return;
    };
    if !is_taken(bench, &ladder.stuck, row, problems) {
        return;
    }
    let rung = match rung(bench, ladder, row) {
        Ok(rung) => rung,
        Err(why) => {
            problems.push(why);
            return;
        }
    };
    let told = |title: &String| {
        if title.is_empty() {
            "none left".to_owned()
        } else {
            title.clone()
        }
    };
    let title = rung.map(|rung| rung.title.clone()).unwrap_or_default();
    Bench::same(
        "rung",
        bench.trial.expect.rung.clone(),
        title,
        told,
        problems,
    );
    let Some(rung) = rung else {
        no_attempt(bench, "no rung is left", problems);
        ticket(bench, ladder, row, problems);
        bench.compare(row, bench.trial.now, problems);
        return;
    };
    let once = Retry {
        attempts: 1,
        wait: Span::ZERO,
        factor: 1.0,
        most: Span::ZERO,
        on: None,
    };
    let unit = Unit {
        pipeline: bench.pipeline,
        steps: std::slice::from_ref(&rung.step),
        set: &rung.set,
        notify: None,
        retry: &once,
        number: 1,
    };
    attempt(bench, unit, row, problems);
}

/// What is said when no rung is left.
fn ticket(bench: &Bench<'_>, ladder: &Ladder, row: &Values, problems: &mut Vec<String>) {
    let text = ladder.text.as_ref();
    match text
        .map(|text| text.render_text(&context(bench, row)))
        .transpose()
    {
        Ok(text) => bench.says(text.as_deref(), problems),
        Err(error) => problems.push(format!("the ladder's text: {error}")),
    }
}

fn context(bench: &Bench<'_>, row: &Values) -> Context {
    Context {
        row: Some(super::run::row_json(row)),
        settings: bench.pipeline.settings_json(),
        now: Some(bench.trial.now),
        ..Context::default()
    }
}

/// The rung whose turn it is after `tries` earlier ones; those whose `when` does not hold are passed over.
fn rung<'p>(
    bench: &Bench<'p>,
    ladder: &'p Ladder,
    row: &Values,
) -> Result<Option<&'p Rung>, String> {
    let context = context(bench, row);
    let mut tried = bench.trial.tries;
    for rung in &ladder.rungs {
        if let Some(when) = &rung.step.when
            && !when
                .holds(&context)
                .map_err(|error| format!("rung {}, when: {error}", rung.title))?
        {
            continue;
        }
        if tried < rung.limit {
            return Ok(Some(rung));
        }
        tried -= rung.limit;
    }
    Ok(None)
}

/// The first condition that keeps a row out, and whether it does not hold or is unknown; an error is a condition that
/// cannot be judged.
fn closed(bench: &Bench<'_>, gate: &[Condition], row: &Values) -> Result<Option<String>, String> {
    for Condition { title, sql, .. } in gate {
        match bench.weigh(sql, row) {
            Ok(Some(true)) => {}
            Ok(Some(false)) => return Ok(Some(format!("\"{title}\" does not hold"))),
            Ok(None) => return Ok(Some(format!("\"{title}\" is unknown"))),
            Err(why) => return Err(format!("\"{title}\" cannot be judged: {why}")),
        }
    }
    Ok(None)
}

/// Tries each change that must keep the row from being taken.
fn unless(bench: &Bench<'_>, gate: &[Condition], row: &Values, problems: &mut Vec<String>) {
    for change in &bench.trial.unless {
        let mut other = row.clone();
        bench.put(&mut other, change, problems);
        match closed(bench, gate, &other) {
            Ok(Some(_)) => {}
            Ok(None) => {
                let told = change.iter().map(|(column, _)| {
                    format!(
                        "{column} = {}",
                        other.get(column).cloned().unwrap_or_default()
                    )
                });
                let told: Vec<_> = told.collect();
                problems.push(format!("it is taken with {} too", told.join(", ")));
            }
            Err(why) => problems.push(why),
        }
    }
}

/// Judges the gate, and says whether there is an attempt to look at.
fn is_taken(
    bench: &Bench<'_>,
    gate: &[Condition],
    row: &Values,
    problems: &mut Vec<String>,
) -> bool {
    let closed = match closed(bench, gate, row) {
        Ok(closed) => closed,
        Err(why) => {
            problems.push(why);
            return false;
        }
    };
    let expected = bench.trial.expect.taken;
    match closed {
        None => {
            Bench::same("taken", expected, true, |yes| yes_no(*yes), problems);
            unless(bench, gate, row, problems);
        }
        Some(why) if expected == Some(true) => {
            problems.push(format!("the row is not taken: {why}"));
        }
        Some(why) => {
            no_attempt(bench, &why, problems);
            bench.compare(row, bench.trial.now, problems);
            return false;
        }
    }
    problems.is_empty()
}

/// What is expected of an attempt that never was.
fn no_attempt(bench: &Bench<'_>, why: &str, problems: &mut Vec<String>) {
    let expect = &bench.trial.expect;
    if expect.state.is_some()
        || expect.fault.is_some()
        || expect.calls.as_ref().is_some_and(|calls| !calls.is_empty())
    {
        problems.push(format!("there was no attempt: {why}"));
    }
}

fn attempt(bench: &Bench<'_>, unit: Unit<'_>, row: &Values, problems: &mut Vec<String>) {
    let mut run = Run::default();
    let ended = Drive::new(bench.trial, bench.catalogue, unit, row).go(&mut run);
    let expect = &bench.trial.expect;
    problems.extend(run.problems);
    let list = |calls: &Vec<String>| {
        if calls.is_empty() {
            "none".to_owned()
        } else {
            calls.join(", ")
        }
    };
    Bench::same("calls", expect.calls.clone(), run.calls, list, problems);
    let Some(ended) = ended else {
        return;
    };
    let told = |state: &Ending| state.word().to_owned();
    if let Some(fault) = &ended.fault {
        if expect.state.is_none() && expect.fault.is_none() {
            problems.push(format!("failed at {}: {fault}", ended.at));
        }
        Bench::same(
            "fault",
            expect.fault,
            fault.kind,
            ToString::to_string,
            problems,
        );
    } else if let Some(kind) = expect.fault {
        problems.push(format!("fault: expected {kind}, got none"));
    }
    bench.says(ended.said.as_deref(), problems);
    let before = problems.len();
    Bench::same("state", expect.state, ended.state, told, problems);
    if let (Some(fault), true) = (&ended.fault, problems.len() > before) {
        problems.push(format!("failed at {}: {fault}", ended.at));
    }
    let mut after = row.clone();
    after.extend(ended.set);
    bench.compare(&after, ended.now, problems);
}
