//! `drover pipeline test`: runs a file's own trials. Nothing outside is called.

use super::FileArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Paint;
use crate::cli::pipelines::{catalogue, judge, refused};
use crate::pipeline::parse;
use crate::pipeline::trial::run_trial;
use serde_json::json;

#[derive(clap::Args, Debug)]
pub struct TestArgs {
    #[command(flatten)]
    pub file: FileArgs,
    /// Only trials whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub only: Option<String>,
}

pub fn run(context: &mut Context, args: &TestArgs) -> Result<Exit, CliError> {
    let (name, text) = args.file.text(context)?;
    let pipeline = parse(&name, &text).map_err(|faults| refused(&name, &faults))?;
    let (catalogue, judge) = (catalogue(), judge()?);
    let wanted = |name: &str| args.only.as_ref().is_none_or(|part| name.contains(part));
    let reports: Vec<_> = pipeline
        .trials
        .iter()
        .filter(|trial| wanted(&trial.name))
        .map(|trial| run_trial(&pipeline, trial, &catalogue, &judge))
        .collect();
    if reports.is_empty() {
        return Err(CliError::usage(format!(
            "{name} has no such [[trial]]; nothing was tried"
        )));
    }
    let failed = reports.iter().filter(|report| !report.passed).count();
    if context.json() {
        let list: Vec<_> = reports
            .iter()
            .map(|r| json!({"name": r.name, "passed": r.passed, "problems": r.problems}))
            .collect();
        let passed = reports.len() - failed;
        context
            .out
            .json(&json!({"file": name, "passed": passed, "failed": failed, "trials": list}))?;
    } else {
        for report in &reports {
            let sign = if report.passed {
                context.out.paint(Paint::Good, "✓")
            } else {
                context.out.paint(Paint::Bad, "✗")
            };
            context.out.line(format_args!("{sign} {}", report.name))?;
            for problem in &report.problems {
                context.out.line(format_args!("    {problem}"))?;
            }
        }
        let passed = reports.len() - failed;
        context
            .out
            .line(format_args!("{passed} passed, {failed} failed"))?;
    }
    Ok(if failed == 0 {
        Exit::Done
    } else {
        Exit::Failed
    })
}
