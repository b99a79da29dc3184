//! `drover pipeline diff OLD NEW`: which rows of this store another file would decide differently.

use crate::cli::context::Context;
use crate::cli::error::{CliError, Exit};
use crate::cli::pipelines::{judge, refused, text_of};
use crate::cli::table::Table;
use crate::config::PipelineChoice;
use crate::model::judge::SqlJudge;
use crate::model::row::Row;
use crate::model::rule::{Rules, Shape};
use crate::model::time::Time;
use crate::pipeline::definition::MirrorList;
use crate::pipeline::{Pipeline, parse};
use crate::store::Query;
use serde::Serialize;
use std::collections::BTreeMap;

/// Keys named of each difference; `--json` has all.
const FIRST: usize = 5;

#[derive(clap::Args, Debug)]
pub struct DiffArgs {
    /// The file as it was: a path or a shipped name
    pub old: String,
    /// The file as it would be
    pub new: String,
}

/// Rows that go from one answer to another in one stage, ladder or in their phase.
#[derive(Debug, PartialEq, Serialize)]
struct Shift {
    rule: String,
    old: String,
    new: String,
    keys: Vec<String>,
}

pub fn run(context: &mut Context, args: &DiffArgs) -> Result<Exit, CliError> {
    let old = read(context, &args.old)?;
    let new = read(context, &args.new)?;
    let reader = context.reader()?;
    let (rows, now) = context.look(&reader, |view, now| Ok((view.rows(&Query::all())?, now)))?;
    let judge = judge()?;
    let shifts = shifts(&old, &new, &rows, now, &judge)?;
    if context.json() {
        context.out.json(&shifts)?;
        return Ok(Exit::Done);
    }
    if shifts.is_empty() {
        let count = rows.len();
        context
            .out
            .line(format_args!("all {count} rows are decided alike"))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["Rule", "Rows", "Now", "Then", "Which"]);
    for shift in &shifts {
        let more = match shift.keys.len().saturating_sub(FIRST) {
            0 => String::new(),
            more => format!(", … {more} more"),
        };
        let first: Vec<&str> = shift.keys.iter().take(FIRST).map(String::as_str).collect();
        table.push([
            shift.rule.as_str().into(),
            shift.keys.len().to_string().into(),
            shift.old.as_str().into(),
            shift.new.as_str().into(),
            format!("{}{more}", first.join(", ")).into(),
        ]);
    }
    table.print(&mut context.out)?;
    Ok(Exit::Done)
}

fn read(context: &Context, file: &str) -> Result<Pipeline, CliError> {
    let (name, text) = text_of(&PipelineChoice::read(file, &context.here))?;
    let pipeline = parse(&name, &text).map_err(|faults| refused(&name, &faults))?;
    // With the configuration's settings where there is one, as the engine would judge.
    let settings = context.config().map(|config| config.settings);
    let known = settings
        .unwrap_or_default()
        .into_iter()
        .filter(|(name, _)| {
            let has = |setting: &crate::pipeline::definition::Setting| setting.name == *name;
            pipeline.settings.iter().any(has)
        });
    let known: BTreeMap<_, _> = known.collect();
    pipeline
        .apply(&known, Vec::new())
        .map_err(|faults| refused(&name, &faults))
}

fn shifts(
    old: &Pipeline,
    new: &Pipeline,
    rows: &[Row],
    now: Time,
    judge: &dyn SqlJudge,
) -> Result<Vec<Shift>, CliError> {
    let (before, after) = (Side::of(old), Side::of(new));
    let mut found: BTreeMap<(String, String, String), Vec<String>> = BTreeMap::new();
    for row in rows {
        let was = before.decisions(row, now, judge)?;
        let is = after.decisions(row, now, judge)?;
        let names = was
            .keys()
            .chain(is.keys().filter(|name| !was.contains_key(*name)));
        for name in names {
            let told = |side: &BTreeMap<String, String>| {
                side.get(name)
                    .map_or("not there", String::as_str)
                    .to_owned()
            };
            if was.get(name) != is.get(name) {
                found
                    .entry((name.clone(), told(&was), told(&is)))
                    .or_default()
                    .push(row.key.clone());
            }
        }
    }
    let shift = |((rule, old, new), keys)| Shift {
        rule,
        old,
        new,
        keys,
    };
    Ok(found.into_iter().map(shift).collect())
}

/// One of the two files.
struct Side {
    shape: Shape,
    rules: Rules,
    /// Lists that are told outside: what they are called, and who is in them.
    lists: Vec<(String, String)>,
}

impl Side {
    fn of(pipeline: &Pipeline) -> Self {
        let lists = pipeline.mirrors.iter().flat_map(|mirror| {
            let named = |list: &MirrorList| {
                let name = format!("{}, {}", mirror.name, list.name);
                (name, list.when.clone())
            };
            mirror.lists.iter().map(named)
        });
        Self {
            shape: pipeline.shape(),
            rules: pipeline.rules(),
            lists: lists.collect(),
        }
    }

    /// What it decides for a row: each stage and ladder, the phase, whether it is settled, and the lists it is in.
    fn decisions(
        &self,
        row: &Row,
        now: Time,
        judge: &dyn SqlJudge,
    ) -> Result<BTreeMap<String, String>, CliError> {
        let (shape, rules) = (&self.shape, &self.rules);
        let holds = |sql: &str| {
            judge
                .weigh(shape, &rules.params, &row.values, now, sql)
                .map(|answer| answer == Some(true))
                .map_err(|why| CliError::usage(format!("\"{sql}\": {why}")))
        };
        let mut decided = BTreeMap::new();
        for rule in &rules.rules {
            let mut all = true;
            for condition in &rule.conditions {
                all = all && holds(&condition.sql)?;
            }
            let word = if all { "takes it" } else { "leaves it" };
            decided.insert(rule.name.clone(), word.to_owned());
        }
        let mut phase = "none";
        for rule in &rules.phases {
            if holds(&rule.when)? {
                phase = &rule.name;
                break;
            }
        }
        decided.insert("phase".into(), phase.to_owned());
        if !rules.proof.is_empty() {
            let mut settled = "no";
            for line in &rules.proof {
                if holds(&line.sql)? {
                    settled = &line.title;
                    break;
                }
            }
            decided.insert("settled".into(), settled.to_owned());
        }
        for (name, when) in &self.lists {
            let word = if holds(when)? { "in it" } else { "not in it" };
            decided.insert(name.clone(), word.to_owned());
        }
        Ok(decided)
    }
}
