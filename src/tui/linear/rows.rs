//! The rows, numbered as they were told last: a number means the row it stood before, whatever came since.

use super::dialogue::Dialogue;
use super::orders::Target;
use crate::model::row::RowId;
use crate::tui::data::{Line, ListWant, WaitKind};
use crate::tui::filter::Condition;
use crate::tui::state::{Column, Screen, Table};
use crate::tui::{ages, text};
use std::fmt::Write as _;
use std::io::{self, Write};

/// Rows told at a time.
const PAGE: usize = 20;

/// The list told last.
#[derive(Debug, Default)]
pub struct Rows {
    ids: Vec<RowId>,
    /// How many of them were told; the others' numbers mean nothing yet.
    told: usize,
}

impl<W: Write> Dialogue<W> {
    pub(super) fn list(&mut self) -> io::Result<()> {
        if !self.read(|_| ())? {
            return Ok(());
        }
        if let Some(fault) = self.state.data.list.fault.clone() {
            self.paper.say(&fault)?;
        }
        self.rows = Rows {
            ids: self.state.data.list.ids.clone(),
            told: 0,
        };
        self.tell_rows()
    }

    /// The next page of the list told last.
    pub(super) fn tell_rows(&mut self) -> io::Result<()> {
        let count = self.rows.ids.len();
        let from = self.rows.told;
        if from == count {
            return self
                .paper
                .say(match (count, self.state.table.filter.is_empty()) {
                    (0, true) => "There are no rows.",
                    (0, false) => "No row matches; filter alone shows every row again.",
                    _ => "There is nothing more; list begins again.",
                });
        }
        let page: Vec<RowId> = self
            .rows
            .ids
            .iter()
            .copied()
            .skip(from)
            .take(PAGE)
            .collect();
        let ids: Vec<String> = page.iter().map(|id| id.0.to_string()).collect();
        let read = self.read(|want| {
            want.list = ListWant {
                condition: Condition {
                    sql: Some(format!("id IN ({})", ids.join(", "))),
                    parts: Vec::new(),
                },
                order: Vec::new(),
            };
            want.window = (0, PAGE);
        })?;
        if !read {
            return Ok(());
        }
        let data = self.state.data.clone();
        for (number, id) in (from + 1..).zip(&page) {
            let said = match data.lines.get(id) {
                Some(line) => self.row_said(line),
                None => "is no longer there".into(),
            };
            self.paper.say(&format!("{number}. {said}"))?;
        }
        self.rows.told = from + page.len();
        let subject = &self.state.facts.shape.subject;
        let all = text::count(count, subject);
        let told = self.rows.told;
        let more = if told < count { ": say more" } else { "" };
        self.paper
            .say(&format!("{} to {told} of {all}{more}.", from + 1))
    }

    /// `C02A, Leaving Jamf for 14m, waits for: in the staging team`.
    fn row_said(&self, line: &Line) -> String {
        let (row, now) = (&line.row, self.state.now);
        let phase = row.phase.as_deref().unwrap_or("no phase");
        let age = ages::short(now.since(row.phase_since));
        let mut said = format!("{}, {phase} for {age}", row.key);
        if let Column::Declared(at) = self.state.table.sort.column {
            let name = &self.state.facts.shape.columns[at].name;
            let title = self.state.facts.column_title(name);
            let value = Table::said(&self.state.facts, row, at, now);
            let value = if value.is_empty() { "empty" } else { &value };
            let _ = write!(said, ", {title} {value}");
        }
        let waits = &line.waits;
        let before = match waits.kind {
            WaitKind::Nothing => return said,
            WaitKind::Running => ", runs: ",
            WaitKind::Outside | WaitKind::Condition => ", waits for: ",
            WaitKind::Moment => ", ",
            WaitKind::Person => ", needs a person: ",
        };
        said.push_str(before);
        said.push_str(&waits.text);
        if let Some(until) = waits.until.filter(|until| *until > now) {
            let _ = write!(said, ", {}", ages::said(now, until));
        }
        said
    }

    pub(super) fn filter(&mut self, words: &str) -> io::Result<()> {
        let table = &self.state.table;
        let before = (table.condition.clone(), table.filter.clone());
        if let Err(why) = self.state.filter_by(words) {
            return self.paper.say(&why);
        }
        if !self.read(|_| ())? {
            return Ok(());
        }
        if let Some(fault) = self.state.data.list.fault.clone() {
            (self.state.table.condition, self.state.table.filter) = before;
            return self
                .paper
                .say(&format!("{fault}; the filter stays as it was"));
        }
        self.rows = Rows::default();
        let (count, total) = (self.state.data.list.ids.len(), self.state.data.total());
        let said = if self.state.table.filter.is_empty() {
            format!(
                "No filter: {}.",
                text::count(count, &self.state.facts.shape.subject)
            )
        } else {
            let total = text::thousands(total);
            format!("{} of {total} match.", text::thousands(count as u64))
        };
        self.paper.say(&format!("{said} Say list to hear them."))
    }

