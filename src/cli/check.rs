//! `drover check`: config, pipeline, secrets, every service reached, every privilege tried, every check of the pipeline
//! asked. Changes nothing.

use super::check_asks;
use super::connect;
use super::context::Context;
use super::error::{CliError, Exit};
use super::output::Paint;
use super::pipelines;
use crate::connectors::action::{CAREFUL, Finding, Wanted};
use crate::model::clock::Clock;
use crate::model::time::{Span, Time};
use crate::pipeline::Pipeline;
use crate::store::SwitchKind;
use serde::Serialize;

/// What one service came to.
#[derive(Serialize)]
struct Checked {
    service: &'static str,
    findings: Vec<Finding>,
}

pub fn run(context: &mut Context) -> Result<Exit, CliError> {
    let config = context.config()?;
    let pipeline = pipelines::load(&config)?;
    pipelines::sound(&config, &pipeline)?;
    let clock = Clock::system();
    // All of them: without the token of [listen] no engine starts either.
    for secret in config.secrets() {
        secret
            .resolve(&context.env)
            .map_err(|error| CliError::usage(error.to_string()))?;
    }
    let registry = connect::registry(&config, &context.env, &clock)?;
    let wanted = wanted(&pipeline);
    let checked = super::runtime::runtime()?.block_on(async {
        let mut checked = Vec::new();
        for connector in registry.iter() {
            checked.push(Checked {
                service: connector.name(),
                findings: connector.check(&wanted).await,
            });
        }
        if !pipeline.checks.is_empty() {
            checked.push(Checked {
                service: "checks",
                findings: check_asks::ask_all(&pipeline, &registry, &clock).await,
            });
        }
        checked
    });
    let checked: Vec<Checked> = standstill(context).into_iter().chain(checked).collect();
    let missing = missing(&pipeline, &registry);
    let all_well = missing.is_empty()
        && checked
            .iter()
            .all(|service| service.findings.iter().all(|f| f.ok));
    let nights = odd_nights(&pipeline, clock.now());
    if context.json() {
        context.out.json(&serde_json::json!({
            "ok": all_well, "services": checked, "not_configured": missing, "odd_nights": nights,
        }))?;
    } else {
        print(context, &pipeline, &checked, &missing)?;
        for night in &nights {
            context.out.line(format_args!("\n! {night}"))?;
        }
    }
    Ok(if all_well {
        Exit::Done
    } else {
        Exit::Attention
    })
}

/// Why an engine on this store sends nothing, whatever its services say; nothing where it sends or there is none yet.
fn standstill(context: &Context) -> Option<Checked> {
    let reader = context.reader().ok()?;
    let kept = reader.look(|view| {
        let stop = view.switch(SwitchKind::Stop, "*")?;
        Ok((view.note("restored")?, view.halts()?, stop))
    });
    let (restored, halts, stop) = kept.ok()?;
    let finding = |subject: &str, detail: String| Finding {
        subject: subject.into(),
        ok: false,
        detail,
    };
    let mut findings = Vec::new();
    if let Some(note) = restored.filter(|note| !note.is_null()) {
        let from = note["from"].as_str().unwrap_or("an older copy");
        let detail = format!(
            "from {from}; the next engine looks up what was done since, and sends nothing before `drover resume`"
        );
        findings.push(finding("restored", detail));
    }
    let halts = halts.into_iter().map(|halt| halt.why);
    findings.extend(halts.map(|why| finding("nothing is sent", why)));
    if let Some(stop) = stop.filter(|stop| stop.on) {
        let detail = format!("by {}: {}; `drover resume` goes on", stop.by, stop.reason);
        findings.push(finding("stopped", detail));
    }
    (!findings.is_empty()).then_some(Checked {
        service: "store",
        findings,
    })
}

/// Nights of the coming year that a change of the clock makes longer, shorter, or leaves out.
fn odd_nights(pipeline: &Pipeline, now: Time) -> Vec<String> {
    let year = now.plus(Span::from_hours(365 * 24));
    let windows = pipeline.windows.values();
    windows
        .flat_map(|window| window.odd_nights(now, year))
        .map(|night| night.says)
        .collect()
}

fn print(
    context: &mut Context,
    pipeline: &Pipeline,
    checked: &[Checked],
    missing: &[String],
) -> Result<(), CliError> {
    context
        .out
        .line(format_args!("pipeline {}: sound", pipeline.name))?;
    for service in checked {
        context.out.line(format_args!("\n{}", service.service))?;
        for finding in &service.findings {
            let sign = if finding.detail.starts_with(CAREFUL) {
                context.out.paint(Paint::Warn, "!")
            } else if finding.ok {
                context.out.paint(Paint::Good, "✓")
            } else {
                context.out.paint(Paint::Bad, "✗")
            };
            context.out.line(format_args!(
                "  {sign} {}: {}",
                finding.subject, finding.detail
            ))?;
        }
    }
    for connector in missing {
        context.out.line(format_args!(
            "\n{connector}\n  ✗ not configured: the pipeline calls it; add [connectors.{connector}]"
        ))?;
    }
    Ok(())
}

/// Connectors the pipeline calls and the configuration does not have.
fn missing(pipeline: &Pipeline, registry: &crate::connectors::action::Registry) -> Vec<String> {
    let mut missing: Vec<String> = pipeline
        .actions()
        .into_iter()
        .filter_map(|action| {
            action
                .split_once('.')
                .map(|(connector, _)| connector.to_owned())
        })
        .filter(|connector| !registry.iter().any(|known| known.name() == connector))
        .collect();
    missing.sort();
    missing.dedup();
    missing
}

/// Teams and scripts that the pipeline's settings name: settings that end in `_team` and `_script`.
fn wanted(pipeline: &Pipeline) -> Wanted {
    let named = |ending: &str| {
        let settings = pipeline
            .settings
            .iter()
            .filter(|setting| setting.name.ends_with(ending));
        settings
            .filter_map(|setting| setting.value.as_text().map(str::to_owned))
            .collect()
    };
    Wanted {
        teams: named("_team"),
        scripts: named("_script"),
    }
}
