//! Rows collected as text, for the clipboard: also those that are not on the screen.

use crate::model::row::{Row, RowId};
use crate::model::rule::Shape;
use crate::model::sheet::cell;
use crate::model::time::Time;
use crate::store::{Reader, StoreError};
use std::path::Path;

/// Which rows, and how much of each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collect {
    pub rows: Vec<RowId>,
    /// Every column; else the keys alone.
    pub whole: bool,
    /// Collecting ends with the row that reaches this many bytes.
    pub most: usize,
}

/// The rows as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collected {
    pub text: String,
    pub rows: usize,
    pub whole: bool,
}

impl Collect {
    /// Reads the rows at one moment. A row that is no longer there is left out.
    pub fn read(&self, store: &Path, now: Time) -> Result<Collected, StoreError> {
        let reader = Reader::open(store)?;
        let shape = reader.shape().clone();
        reader.look_at(now, |view| {
            let (mut text, mut rows) = (String::new(), 0);
            for id in &self.rows {
                let Some(row) = view.row(*id)? else { continue };
                if rows > 0 {
                    text.push_str(if self.whole { "\n\n" } else { "\n" });
                }
                text.push_str(&if self.whole {
                    lines(&row, &shape)
                } else {
                    row.key
                });
                rows += 1;
                if text.len() > self.most {
                    break;
                }
            }
            Ok(Collected {
                text,
                rows,
                whole: self.whole,
            })
        })
    }
}

/// A row as `column: value` lines, without the columns that are empty.
pub fn lines(row: &Row, shape: &Shape) -> String {
    let declared = shape.columns.iter().map(|column| column.name.as_str());
    let lines: Vec<String> = declared
        .chain(["phase", "phase_since", "wave"])
        .filter_map(|name| {
            let value = cell(row, name);
            (!value.is_null()).then(|| format!("{name}: {}", &*value))
        })
        .collect();
    lines.join("\n")
}
