//! The eight acts on rows.

use super::reply::send;
use super::select::Selection;
use crate::cli::context::{Context, known};
use crate::cli::error::{CliError, Exit};
use crate::cli::output::counted;
use crate::cli::switch::rules;
use crate::cli::table::Table;
use crate::control::deed::{Deed, Verdict};
use crate::model::row::Row;
use crate::model::time::Time;
use crate::model::value::{Value, ValueType};
use serde_json::json;

/// Keys named in a preview before "… and N more".
const FIRST: usize = 8;

/// What every act asks for.
#[derive(clap::Args, Debug, Clone)]
pub struct Common {
    #[command(flatten)]
    pub rows: Selection,
    /// Why; kept for good
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Say what would be done to each row, and do nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

#[derive(clap::Args, Debug)]
pub struct RetryArgs {
    #[command(flatten)]
    pub common: Common,
    /// Only this stage or ladder
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
    /// Run it from its first step, forgetting what earlier attempts recorded
    #[arg(long)]
    pub from_start: bool,
}

#[derive(clap::Args, Debug)]
pub struct TriggerArgs {
    #[command(flatten)]
    pub common: Common,
    /// The stage to run; its gate must hold
    #[arg(long, value_name = "NAME")]
    pub stage: String,
}

#[derive(clap::Args, Debug)]
pub struct HoldArgs {
    #[command(flatten)]
    pub common: Common,
    /// Only in this stage or ladder
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
}

#[derive(clap::Args, Debug)]
pub struct ReleaseArgs {
    #[command(flatten)]
    pub common: Common,
    /// Only in this stage or ladder
    #[arg(long, value_name = "NAME")]
    pub stage: Option<String>,
}

#[derive(clap::Args, Debug)]
pub struct SkipArgs {
    #[command(flatten)]
    pub common: Common,
    /// The stage or ladder that leaves them alone
    #[arg(long, value_name = "NAME")]
    pub stage: String,
}

#[derive(clap::Args, Debug)]
pub struct RemedyArgs {
    #[command(flatten)]
    pub common: Common,
    /// The ladder
    #[arg(long, value_name = "NAME", visible_alias = "stage")]
    pub ladder: String,
}

#[derive(clap::Args, Debug)]
pub struct RefreshArgs {
    #[command(flatten)]
    pub common: Common,
}

#[derive(clap::Args, Debug)]
pub struct SetArgs {
    #[command(flatten)]
    pub common: Common,
    /// The column, or wave
    #[arg(long, value_name = "NAME")]
    pub column: String,
    /// The value, as the column's type reads it
    #[arg(long, value_name = "VALUE", required_unless_present = "null")]
    pub value: Option<String>,
    /// Empty the column
    #[arg(long, conflicts_with = "value")]
    pub null: bool,
}

pub fn retry(context: &mut Context, args: RetryArgs) -> Result<Exit, CliError> {
    let deed = Deed::Retry {
        stage: optional_rule(context, args.stage)?,
        from_start: args.from_start,
    };
    act(context, &deed, args.common)
}

pub fn trigger(context: &mut Context, args: TriggerArgs) -> Result<Exit, CliError> {
    let stage = one_rule(context, &args.stage)?;
    act(context, &Deed::Trigger { stage }, args.common)
}

pub fn hold(context: &mut Context, args: HoldArgs) -> Result<Exit, CliError> {
    let stage = optional_rule(context, args.stage)?;
    act(context, &Deed::Hold { stage }, args.common)
}

pub fn release(context: &mut Context, args: ReleaseArgs) -> Result<Exit, CliError> {
    let stage = optional_rule(context, args.stage)?;
    act(context, &Deed::Release { stage }, args.common)
}

pub fn skip(context: &mut Context, args: SkipArgs) -> Result<Exit, CliError> {
    let stage = one_rule(context, &args.stage)?;
    act(context, &Deed::Skip { stage }, args.common)
}

pub fn remedy(context: &mut Context, args: RemedyArgs) -> Result<Exit, CliError> {
    let ladder = one_rule(context, &args.ladder)?;
    act(context, &Deed::Remedy { ladder }, args.common)
}

pub fn refresh(context: &mut Context, args: RefreshArgs) -> Result<Exit, CliError> {
    act(context, &Deed::Refresh, args.common)
}

pub fn set(context: &mut Context, args: SetArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let columns = &reader.shape().columns;
    let names: Vec<&str> = columns
        .iter()
        .map(|column| column.name.as_str())
        .chain(["wave"])
        .collect();
    let column = known("column", &args.column, &names)?.to_owned();
    if column == reader.shape().key {
        return Err(CliError::usage(format!(
            "{column} names the row and is never changed"
        )));
    }
    let kind = columns
        .iter()
        .find(|c| c.name == column)
        .map_or(ValueType::Text, |c| c.kind);
    let value = match &args.value {
        None => Value::Null,
        Some(text) => read_value(kind, text)
            .map_err(|why| CliError::usage(format!("--value does not fit {column}: {why}")))?,
    };
    let value = value.to_json();
    act(context, &Deed::Set { column, value }, args.common)
}

fn read_value(kind: ValueType, text: &str) -> Result<Value, String> {
    let json = match kind {
        ValueType::Json => serde_json::from_str(text).map_err(|error| error.to_string())?,
        _ => serde_json::Value::String(text.to_owned()),
    };
    Value::fit(kind, &json).map_err(|error| error.to_string())
}

fn one_rule(context: &Context, name: &str) -> Result<String, CliError> {
    let rules = rules(context)?;
    let names: Vec<&str> = rules.iter().map(String::as_str).collect();
    Ok(known("stage or ladder", name, &names)?.to_owned())
}

fn optional_rule(context: &Context, name: Option<String>) -> Result<Option<String>, CliError> {
    name.map(|name| one_rule(context, &name)).transpose()
}

/// Names stand for themselves on the command line: they can be typed back.
pub(super) fn plain(name: &str) -> String {
    name.to_owned()
}

type Verdicts = Vec<(Row, Verdict)>;

/// Freezes the list, shows it, asks, and sends those rows for which the act will do something.
pub(super) fn act(context: &mut Context, deed: &Deed, common: Common) -> Result<Exit, CliError> {
    if common.reason.trim().is_empty() {
        return Err(CliError::usage(
            "--reason is empty; say why, it is kept for good",
        ));
    }
    let (verdicts, now) = common.rows.judged(context, deed)?;
    if common.dry_run {
        return dry_run(context, deed, &verdicts, now);
    }
    let will: Vec<_> = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.is_ok())
        .map(|(row, _)| row.id)
        .collect();
    preview(context, deed, &verdicts);
    if will.is_empty() {
        return Err(CliError::failed("nothing was done"));
    }
    if !common.yes {
        confirm(context, deed, will.len())?;
    }
    send(context, &deed.clone().into_request(will, common.reason))
}

