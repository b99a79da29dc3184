//! `drover import FILE.csv`: rows from a file. A bad row is named by its line; the others go on.

use super::context::Context;
use super::error::{CliError, Exit};
use super::output::counted;
use crate::config::nearest;
use crate::control::protocol::{Reply, Request, RowResult};
use crate::model::rule::Shape;
use crate::model::sheet::unguarded;
use crate::model::text::clean_short;
use crate::model::value::{Value, ValueType};
use serde_json::{Map, Value as Json, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Rows sent in one request; the engine takes 8 MiB at a time.
const AT_ONCE: usize = 500;
/// Bad rows named one by one.
const MOST_NAMED: usize = 20;

#[derive(clap::Args, Debug)]
pub struct ImportArgs {
    /// A CSV file with a header: the key column, and others by name; "wave" puts a row into a wave
    pub file: PathBuf,
    /// Read the file's column HEADER as COLUMN
    #[arg(long = "map", value_name = "HEADER=COLUMN")]
    pub maps: Vec<String>,
    /// Pass over columns the pipeline does not know
    #[arg(long)]
    pub ignore_unknown: bool,
    /// Why; kept for good [default: the file's name]
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// Say what would be sent, and send nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

type Record = Map<String, Json>;

/// What a file holds: good rows, and bad ones by line.
#[derive(Debug, Default, PartialEq)]
struct Sheet {
    rows: Vec<Record>,
    bad: Vec<(u64, String)>,
}

pub fn run(context: &mut Context, args: &ImportArgs) -> Result<Exit, CliError> {
    let bytes = std::fs::read(&args.file).map_err(|error| {
        CliError::usage(format!("{} cannot be read: {error}", args.file.display()))
    })?;
    let reader = context.reader()?;
    let sheet = read(&bytes, reader.shape(), args)?;
    let key = reader.shape().key.clone();
    tell(context, &sheet, &key)?;
    if sheet.rows.is_empty() {
        return Err(CliError::usage(format!(
            "{} has no row that can be imported",
            args.file.display()
        )));
    }
    if args.dry_run {
        if context.json() {
            context
                .out
                .json(&json!({"dry_run": true, "rows": sheet.rows, "bad": bad_json(&sheet)}))?;
        }
        return Ok(ended(&sheet, &[]));
    }
    if !args.yes && !context.agrees("Go on? [y/N]")? {
        return Err(CliError::failed("nothing was imported"));
    }
    let results = send(context, &sheet, args)?;
    let done = results.iter().filter(|row| row.done).count();
    if context.json() {
        context
            .out
            .json(&json!({"rows": results, "bad": bad_json(&sheet)}))?;
    } else {
        for row in results.iter().filter(|row| !row.done).take(MOST_NAMED) {
            context
                .out
                .line(format_args!("✗ {}: {}", row.key, row.note))?;
        }
        let (of, bad) = (results.len(), sheet.bad.len());
        context.out.line(format_args!(
            "{done} of {} imported, {} left out",
            counted(of, "row"),
            counted(bad, "line")
        ))?;
    }
    Ok(ended(&sheet, &results))
}

fn ended(sheet: &Sheet, results: &[RowResult]) -> Exit {
    if sheet.bad.is_empty() && results.iter().all(|row| row.done) {
        Exit::Done
    } else {
        Exit::Failed
    }
}

fn bad_json(sheet: &Sheet) -> Vec<Json> {
    let one = |(line, why): &(u64, String)| json!({"line": line, "why": why});
    sheet.bad.iter().map(one).collect()
}

fn send(context: &Context, sheet: &Sheet, args: &ImportArgs) -> Result<Vec<RowResult>, CliError> {
    let name = args.file.file_name().unwrap_or(args.file.as_os_str());
    let reason = args
        .reason
        .clone()
        .unwrap_or_else(|| format!("import of {}", name.to_string_lossy()));
    let mut results = Vec::with_capacity(sheet.rows.len());
    for part in sheet.rows.chunks(AT_ONCE) {
        let request = Request::Import {
            rows: part.to_vec(),
            reason: reason.clone(),
        };
        match context.ask(&request)? {
            Reply::Done { rows, .. } => results.extend(rows),
            Reply::Refused(why) => {
                return Err(CliError::failed(format!(
                    "{why} ({} of {} rows were imported before)",
                    results.len(),
                    sheet.rows.len()
                )));
            }
        }
    }
    Ok(results)
}

fn tell(context: &mut Context, sheet: &Sheet, key: &str) -> Result<(), CliError> {
    for (line, why) in sheet.bad.iter().take(MOST_NAMED) {
        context.out.note(format_args!("line {line}: {why}"));
    }
    if let Some(more) = sheet.bad.len().checked_sub(MOST_NAMED).filter(|n| *n > 0) {
        context
            .out
            .note(format_args!("… and {more} more that cannot be read"));
    }
    let first: Vec<&str> = sheet
        .rows
        .iter()
        .take(3)
        .filter_map(|row| row.get(key)?.as_str())
        .collect();
    context.out.note(format_args!(
        "{} to import: {}{}",
        counted(sheet.rows.len(), "row"),
        first.join(", "),
        if sheet.rows.len() > first.len() {
            ", …"
        } else {
            ""
        }
    ));
    context.out.flush()
}

/// The columns of the file, by place: a name of the shape with its type, or nothing for one that is passed over.
fn header(
    cells: &csv::StringRecord,
    shape: &Shape,
    args: &ImportArgs,
) -> Result<Vec<Option<(String, ValueType)>>, CliError> {
    let mut maps = BTreeMap::new();
    for map in &args.maps {
        let (from, to) = map.split_once('=').ok_or_else(|| {
            CliError::usage(format!("--map {map} has no \"=\": write HEADER=COLUMN"))
        })?;
        maps.insert(from.trim().to_lowercase(), to.trim().to_owned());
    }
    let kinds: BTreeMap<&str, ValueType> = shape
        .columns
        .iter()
        .map(|column| (column.name.as_str(), column.kind))
        .chain([("wave", ValueType::Text)])
        .collect();
    let mut columns: Vec<Option<(String, ValueType)>> = Vec::new();
    let mut unknown = Vec::new();
    for cell in cells {
        let name = cell.trim().to_lowercase();
        let name = maps.get(&name).cloned().unwrap_or(name);
        let twice = columns.iter().flatten().any(|(other, _)| *other == name);
        match kinds.get(name.as_str()) {
            Some(_) if twice => {
                return Err(CliError::usage(format!(
                    "the file has two columns for {name}"
                )));
            }
            Some(kind) => columns.push(Some((name, *kind))),
            None if args.ignore_unknown => columns.push(None),
            None => unknown.push(match nearest(&name, kinds.keys().copied()) {
                Some(near) => format!("\"{}\" (did you mean {near}?)", clean_short(cell, 40)),
                None => format!("\"{}\"", clean_short(cell, 40)),
            }),
        }
    }
    if !unknown.is_empty() {
        return Err(CliError::usage(format!(
            "the file has columns the pipeline does not know: {}; name them with --map HEADER=COLUMN, or pass them over \
             with --ignore-unknown",
            unknown.join(", ")
        )));
    }
    if columns.iter().flatten().any(|(name, _)| *name == shape.key) {
        Ok(columns)
    } else {
        Err(CliError::usage(format!(
            "the file has no column \"{0}\", which names the rows; if it is called otherwise, add --map HEADER={0}",
            shape.key
        )))
    }
}

fn read(bytes: &[u8], shape: &Shape, args: &ImportArgs) -> Result<Sheet, CliError> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let first = bytes
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    // Spreadsheets of half the world write semicolons.
    let delimiter = if first.contains(&b';') && !first.contains(&b',') {
        b';'
    } else {
        b','
    };
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .flexible(true)
        .from_reader(bytes);
    let cells = reader
        .headers()
        .map_err(|error| CliError::usage(format!("the file's header cannot be read: {error}")))?;
    let columns = header(&cells.clone(), shape, args)?;
    let mut sheet = Sheet::default();
    let mut seen: BTreeMap<String, u64> = BTreeMap::new();
    for record in reader.byte_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                sheet.bad.push((line, clean_short(&error.to_string(), 160)));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let row = one(&record, &columns, &shape.key).and_then(|row| {
            let key = row[&shape.key].as_str().unwrap_or_default().to_owned();
            match seen.insert(key.clone(), line) {
                None => Ok(row),
                Some(before) => Err(format!("{key} stands on line {before} already")),
            }
        });
        match row {
            Ok(row) => sheet.rows.push(row),
            Err(why) => sheet.bad.push((line, why)),
        }
    }
    Ok(sheet)
}

