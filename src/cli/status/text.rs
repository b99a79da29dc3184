//! One screen.

use super::checks;
use super::survey::{Queue, Survey};
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::output::{Output, Paint, counted};
use crate::cli::table::{Cell, Table};
use crate::cli::waiting::short;
use crate::store::SwitchKind;

/// Reasons and failures shown on one screen; `--json` has all.
const SHOWN: usize = 5;

pub(super) fn write(context: &mut Context, survey: &Survey) -> Result<(), CliError> {
    let out = &mut context.out;
    head(out, survey)?;
    phases(out, survey)?;
    queues(out, &survey.queues)?;
    checks::write(out, &survey.checks, survey.at)?;
    survey.standing.write(out, survey.at)?;
    stuck(out, survey)?;
    switches(out, survey)?;
    budget(out, survey)?;
    out.line("")?;
    if survey.attention.is_empty() {
        let with_others = match survey.with_others() {
            0 => String::new(),
            rows => format!("; {} with others (ticket or page)", counted(rows, "row")),
        };
        let text = format!("✓ nothing needs an operator{with_others}");
        let text = out.paint(Paint::Good, &text);
        return out.line(text);
    }
    for sentence in &survey.attention {
        let text = out.paint(Paint::Bad, &format!("! {sentence}"));
        out.line(text)?;
    }
    Ok(())
}

fn heading(out: &mut Output, title: &str) -> Result<(), CliError> {
    out.line("")?;
    let title = out.paint(Paint::Bold, title);
    out.line(title)
}

fn head(out: &mut Output, survey: &Survey) -> Result<(), CliError> {
    let name = survey.pipeline.as_deref().unwrap_or("drover");
    let name = out.paint(Paint::Bold, name);
    let engine = if survey.engine.alive {
        out.paint(Paint::Good, "engine running")
    } else {
        out.paint(Paint::Warn, "no engine")
    };
    out.line(format_args!("{name}  {engine}  {}", short(survey.at)))?;
    match survey.done {
        Some(done) => out.line(format_args!(
            "{done} of {} complete ({})",
            survey.rows,
            share(done, survey.rows)
        ))?,
        None => out.line(format_args!("{} rows", survey.rows))?,
    }
    let Some(forecast) = survey.forecast.as_ref().filter(|f| f.left > 0) else {
        return Ok(());
    };
    match forecast.done_at {
        Some(at) => out.line(format_args!(
            "{} left, {:.1} an hour: done about {}{}, if nothing waits for people",
            forecast.left,
            forecast.per_hour,
            short(at),
            match (forecast.early, forecast.late) {
                (Some(early), Some(late)) =>
                    format!(" (between {} and {})", short(early), short(late)),
                _ => String::new(),
            }
        )),
        None => out.line(format_args!(
            "{} left; nothing was completed in the last hours",
            forecast.left
        )),
    }
}

fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".into();
    }
    // Rounded down: 100 % means every one.
    format!("{} %", part * 100 / whole)
}

fn phases(out: &mut Output, survey: &Survey) -> Result<(), CliError> {
    heading(out, "Phases")?;
    let mut table = Table::new(["Phase", "Rows", ""]);
    for count in survey.phases.iter().filter(|count| count.rows > 0) {
        table.push([
            count.phase.as_deref().unwrap_or("no phase").into(),
            count.rows.to_string().into(),
            share(count.rows, survey.rows).into(),
        ]);
    }
    table.print(out)
}

fn queues(out: &mut Output, queues: &[Queue]) -> Result<(), CliError> {
    heading(out, "Stages and ladders")?;
    let mut table = Table::new([
        "",
        "Name",
        "Queued",
        "Later",
        "Running",
        "Waiting",
        "Backing off",
        "Held",
    ]);
    for queue in queues {
        let count = &queue.count;
        let number = |n: u64| match n {
            0 => Cell::painted(Paint::Dim, "·"),
            n => n.to_string().into(),
        };
        table.push([
            if queue.on {
                Cell::painted(Paint::Good, "on")
            } else {
                Cell::painted(Paint::Warn, "OFF")
            },
            count.rule.as_str().into(),
            number(count.queued),
            number(count.later),
            number(count.running),
            number(count.waiting),
            number(count.backing_off),
            number(count.held),
        ]);
    }
    table.print(out)?;
    for queue in queues.iter().filter(|queue| queue.count.queued > 0) {
        for sentence in &queue.kept_back {
            let text = format!("  {} {sentence}", queue.count.rule);
            let text = out.paint(Paint::Warn, &text);
            out.line(text)?;
        }
    }
    Ok(())
}