fn dry_run(
    context: &mut Context,
    deed: &Deed,
    verdicts: &Verdicts,
    now: Time,
) -> Result<Exit, CliError> {
    if context.json() {
        let rows: Vec<_> = verdicts
            .iter()
            .map(|(row, verdict)| {
                let (will, note) = match verdict {
                    Ok(note) => (true, note),
                    Err(note) => (false, note),
                };
                json!({"key": row.key, "will": will, "note": note})
            })
            .collect();
        let act = deed.title(&plain);
        context
            .out
            .json(&json!({"act": act, "at": now, "dry_run": true, "rows": rows}))?;
        return Ok(Exit::Done);
    }
    let mut table = Table::new(["Row", "", "What"]);
    for (row, verdict) in verdicts {
        let (word, note) = match verdict {
            Ok(note) => ("will", note),
            Err(note) => ("will not", note),
        };
        table.push([row.key.as_str().into(), word.into(), note.as_str().into()]);
    }
    table.print(&mut context.out)?;
    Ok(Exit::Done)
}

/// On standard error, so that what was asked for stays alone on standard output.
fn preview(context: &mut Context, deed: &Deed, verdicts: &Verdicts) {
    let will: Vec<&str> = verdicts
        .iter()
        .filter(|(_, verdict)| verdict.is_ok())
        .map(|(row, _)| row.key.as_str())
        .collect();
    let wont: Vec<String> = verdicts
        .iter()
        .filter_map(|(row, verdict)| {
            let why = verdict.as_ref().err()?;
            Some(format!("{}: {why}", row.key))
        })
        .collect();
    context.out.note(format_args!(
        "{}: {} will{}",
        deed.title(&plain),
        counted(will.len(), "row"),
        first(&will, ", ", ": ")
    ));
    if !wont.is_empty() {
        context.out.note(format_args!(
            "{} will not{}",
            counted(wont.len(), "row"),
            first(&wont, "\n  ", ":\n  ")
        ));
    }
}

fn first(list: &[impl AsRef<str>], between: &str, before: &str) -> String {
    if list.is_empty() {
        return String::new();
    }
    let shown: Vec<&str> = list.iter().take(FIRST).map(AsRef::as_ref).collect();
    let more = match list.len().saturating_sub(FIRST) {
        0 => String::new(),
        more => format!("{between}… and {more} more"),
    };
    format!("{before}{}{more}", shown.join(between))
}

fn confirm(context: &mut Context, deed: &Deed, count: usize) -> Result<(), CliError> {
    let typed = deed.sends() && count > 1;
    let question = if typed {
        format!("This cannot be undone. Type {count} to go on:")
    } else {
        "Go on? [y/N]".to_owned()
    };
    let answer = context.out.question(&question)?.ok_or_else(|| {
        CliError::usage("nobody is here to answer; add --yes to act, or --dry-run to look")
    })?;
    let agreed = if typed {
        answer == count.to_string()
    } else {
        answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes")
    };
    if agreed {
        Ok(())
    } else {
        Err(CliError::failed("nothing was done"))
    }
}
