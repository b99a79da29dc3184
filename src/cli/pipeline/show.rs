//! `drover pipeline show`: what a file does, in words.

use super::{FileArgs, standing};
use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::output::{Output, Paint};
use crate::cli::pipelines::refused;
use crate::model::rule::Condition;
use crate::pipeline::definition::{
    Asks, Check, Intake, Ladder, Rhythm, Source, Stage, Step, Target, Then,
};
use crate::pipeline::{Pipeline, parse};
use serde_json::{Value as Json, json};

pub fn run(context: &mut Context, args: &FileArgs) -> Result<Exit, CliError> {
    let (name, text) = args.text(context)?;
    let pipeline = parse(&name, &text).map_err(|faults| refused(&name, &faults))?;
    if context.json() {
        context.out.json(&as_json(&pipeline))?;
    } else {
        write(&mut context.out, &pipeline)?;
    }
    Ok(Exit::Done)
}

fn write(out: &mut Output, pipeline: &Pipeline) -> Result<(), CliError> {
    let title = out.paint(Paint::Bold, &pipeline.title);
    let version: String = pipeline.version.chars().take(12).collect();
    out.line(format_args!(
        "{title}  ({}, version {version})",
        pipeline.name
    ))?;
    out.line(&pipeline.about)?;
    out.line(format_args!(
        "One row is a {}, named by its {}. Times of day are {}.",
        pipeline.subject, pipeline.key, pipeline.timezone
    ))?;
    heading(out, "Intakes")?;
    for intake in &pipeline.intakes {
        self::intake(out, intake)?;
    }
    heading(out, "Stages")?;
    for stage in &pipeline.stages {
        self::stage(out, stage)?;
    }
    heading(out, "Ladders")?;
    for ladder in &pipeline.ladders {
        self::ladder(out, ladder)?;
    }
    if !pipeline.checks.is_empty() {
        heading(out, "Checks")?;
    }
    for check in &pipeline.checks {
        self::check(out, pipeline, check)?;
    }
    heading(out, "Phases, the first that holds")?;
    for phase in &pipeline.phases {
        out.line(format_args!("  {}: {}", phase.name, phase.when))?;
    }
    standing::write(out, pipeline)?;
    heading(out, "Settings")?;
    for setting in &pipeline.settings {
        out.line(format_args!(
            "  {} = {}  {}",
            setting.name, setting.value, setting.about
        ))?;
    }
    Ok(())
}

pub(super) fn heading(out: &mut Output, title: &str) -> Result<(), CliError> {
    out.line("")?;
    let title = out.paint(Paint::Bold, title);
    out.line(title)
}

pub(super) fn named(
    out: &mut Output,
    name: &str,
    title: &str,
    about: &str,
) -> Result<(), CliError> {
    let name = out.paint(Paint::Bold, name);
    out.line(format_args!("  {name} · {title}"))?;
    if about.is_empty() {
        Ok(())
    } else {
        out.line(format_args!("    {about}"))
    }
}

fn intake(out: &mut Output, intake: &Intake) -> Result<(), CliError> {
    named(out, &intake.name, &intake.title, &intake.about)?;
    out.line(format_args!("    {}", heard(&intake.source)))?;
    let columns: Vec<&str> = intake.set.iter().map(|(name, _)| name.as_str()).collect();
    let makes = if intake.create {
        ", makes unknown rows"
    } else {
        ""
    };
    out.line(format_args!("    writes {}{makes}", columns.join(", ")))
}

fn heard(source: &Source) -> String {
    match source {
        Source::Webhook { path, .. } => format!("hears POST /hooks/{path}"),
        Source::Poll { call, rhythm, .. } => match rhythm {
            Rhythm::Every(span) => format!("asks {call} every {span}"),
            Rhythm::At(cron) => format!("asks {call} at {}", cron.text),
        },
    }
}

fn stage(out: &mut Output, stage: &Stage) -> Result<(), CliError> {
    named(out, &stage.name, &stage.title, &stage.about)?;
    let mut facts = vec![format!("{} rows at a time", stage.parallel)];
    facts.extend(
        stage
            .window
            .as_ref()
            .map(|window| format!("in the window {window}")),
    );
    facts.extend(
        stage
            .sweep
            .as_ref()
            .map(|cron| format!("sweeps at {}", cron.text)),
    );
    if stage.waves {
        facts.push("open waves only".into());
    }
    if !stage.checks.is_empty() {
        facts.push(format!("while ok: {}", stage.checks.join(", ")));
    }
    facts.push(format!(
        "{} attempts, then {}",
        stage.retry.attempts,
        then(&stage.then)
    ));
    out.line(format_args!("    {}", facts.join("; ")))?;
    conditions(out, "when", &stage.gate)?;
    for step in &stage.steps {
        self::step(out, step)?;
    }
    let columns: Vec<&str> = stage.set.iter().map(|(name, _)| name.as_str()).collect();
    if columns.is_empty() {
        return Ok(());
    }
    out.line(format_args!("    writes {}", columns.join(", ")))
}

