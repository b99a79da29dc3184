//! `drover list`: rows, as a table, CSV or JSON.

use super::context::{Context, known};
use super::error::{CliError, Exit};
use super::output::counted;
use super::pipelines;
use super::table::{Cell, Table, csv_line};
use crate::model::row::Row;
use crate::model::rule::Shape;
use crate::model::sheet::{OWN_COLUMNS, cell, csv_cell};
use crate::model::time::Time;
use crate::model::value::Value;
use crate::store::{Query, Reader};
use serde_json::{Map, Value as Json};

/// Columns shown of a store whose pipeline is not at hand.
const FEW: usize = 6;

#[derive(clap::Args, Debug)]
pub struct ListArgs {
    #[command(flatten)]
    pub choice: Choice,
    /// Columns, separated by commas; also wave, phase, phase_since, created_at, updated_at
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    pub columns: Vec<String>,
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

/// Which rows, in which order.
#[derive(clap::Args, Debug, Clone, Default)]
pub struct Choice {
    /// Rows for which this SQL condition holds
    #[arg(long = "where", value_name = "SQL")]
    pub condition: Option<String>,
    /// Columns to sort by, separated by commas; "-column" for descending
    #[arg(
        long,
        value_name = "LIST",
        value_delimiter = ',',
        allow_hyphen_values = true
    )]
    pub sort: Vec<String>,
    /// At most this many rows
    #[arg(long, value_name = "N")]
    pub limit: Option<u64>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Table,
    Csv,
    Json,
}

impl Choice {
    pub fn query(&self, shape: &Shape) -> Result<Query, CliError> {
        let names = names(shape);
        let order = self.sort.iter().map(|text| {
            let (name, ascending) = match text.strip_prefix('-') {
                Some(name) => (name, false),
                None => (text.as_str(), true),
            };
            Ok((known("column", name, &names)?.to_owned(), ascending))
        });
        Ok(Query {
            condition: self.condition.clone(),
            parts: Vec::new(),
            order: order.collect::<Result<_, CliError>>()?,
            offset: 0,
            limit: self.limit,
        })
    }
}

pub fn run(context: &mut Context, args: &ListArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let columns = columns(context, reader.shape(), &args.columns)?;
    let format = if context.json() {
        Format::Json
    } else {
        args.format
    };
    print(context, &reader, &args.choice, &columns, format)?;
    Ok(Exit::Done)
}

/// Prints the chosen columns of the chosen rows.
pub fn print(
    context: &mut Context,
    reader: &Reader,
    choice: &Choice,
    columns: &[String],
    format: Format,
) -> Result<(), CliError> {
    let query = choice.query(reader.shape())?;
    let (rows, now) = context.look(reader, |view, now| Ok((view.rows(&query)?, now)))?;
    match format {
        Format::Table => as_table(context, &rows, columns, now),
        Format::Csv => {
            let header = csv_line(columns.iter().map(|column| column.as_str().into()))?;
            context.out.text(&header)?;
            for row in &rows {
                let cells = columns.iter().map(|column| csv_cell(&cell(row, column)));
                context.out.text(&csv_line(cells)?)?;
            }
            Ok(())
        }
        Format::Json => {
            let rows: Vec<Json> = rows.iter().map(|row| as_json(row, columns)).collect();
            context.out.json(&rows)
        }
    }
}

fn as_table(
    context: &mut Context,
    rows: &[Row],
    columns: &[String],
    now: Time,
) -> Result<(), CliError> {
    let mut table = Table::new(columns.iter().map(String::as_str));
    for row in rows {
        table.push(columns.iter().map(|column| match &*cell(row, column) {
            Value::Time(at) if context.out.width.is_some() && *at <= now => {
                Cell::from(format!("{} ago", now.since(*at)))
            }
            value => Cell::from(value.to_string()),
        }));
    }
    table.print(&mut context.out)?;
    if context.out.width.is_some() {
        context.out.note(counted(rows.len(), "row"));
    }
    Ok(())
}

/// The columns to show: as asked, else those the pipeline marks as shown, else the first few.
fn columns(context: &Context, shape: &Shape, asked: &[String]) -> Result<Vec<String>, CliError> {
    let names = names(shape);
    if !asked.is_empty() {
        let found = asked.iter().map(|name| {
            let name = name.trim();
            Ok(known("column", name, &names)?.to_owned())
        });
        return found.collect();
    }
    let marked: Vec<String> = pipelines::of(context, shape)
        .map(|pipeline| {
            let shown = pipeline.columns.iter().filter(|column| column.shown);
            shown.map(|column| column.name.clone()).collect()
        })
        .unwrap_or_default();
    let mut columns = if marked.is_empty() {
        let first = shape.columns.iter().take(FEW);
        first.map(|column| column.name.clone()).collect()
    } else {
        marked
    };
    columns.retain(|column| *column != shape.key);
    columns.insert(0, shape.key.clone());
    columns.insert(1, "phase".into());
    Ok(columns)
}

/// Every name a column of a row answers to.
pub fn names(shape: &Shape) -> Vec<&str> {
    shape
        .columns
        .iter()
        .map(|column| column.name.as_str())
        .chain(OWN_COLUMNS)
        .collect()
}

pub fn as_json(row: &Row, columns: &[String]) -> Json {
    let pairs = columns
        .iter()
        .map(|column| (column.clone(), cell(row, column).to_json()));
    Json::Object(pairs.collect::<Map<_, _>>())
}