fn one(
    record: &csv::ByteRecord,
    columns: &[Option<(String, ValueType)>],
    key: &str,
) -> Result<Record, String> {
    if record.len() != columns.len() {
        return Err(format!(
            "has {} cells where the header has {}",
            record.len(),
            columns.len()
        ));
    }
    let mut row = Record::new();
    for (cell, column) in record.iter().zip(columns) {
        let Some((name, kind)) = column else { continue };
        let text = std::str::from_utf8(cell).map_err(|_| format!("{name} is not UTF-8"))?;
        let text = unguarded(text.trim());
        // An empty cell says nothing; it does not empty a column.
        if text.is_empty() {
            continue;
        }
        let json = match kind {
            ValueType::Json => {
                serde_json::from_str(text).map_err(|error| format!("{name}: {error}"))?
            }
            _ => Json::String(text.to_owned()),
        };
        let value = Value::fit(*kind, &json).map_err(|error| format!("{name}: {error}"))?;
        row.insert(name.clone(), value.to_json());
    }
    match row.get(key).and_then(Json::as_str) {
        Some(name) if !name.contains(crate::model::text::SUBSTITUTE) => Ok(row),
        Some(_) => Err(format!(
            "{key} holds a character that may not stand in a name"
        )),
        None => Err(format!("{key} is empty")),
    }
}

#[cfg(test)]
#[path = "import_tests.rs"]
mod tests;
