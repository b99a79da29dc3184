//! What a file says beside its rows' stages: when waves are proven, what is told outside, what operators may do.

use super::show::{conditions, heading, named};
use crate::cli::error::CliError;
use crate::cli::output::Output;
use crate::model::rule::Condition;
use crate::model::time::Span;
use crate::pipeline::Pipeline;
use crate::pipeline::definition::{Act, Mirror, Wave, WaveMembers};
use serde_json::{Value as Json, json};

pub(super) fn write(out: &mut Output, pipeline: &Pipeline) -> Result<(), CliError> {
    if !pipeline.waves.is_empty() {
        heading(out, "Waves, in order")?;
    }
    for wave in &pipeline.waves {
        let (members, opens) = (members(wave), opens(wave));
        out.line(format_args!("  {}: {members}; {opens}", wave.name))?;
    }
    conditions(out, "a row of a wave is settled when", &pipeline.proof)?;
    if !pipeline.mirrors.is_empty() {
        heading(out, "Told outside")?;
    }
    for mirror in &pipeline.mirrors {
        self::mirror(out, mirror)?;
    }
    if !pipeline.acts.is_empty() {
        heading(out, "Acts of operators")?;
    }
    for act in &pipeline.acts {
        self::act(out, act)?;
    }
    Ok(())
}

fn members(wave: &Wave) -> String {
    match &wave.members {
        WaveMembers::Named => "rows put into it by an import".to_owned(),
        WaveMembers::Condition(sql) => format!("rows for which {sql}"),
        WaveMembers::Percent { column, percent } => format!("{percent} % of rows by {column}"),
    }
}

fn opens(wave: &Wave) -> String {
    match (wave.opens, &wave.after) {
        (Some(at), _) => format!("opens at {at}"),
        (None, Some((before, Span::ZERO))) => format!("opens once {before} is proven"),
        (None, Some((before, pause))) => format!("opens {pause} after {before} is proven"),
        (None, None) => "opened by hand".to_owned(),
    }
}

fn mirror(out: &mut Output, mirror: &Mirror) -> Result<(), CliError> {
    named(out, &mirror.name, &mirror.title, &mirror.about)?;
    let (call, every) = (&mirror.call, mirror.every);
    out.line(format_args!(
        "    {call} when anything changes, and every {every}"
    ))?;
    for list in &mirror.lists {
        let marks = list.marks.as_ref();
        let marks = marks.map_or(String::new(), |column| format!("; marks {column}"));
        let (name, column, when) = (&list.name, &list.column, &list.when);
        out.line(format_args!(
            "    {name}: {column} of rows for which {when}{marks}"
        ))?;
    }
    Ok(())
}

fn act(out: &mut Output, act: &Act) -> Result<(), CliError> {
    named(out, &act.name, &act.title, &act.about)?;
    conditions(out, "when", &act.conditions)?;
    let columns: Vec<&str> = act.set.iter().map(|(name, _)| name.as_str()).collect();
    if !columns.is_empty() {
        out.line(format_args!("    writes {}", columns.join(", ")))?;
    }
    if !act.releases.is_empty() {
        let rules = act.releases.join(", ");
        out.line(format_args!("    lifts the holds of {rules}"))?;
    }
    Ok(())
}

/// The same parts for `--json`.
pub(super) fn add_json(json: &mut Json, pipeline: &Pipeline) {
    let conditions = |list: &[Condition]| -> Vec<Json> {
        let one = |c: &Condition| json!({"title": c.title, "sql": c.sql});
        list.iter().map(one).collect()
    };
    let waves = pipeline.waves.iter().map(|wave| {
        json!({"name": wave.name, "title": wave.title, "members": members(wave), "opens": opens(wave)})
    });
    let mirrors = pipeline.mirrors.iter().map(|mirror| {
        let lists = mirror.lists.iter().map(|list| {
            json!({"name": list.name, "column": list.column, "when": list.when, "marks": list.marks})
        });
        json!({"name": mirror.name, "title": mirror.title, "about": mirror.about, "call": mirror.call, "every": mirror.every,
               "lists": lists.collect::<Vec<_>>()})
    });
    let acts = pipeline.acts.iter().map(|act| {
        let columns: Vec<&str> = act.set.iter().map(|(name, _)| name.as_str()).collect();
        json!({"name": act.name, "title": act.title, "about": act.about, "when": conditions(&act.conditions), "set": columns,
               "releases": act.releases})
    });
    json["waves"] = waves.collect();
    json["proof"] = conditions(&pipeline.proof).into();
    json["mirrors"] = mirrors.collect();
    json["acts"] = acts.collect();
}
