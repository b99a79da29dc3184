//! What is shown, written to a file: whole or not at all.

use super::list::ListWant;
use super::names::Names;
use super::snapshot::Waits;
use super::standing::{Known, Standing};
use super::waits::Waiting;
use crate::model::row::Row;
use crate::model::sheet::{cell, csv_cell, csv_line, guarded};
use crate::model::time::Time;
use crate::store::{Reader, StoreError, View};
use serde_json::{Map, Value as Json};
use std::borrow::Cow;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// What is written, and where.
#[derive(Clone, Debug, PartialEq)]
pub struct Export {
    pub path: PathBuf,
    /// A file that is there already is replaced.
    pub over: bool,
    pub what: Sheet,
}

/// What the file holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Sheet {
    /// Every row of a list, read at one moment.
    Rows { list: ListWant, columns: Vec<Shown> },
    /// What another screen shows.
    Lines {
        heading: Vec<String>,
        lines: Vec<Vec<String>>,
    },
}

/// A column of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// By its name.
    Column(String),
    /// What the row waits for.
    Waits,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    pub path: PathBuf,
    pub rows: usize,
    pub bytes: u64,
}

/// Why nothing was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExportError {
    /// The file is there already.
    Exists(PathBuf),
    /// A sentence.
    Failed(String),
}

impl From<StoreError> for ExportError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.to_string())
    }
}

impl Export {
    /// Reads and writes; takes as long as it takes, so never on the thread that draws. The file is its owner's alone, and
    /// has its name only once it is whole.
    pub fn run(&self, store: &Path, names: &Names, now: Time) -> Result<Written, ExportError> {
        if !self.over && fs::symlink_metadata(&self.path).is_ok() {
            return Err(ExportError::Exists(self.path.clone()));
        }
        let part = self.part()?;
        let failed = |error: io::Error| {
            ExportError::Failed(format!(
                "{} cannot be written: {error}",
                self.path.display()
            ))
        };
        let file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&part)
            .map_err(failed)?;
        let written = self
            .fill(file, store, names, now)
            .and_then(|rows| self.put(&part).map(|bytes| (rows, bytes)));
        // Half a file would be taken for a whole one.
        let _ = fs::remove_file(&part);
        let (rows, bytes) = written?;
        Ok(Written {
            path: self.path.clone(),
            rows,
            bytes,
        })
    }

    /// The file while it is not whole, beside where it will be.
    fn part(&self) -> Result<PathBuf, ExportError> {
        let Some(name) = self.path.file_name() else {
            let why = format!("\"{}\" is no name of a file", self.path.display());
            return Err(ExportError::Failed(why));
        };
        let name = name.to_string_lossy();
        let ours = rustix::process::getpid().as_raw_nonzero();
        Ok(self.path.with_file_name(format!(".{name}.{ours}.part")))
    }

    /// Gives the whole file its name, and answers its bytes.
    fn put(&self, part: &Path) -> Result<u64, ExportError> {
        let put = || -> io::Result<u64> {
            let bytes = fs::metadata(part)?.len();
            if self.over {
                fs::rename(part, &self.path)?;
            } else if let Err(error) = fs::hard_link(part, &self.path) {
                // Not every file system can give a second name; one that can tells a file that came meanwhile.
                if fs::symlink_metadata(&self.path).is_ok() {
                    return Err(io::ErrorKind::AlreadyExists.into());
                }
                fs::rename(part, &self.path).map_err(|_| error)?;
            }
            Ok(bytes)
        };
        put().map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => ExportError::Exists(self.path.clone()),
            _ => ExportError::Failed(format!(
                "{} cannot be written: {error}",
                self.path.display()
            )),
        })
    }

    fn fill(
        &self,
        file: File,
        store: &Path,
        names: &Names,
        now: Time,
    ) -> Result<usize, ExportError> {
        let ending = self.path.extension().unwrap_or_default();
        let mut page = Page {
            out: BufWriter::new(file),
            json: ending.eq_ignore_ascii_case("json"),
            heading: Vec::new(),
            lines: 0,
            fault: None,
        };
        match &self.what {
            Sheet::Lines { heading, lines } => {
                page.begin(heading.clone());
                for line in lines {
                    let cells = line.iter().map(|text| (guarded(text), Json::from(&**text)));
                    page.line(cells.collect());
                }
            }
            Sheet::Rows { list, columns } => {
                let headings = columns.iter().map(|column| match column {
                    Shown::Column(name) => name.clone(),
                    Shown::Waits => "waits_for".to_owned(),
                });
                page.begin(headings.collect());
                let reader = Reader::open(store)?;
                reader.look_at(now, |view| rows(view, list, columns, names, now, &mut page))?;
            }
        }
        page.end().map_err(|error| {
            ExportError::Failed(format!(
                "{} cannot be written: {error}",
                self.path.display()
            ))
        })
    }
}

/// Row after row, so that none of them need be held.
fn rows(
    view: &View<'_>,
    list: &ListWant,
    columns: &[Shown],
    names: &Names,
    now: Time,
    page: &mut Page,
) -> Result<(), StoreError> {
    let switches = view.switches()?;
    let standing = Standing::read(view, names)?;
    let known = Known::new(names, &switches, &standing);
    let mut waiting = Waiting::default();
    for id in view.ids(&list.query())? {
        let Some(row) = view.row(id)? else { continue };
        let waits = if columns.contains(&Shown::Waits) {
            waiting.of(view, &row, known, now)?
        } else {
            Waits::default()
        };
        page.line(
            columns
                .iter()
                .map(|column| said(&row, &waits, column))
                .collect(),
        );
        if page.fault.is_some() {
            break;
        }
    }
    Ok(())
}

fn said<'a>(row: &Row, waits: &Waits, column: &Shown) -> (Cow<'a, str>, Json) {
    match column {
        Shown::Column(name) => {
            let value = cell(row, name);
            (csv_cell(&value), value.to_json())
        }
        Shown::Waits => (
            guarded(&waits.text).into_owned().into(),
            waits.text.clone().into(),
        ),
    }
}

/// A file being written. The first fault ends it.
struct Page {
    out: BufWriter<File>,
    json: bool,
    heading: Vec<String>,
    lines: usize,
    fault: Option<io::Error>,
}

impl Page {
    fn begin(&mut self, heading: Vec<String>) {
        self.heading = heading;
        if self.json {
            self.put("[");
        } else {
            let line = csv_line(self.heading.iter().map(|name| guarded(name)));
            self.put_line(line);
        }
    }

    fn line(&mut self, cells: Vec<(Cow<'_, str>, Json)>) {
        if self.json {
            let names = self.heading.iter().cloned();
            let row: Map<String, Json> =
                names.zip(cells.into_iter().map(|(_, json)| json)).collect();
            let comma = if self.lines > 0 { ",\n" } else { "\n" };
            self.put(&format!("{comma}{}", Json::Object(row)));
        } else {
            let line = csv_line(cells.into_iter().map(|(text, _)| text));
            self.put_line(line);
        }
        self.lines += 1;
    }

    fn put_line(&mut self, line: csv::Result<String>) {
        match line {
            Ok(line) => self.put(&line),
            Err(error) => self.fault = Some(io::Error::other(error.to_string())),
        }
    }

    fn put(&mut self, text: &str) {
        if self.fault.is_none() {
            self.fault = self.out.write_all(text.as_bytes()).err();
        }
    }

    /// On disk, and how many lines.
    fn end(mut self) -> io::Result<usize> {
        if self.json {
            self.put("\n]\n");
        }
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        self.out.flush()?;
        self.out.get_ref().sync_all()?;
        Ok(self.lines)
    }
}