fn stuck(out: &mut Output, survey: &Survey) -> Result<(), CliError> {
    if !survey.parked.is_empty() {
        heading(out, "Parked")?;
        let mut table = Table::new(["Rows", "Rule", "Who has it", "Why"]);
        for parked in survey.parked.iter().take(SHOWN) {
            table.push([
                parked.rows.to_string().into(),
                parked.rule.as_str().into(),
                parked.owner.as_deref().unwrap_or("nobody").into(),
                format!("{} (as {})", parked.reason, parked.example).into(),
            ]);
        }
        table.print(out)?;
    }
    if !survey.faults.is_empty() {
        heading(out, "Failures by cause")?;
        let mut table = Table::new(["ID", "Rows", "Rule", "Last", "Cause"]);
        for fault in survey.faults.iter().take(SHOWN) {
            table.push([
                fault.id.as_str().into(),
                fault.rows.to_string().into(),
                fault.rule.as_str().into(),
                format!("{} ago", survey.at.since(fault.last_at)).into(),
                format!("{}: {}", fault.kind, fault.cause).into(),
            ]);
        }
        table.print(out)?;
    }
    Ok(())
}

fn switches(out: &mut Output, survey: &Survey) -> Result<(), CliError> {
    if survey.switches.is_empty() {
        return Ok(());
    }
    heading(out, "Switches")?;
    let mut table = Table::new(["What", "Name", "State", "By", "Since", "Why"]);
    for switch in &survey.switches {
        let (what, state) = match (switch.kind, switch.on) {
            (SwitchKind::Stage, true) => ("stage", "on"),
            (SwitchKind::Stage, false) => ("stage", "OFF"),
            (SwitchKind::Wave, true) => ("wave", "open"),
            (SwitchKind::Wave, false) => ("wave", "closed"),
            (SwitchKind::Brake, _) => ("brake", "TRIPPED"),
            (SwitchKind::Stop, _) => ("stop", "STOPPED"),
            (SwitchKind::Proven, _) => ("wave", "proven"),
        };
        table.push([
            what.into(),
            switch.name.as_str().into(),
            state.into(),
            switch.by.to_string().into(),
            format!("{} ago", survey.at.since(switch.at)).into(),
            switch.reason.as_str().into(),
        ]);
    }
    table.print(out)
}

fn budget(out: &mut Output, survey: &Survey) -> Result<(), CliError> {
    let services = survey
        .budget
        .as_ref()
        .and_then(serde_json::Value::as_object);
    let Some(services) = services.filter(|services| !services.is_empty()) else {
        return Ok(());
    };
    heading(out, "Services")?;
    let mut table = Table::new([
        "Name",
        "Rate",
        "In flight",
        "Calls",
        "Failures",
        "Limited until",
    ]);
    for (name, health) in services {
        let part = |field: &str| match health.get(field) {
            None | Some(serde_json::Value::Null) => "–".to_owned(),
            Some(serde_json::Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        table.push([
            name.as_str().into(),
            rate(health).into(),
            part("in_flight").into(),
            part("calls").into(),
            part("failures").into(),
            part("limited_until").into(),
        ]);
    }
    table.print(out)
}

/// The budget in force; a service's health says 0 where there is none.
fn rate(health: &serde_json::Value) -> String {
    let rate = health
        .get("rate_per_second")
        .and_then(serde_json::Value::as_f64);
    match rate {
        Some(rate) if rate > 0.0 => format!("{rate:.1}/s"),
        _ => "no limit".to_owned(),
    }
}