fn check(out: &mut Output, pipeline: &Pipeline, check: &Check) -> Result<(), CliError> {
    named(out, &check.name, &check.title, &check.about)?;
    let mut facts = vec![format!("asked every {}", check.every)];
    if !check.after.is_empty() {
        facts.push(format!("after {}", check.after.join(", ")));
    }
    let once_all = check.once_all.as_ref();
    facts.extend(once_all.map(|sql| format!("once every {}: {sql}", pipeline.subject)));
    let behind = pipeline.stages_behind(&check.name);
    if !behind.is_empty() {
        let behind: Vec<&str> = behind.iter().map(|stage| stage.name.as_str()).collect();
        facts.push(format!("keeps back {}", behind.join(", ")));
    }
    out.line(format_args!("    {}", facts.join("; ")))?;
    match &check.asks {
        Asks::Outside { steps, ok_if } => {
            for step in steps {
                self::step(out, step)?;
            }
            out.line(format_args!("    ok if {}", ok_if.source))
        }
        Asks::NoRow(sql) => out.line(format_args!(
            "    ok while no {} meets {sql}",
            pipeline.subject
        )),
    }
}

fn checks_json(pipeline: &Pipeline) -> Vec<Json> {
    let one = |check: &Check| {
        let (ok_if, no_row) = match &check.asks {
            Asks::Outside { ok_if, .. } => (Some(&ok_if.source), None),
            Asks::NoRow(sql) => (None, Some(sql)),
        };
        let stages = pipeline.stages_behind(&check.name);
        let stages: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        json!({"name": check.name, "title": check.title, "about": check.about, "every": check.every, "after": check.after,
               "once_all": check.once_all, "ok_if": ok_if, "no_row": no_row, "keeps_back": stages})
    };
    pipeline.checks.iter().map(one).collect()
}

pub(super) fn conditions(out: &mut Output, word: &str, list: &[Condition]) -> Result<(), CliError> {
    for condition in list {
        let sql = out.paint(Paint::Dim, &condition.sql);
        out.line(format_args!("    {word} {}  {sql}", condition.title))?;
    }
    Ok(())
}

fn step(out: &mut Output, step: &Step) -> Result<(), CliError> {
    let call = match &step.call {
        Target::Action(name) => name.clone(),
        Target::Helper(name) => format!("helper.{name}"),
    };
    let condition = step
        .when
        .as_ref()
        .map_or(String::new(), |when| format!(", when {}", when.source));
    out.line(format_args!("    → {} ({call}{condition})", step.title))
}

fn ladder(out: &mut Output, ladder: &Ladder) -> Result<(), CliError> {
    named(out, &ladder.name, &ladder.title, &ladder.about)?;
    conditions(out, "stuck when", &ladder.stuck)?;
    for (number, rung) in ladder.rungs.iter().enumerate() {
        out.line(format_args!(
            "    {}. {} (at most {} times, then {} to let it work)",
            number + 1,
            rung.title,
            rung.limit,
            rung.wait
        ))?;
    }
    out.line(format_args!("    in the end: {}", then(&ladder.after)))
}

fn then(then: &Then) -> String {
    match then {
        Then::Hold => "an operator must look".into(),
        Then::Helper(name) => format!("the helper {name}"),
        Then::Ticket => "a ticket".into(),
        Then::Page => "a page".into(),
    }
}

fn as_json(pipeline: &Pipeline) -> Json {
    let gate = |list: &[Condition]| -> Vec<Json> {
        let one = |c: &Condition| json!({"title": c.title, "sql": c.sql});
        list.iter().map(one).collect()
    };
    let columns = pipeline.columns.iter().map(|c| {
        json!({"name": c.name, "type": c.kind.word(), "title": c.title, "about": c.about, "group": c.group, "shown": c.shown})
    });
    let intakes = pipeline.intakes.iter().map(|i| {
        json!({"name": i.name, "title": i.title, "about": i.about, "source": heard(&i.source), "creates": i.create})
    });
    let stages = pipeline.stages.iter().map(|s| {
        let steps: Vec<&str> = s.steps.iter().map(|step| step.name.as_str()).collect();
        json!({"name": s.name, "title": s.title, "about": s.about, "window": s.window, "parallel": s.parallel,
               "attempts": s.retry.attempts, "then": then(&s.then), "waves": s.waves, "checks": s.checks, "gate": gate(&s.gate), "steps": steps})
    });
    let ladders = pipeline.ladders.iter().map(|l| {
        let rungs: Vec<Json> = l
            .rungs
            .iter()
            .map(|rung| json!({"title": rung.title, "limit": rung.limit, "wait": rung.wait}))
            .collect();
        json!({"name": l.name, "title": l.title, "about": l.about, "stuck": gate(&l.stuck), "rungs": rungs, "after": then(&l.after)})
    });
    let phases = pipeline
        .phases
        .iter()
        .map(|p| json!({"name": p.name, "when": p.when, "about": p.about}));
    let settings = pipeline.settings.iter().map(|s| {
        json!({"name": s.name, "type": s.kind.word(), "value": s.value.to_json(), "about": s.about})
    });
    let mut json = json!({
        "name": pipeline.name,
        "title": pipeline.title,
        "about": pipeline.about,
        "subject": pipeline.subject,
        "key": pipeline.key,
        "timezone": pipeline.timezone.name(),
        "version": pipeline.version,
        "columns": columns.collect::<Vec<_>>(),
        "phases": phases.collect::<Vec<_>>(),
        "intakes": intakes.collect::<Vec<_>>(),
        "stages": stages.collect::<Vec<_>>(),
        "ladders": ladders.collect::<Vec<_>>(),
        "checks": checks_json(pipeline),
        "settings": settings.collect::<Vec<_>>(),
    });
    standing::add_json(&mut json, pipeline);
    json
}
