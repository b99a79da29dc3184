//! Which rows are meant.

use super::verbs::plain;
use crate::cli::context::{Context, known};
use crate::cli::error::CliError;
use crate::config::nearest;
use crate::control::deed::{Deed, Verdict};
use crate::model::row::{Row, RowId};
use crate::model::time::Time;
use crate::store::{Query, View};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Rows by key, by condition, by wave or by what stopped them. One of these, never none.
#[derive(clap::Args, Debug, Clone)]
#[group(required = true, multiple = false)]
pub struct Selection {
    /// Keys of rows
    #[arg(value_name = "KEY")]
    pub keys: Vec<String>,
    /// Every row for which this SQL condition holds
    #[arg(long = "where", value_name = "SQL")]
    pub condition: Option<String>,
    /// Every row of this wave (see `drover wave`)
    #[arg(long, value_name = "NAME")]
    pub wave: Option<String>,
    /// Every row of this group of failures (see `drover status`)
    #[arg(long, value_name = "ID")]
    pub fault: Option<String>,
    /// Keys from a file, one a line ("-" reads standard input)
    #[arg(long, value_name = "FILE")]
    pub keys_from: Option<PathBuf>,
}

type Judged = (Vec<(Row, Verdict)>, Time);

impl Selection {
    /// Nothing is selected, which a command line is refused for unless it may stand without rows.
    pub(super) fn is_none(&self) -> bool {
        let none = self.condition.is_none() && self.wave.is_none() && self.fault.is_none();
        none && self.keys.is_empty() && self.keys_from.is_none()
    }

    fn listed(&self) -> Result<Option<Vec<String>>, CliError> {
        let Some(file) = &self.keys_from else {
            return Ok((!self.keys.is_empty()).then(|| self.keys.clone()));
        };
        let text = if file.as_os_str() == "-" {
            std::io::read_to_string(std::io::stdin())
        } else {
            std::fs::read_to_string(file)
        };
        let text = text.map_err(|error| {
            CliError::usage(format!("{} cannot be read: {error}", file.display()))
        })?;
        let keys = text.lines().map(str::trim).filter(|line| !line.is_empty());
        Ok(Some(keys.map(str::to_owned).collect()))
    }

    /// The frozen list, what the act will come to for each, and the moment of the look. A key that answers to no row
    /// refuses the whole act: it may be a slip.
    pub(super) fn judged(&self, context: &Context, deed: &Deed) -> Result<Judged, CliError> {
        let listed = self.listed()?;
        let reader = context.reader()?;
        let (rows, now) = context.look(&reader, |view, now| {
            let ids = match (&listed, &self.condition, &self.wave, &self.fault) {
                (Some(keys), ..) => by_key(view, keys)?,
                (None, Some(condition), ..) => by_condition(view, condition.clone())?,
                (None, None, Some(wave), _) => by_wave(view, wave)?,
                (None, None, None, Some(fault)) => by_fault(view, fault)?,
                (None, None, None, None) => Vec::new(),
            };
            let mut rows = Vec::with_capacity(ids.len());
            for id in ids {
                // A row that went away between the two reads cannot be: both are one look.
                if let Some(row) = view.row(id)? {
                    let verdict = deed.verdict(view, &row, &plain)?;
                    rows.push((row, verdict));
                }
            }
            Ok((rows, now))
        })?;
        if rows.is_empty() {
            return Err(CliError::usage(
                "the selection is empty, and empty means nothing: no row was touched",
            ));
        }
        Ok((rows, now))
    }
}

fn by_key(view: &View<'_>, keys: &[String]) -> Result<Vec<RowId>, CliError> {
    let mut seen = BTreeSet::new();
    let mut ids = Vec::with_capacity(keys.len());
    let mut unknown = Vec::new();
    for key in keys {
        match view.row_by_key(key)? {
            Some(row) if seen.insert(row.id) => ids.push(row.id),
            Some(_) => {}
            None => unknown.push(key.as_str()),
        }
    }
    if unknown.is_empty() {
        return Ok(ids);
    }
    let verb = if unknown.len() == 1 {
        "answers"
    } else {
        "answer"
    };
    Err(CliError::usage(format!(
        "no row {verb} to {}: nothing was done; keys are compared exactly",
        unknown.join(", ")
    )))
}

fn by_condition(view: &View<'_>, condition: String) -> Result<Vec<RowId>, CliError> {
    Ok(view.ids(&Query {
        condition: Some(condition),
        ..Query::default()
    })?)
}

fn by_wave(view: &View<'_>, wave: &str) -> Result<Vec<RowId>, CliError> {
    let found = by_condition(view, format!("wave = '{}'", wave.replace('\'', "''")))?;
    if found.is_empty() {
        let counts = view.wave_counts()?.into_iter();
        let mut waves: Vec<String> = counts.filter_map(|count| count.wave).collect();
        waves.dedup();
        let waves: Vec<&str> = waves.iter().map(String::as_str).collect();
        known("wave with rows", wave, &waves)?;
    }
    Ok(found)
}

fn by_fault(view: &View<'_>, fault: &str) -> Result<Vec<RowId>, CliError> {
    let groups = view.faults()?;
    if groups.iter().any(|group| group.id == fault) {
        return Ok(view.rows_of_fault(fault)?);
    }
    let hint = nearest(fault, groups.iter().map(|group| group.id.as_str()))
        .map_or("see `drover status`".to_owned(), |near| {
            format!("did you mean \"{near}\"?")
        });
    Err(CliError::usage(format!(
        "no group of failures is called \"{fault}\"; {hint}"
    )))
}
