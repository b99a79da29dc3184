//! `drover pipeline check`: every fault at once.

use super::FileArgs;
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::Paint;
use crate::cli::pipelines::{examine, load};
use serde_json::json;

pub fn run(context: &mut Context, args: &FileArgs) -> Result<Exit, CliError> {
    let (name, text) = args.text(context)?;
    let findings = examine(&name, &text)?;
    let errors = findings.iter().filter(|finding| finding.is_error()).count();
    if context.json() {
        context
            .out
            .json(&json!({"file": name, "findings": findings}))?;
    } else {
        for finding in &findings {
            let paint = if finding.is_error() {
                Paint::Bad
            } else {
                Paint::Warn
            };
            let line = context.out.paint(paint, &finding.to_string());
            context.out.line(line)?;
        }
        let warnings = findings.len() - errors;
        context.out.line(match (errors, warnings) {
            (0, 0) => format!("✓ {name} has no fault"),
            _ => format!("{name}: {errors} errors, {warnings} warnings"),
        })?;
    }
    if errors > 0 {
        return Ok(Exit::Usage);
    }
    // The configured file is also checked as it will run: with the configuration's settings and windows.
    if args.file.is_none() {
        load(&context.config()?)?;
    }
    Ok(Exit::Done)
}
