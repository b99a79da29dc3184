//! `drover act`: what the pipeline lets operators do to its rows, beside what every pipeline has.

use super::select::Selection;
use super::verbs::{Common, act};
use crate::cli::context::{Context, known};
use crate::cli::error::{CliError, Exit};
use crate::cli::table::Table;
use crate::control::deed::Deed;
use crate::model::rule::ActRule;
use serde_json::json;

#[derive(clap::Args, Debug)]
#[command(mut_group("Selection", |group| group.required(false)))]
pub struct ActArgs {
    /// The act; without one the pipeline's acts are listed
    #[arg(value_name = "ACT")]
    pub name: Option<String>,
    #[command(flatten)]
    pub rows: Selection,
    /// Why; kept for good
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Say what would be done to each row, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

pub fn own(context: &mut Context, args: ActArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let acts = context.look(&reader, |view, _| Ok(view.rules().acts.clone()))?;
    let Some(name) = args.name else {
        if args.rows.is_none() {
            return list(context, &acts);
        }
        return Err(CliError::usage("name the act before the rows"));
    };
    let names: Vec<&str> = acts.iter().map(|act| act.name.as_str()).collect();
    let name = known("act", &name, &names)?.to_owned();
    if args.rows.is_none() {
        return Err(CliError::usage(
            "which rows? Name their keys, or give --where, --wave, --fault or --keys-from",
        ));
    }
    let reason = args.reason.ok_or_else(|| {
        CliError::usage("--reason TEXT is required; say why, it is kept for good")
    })?;
    let common = Common {
        rows: args.rows,
        reason,
        dry_run: args.dry_run,
        yes: args.yes,
    };
    act(context, &Deed::Act { act: name }, common)
}

fn list(context: &mut Context, acts: &[ActRule]) -> Result<Exit, CliError> {
    let titles = |act: &ActRule| -> Vec<String> {
        let conditions = act.conditions.iter();
        conditions
            .map(|condition| condition.title.clone())
            .collect()
    };
    if context.json() {
        let act =
            |act: &ActRule| json!({"name": act.name, "title": act.title, "when": titles(act)});
        let acts: Vec<_> = acts.iter().map(act).collect();
        context.out.json(&acts)?;
        return Ok(Exit::Done);
    }
    if acts.is_empty() {
        context.out.line("this pipeline has no acts of its own")?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["Name", "What", "To rows that are"]);
    for act in acts {
        table.push([
            act.name.as_str().into(),
            act.title.as_str().into(),
            titles(act).join(", ").into(),
        ]);
    }
    table.print(&mut context.out)?;
    Ok(Exit::Done)
}