    pub(super) fn sort(&mut self, named: &str, descending: Option<bool>) -> io::Result<()> {
        let facts = &self.state.facts;
        let is = |name: &str| name.eq_ignore_ascii_case(named);
        let found = facts
            .shape
            .columns
            .iter()
            .position(|column| is(&column.name) || is(facts.column_title(&column.name)));
        let column = match found {
            _ if is("phase") => Column::Phase,
            _ if is("age") || is("for") => Column::Age,
            Some(at) if facts.shape.columns[at].name == facts.shape.key => Column::Key,
            _ if is("key") => Column::Key,
            Some(at) => Column::Declared(at),
            None => {
                return self.paper.say(&format!(
                    "There is no column \"{named}\"; try age, phase, or a column's title as a dossier says it."
                ));
            }
        };
        let sort = &mut self.state.table.sort;
        (sort.column, sort.descending) = (column, descending.unwrap_or(column == Column::Age));
        let first = if sort.descending {
            "largest, latest or longest first"
        } else {
            "smallest or earliest first"
        };
        self.paper.say(&format!("Sorted by {named}, {first}."))?;
        self.list()
    }

    /// One row's dossier, by its number or its key.
    pub(super) fn tell_row(&mut self, named: &str) -> io::Result<()> {
        let target = match named.parse() {
            Ok(number) if (1..=self.rows.told).contains(&number) => Target::Numbers(number, number),
            _ => Target::Key(named.to_owned()),
        };
        match self.resolve(&[target]) {
            Ok(rows) => {
                let Some(row) = rows.first().copied() else {
                    return Ok(());
                };
                self.tell(Screen::Dossier { row, scroll: 0 }, |want| {
                    want.dossier = Some(row);
                })
            }
            Err(_) => self.paper.say(&format!(
                "\"{named}\" is no order, no number told and no key of a row; help says what can be said."
            )),
        }
    }

    /// The rows that are meant, each once, in the order named. The error is a sentence.
    pub(super) fn resolve(&mut self, targets: &[Target]) -> Result<Vec<RowId>, String> {
        let mut rows = Vec::new();
        let mut seen = std::collections::BTreeSet::new();
        for target in targets {
            for row in self.one(target)? {
                if seen.insert(row) {
                    rows.push(row);
                }
            }
        }
        Ok(rows)
    }

    fn one(&mut self, target: &Target) -> Result<Vec<RowId>, String> {
        let now = self.state.now;
        match target {
            Target::All => {
                let read = self.read(|_| ());
                match (read, &self.state.data.list.fault) {
                    (Ok(true), None) => Ok(self.state.data.list.ids.clone()),
                    (_, Some(fault)) => Err(fault.clone()),
                    _ => Err("the store cannot be read".into()),
                }
            }
            Target::Numbers(from, to) => {
                if *from == 0 || from > to || *to > self.rows.told {
                    let named = if from == to {
                        from.to_string()
                    } else {
                        format!("{from}-{to}")
                    };
                    return Err(match self.rows.told {
                        0 => "no rows were told yet, so numbers mean nothing: say list first, or use keys".into(),
                        told => format!("{named} is not among the numbers told last, 1 to {told}"),
                    });
                }
                Ok(self.rows.ids[from - 1..*to].to_vec())
            }
            Target::Fault(named) => {
                let id = match named.parse::<usize>() {
                    Ok(number @ 1..) => self.faults.get(number - 1).cloned(),
                    _ => None,
                };
                let id = id.unwrap_or_else(|| named.clone());
                let found = self.source.look(now, |view| view.rows_of_fault(&id));
                match found {
                    Ok(rows) if rows.is_empty() => Err(format!(
                        "no fault is called \"{named}\": faults tells their numbers"
                    )),
                    Ok(rows) => Ok(rows),
                    Err(error) => Err(error.to_string()),
                }
            }
            Target::Word(key) | Target::Key(key) => {
                match self.source.look(now, |view| view.row_by_key(key)) {
                    Ok(Some(row)) => Ok(vec![row.id]),
                    Ok(None) => Err(format!(
                        "no row answers to \"{key}\"; keys are compared exactly"
                    )),
                    Err(error) => Err(error.to_string()),
                }
            }
        }
    }
}
