//! What the console is doing: everything a frame is drawn from, beside the snapshot.

mod act;
mod asked;
mod choose;
mod column;
mod columns;
mod filtering;
mod keeping;
mod line;
mod log;
mod palette;
mod past;
mod pick;
mod preview;
mod range;
mod screen;
mod table;
mod terminal;

pub use act::{Act, Chosen};
pub use asked::Asked;
pub use choose::{Choose, EMPTY, Purpose, value};
pub use column::Column;
pub use columns::Columns;
pub use filtering::Filtering;
pub use line::LineFor;
pub use log::Log;
pub use palette::{Does, Entry, Palette, views};
pub use past::Past;
pub use pick::Pick;
pub use preview::{Field, Preview};
pub use range::Range;
pub use screen::Screen;
pub use table::{Sort, Table};
pub use terminal::{Focus, Terminal};

use super::data::{CommandWant, JournalWant, ListWant, Members, Names, Snapshot, Topic, Want};
use super::draw::layout;
use super::event::Engine;
use super::kept::{Change, Kept};
use super::keys::{Keymap, Where};
use super::look::Look;
use crate::model::row::RowId;
use crate::model::rule::Shape;
use crate::model::time::Time;
use crate::pipeline::definition::Column as Declared;
use crate::store::{CommandId, Switch, SwitchKind};
use std::collections::BTreeSet;
use std::sync::Arc;
use tui_input::Input;

/// What does not change while the console runs.
#[derive(Clone)]
pub struct Facts {
    pub shape: Shape,
    pub names: Names,
    pub keymap: Keymap,
    pub look: Look,
    pub read_only: bool,
}

impl Facts {
    /// What the pipeline says of a column.
    pub fn column(&self, name: &str) -> Option<&Declared> {
        self.names.pipeline()?.column(name)
    }

    /// A column's title; its name where there is none.
    pub fn column_title<'a>(&'a self, name: &'a str) -> &'a str {
        self.column(name).map_or(name, |column| &column.title)
    }
}

/// Which pane of the main screen has the keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pane {
    #[default]
    Table,
    Stages,
    Log,
}

/// What keys are for just now.
#[derive(Clone, Debug, Default)]
pub enum Mode {
    /// Moving and acting.
    #[default]
    Browse,
    /// Typing a filter.
    Filter(Box<Filtering>),
    /// Typing a line for something else.
    Line(LineFor, Input),
    /// Looking at an act before it is asked.
    Preview(Box<Preview>),
    /// Everything by name.
    Palette(Box<Palette>),
    /// Choosing one of a few named things: which stage, which ladder, which column.
    Choose(Box<Choose>),
    /// Choosing the table's columns.
    Columns(Box<Columns>),
}

/// A sentence at the bottom, until the next key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flash {
    pub text: String,
    /// Something was refused or failed.
    pub bad: bool,
}

/// What is shown stands still.
#[derive(Clone, Debug)]
pub struct Paused {
    /// Engine time.
    pub since: Time,
    /// What was read meanwhile, whole.
    pub newest: Option<Arc<Snapshot>>,
}

/// Everything.
#[derive(Clone)]
pub struct State {
    pub facts: Facts,
    /// Columns and lines of the terminal.
    pub size: (u16, u16),
    /// Engine time.
    pub now: Time,
    pub demo: Option<String>,
    pub engine: Engine,
    pub data: Arc<Snapshot>,
    /// False until the first snapshot.
    pub ready: bool,
    /// True while the store cannot be read: what is shown is of before.
    pub unreadable: bool,
    /// Never empty; the first is the main screen.
    pub screens: Vec<Screen>,
    pub mode: Mode,
    pub pane: Pane,
    pub table: Table,
    /// The line of the stages pane that has the cursor.
    pub stage: usize,
    pub log: Log,
    pub terminal: Terminal,
    pub flash: Option<Flash>,
    /// The first line of all, until the first key.
    pub greeting: bool,
    /// Since when what is shown stands still.
    pub paused: Option<Paused>,
    /// What is kept between sessions, and what of it is not handed on yet.
    pub kept: Kept,
    pub unkept: Vec<Change>,
    /// The act asked last, until it is answered.
    pub asked: Option<Asked>,
    /// The number the next preview or choice gets.
    pub next_number: u64,
    /// It is a moment that has been that is looked at.
    pub past: Option<Past>,
    /// What was last said to be looked at.
    pub wanted: Option<Want>,
}

impl State {
    pub fn new(facts: Facts, size: (u16, u16), now: Time) -> Self {
        Self {
            table: Table::new(&facts),
            facts,
            size,
            now,
            demo: None,
            engine: Engine::default(),
            data: Arc::default(),
            ready: false,
            unreadable: false,
            screens: vec![Screen::Main],
            mode: Mode::Browse,
            pane: Pane::Table,
            stage: 0,
            log: Log::default(),
            terminal: Terminal::default(),
            flash: None,
            greeting: false,
            paused: None,
            kept: Kept::default(),
            unkept: Vec::new(),
            asked: None,
            next_number: 1,
            past: None,
            wanted: None,
        }
    }

    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Main)
    }

    /// The nearest place for keys.
    pub fn place(&self) -> Where {
        match &self.mode {
            Mode::Filter(_) => Where::Filter,
            Mode::Line(..) => Where::Text,
            Mode::Preview(_) => Where::Preview,
            Mode::Palette(_) | Mode::Choose(_) => Where::Palette,
            Mode::Columns(_) => Where::Columns,
            Mode::Browse => self.screen().place().unwrap_or(match self.pane {
                Pane::Table => Where::Table,
                Pane::Stages => Where::Stages,
                Pane::Log => Where::Log,
            }),
        }
    }

    pub fn flash(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash {
            text: text.into(),
            bad: false,
        });
    }

    pub fn refuse(&mut self, text: impl Into<String>) {
        self.flash = Some(Flash {
            text: text.into(),
            bad: true,
        });
    }

    pub fn areas(&self) -> layout::Areas {
        layout::main(self.size, self.data.counts.len(), self.pane)
    }

    /// Lines of the table that fit.
    pub fn table_height(&self) -> usize {
        usize::from(self.areas().table.height)
    }

    /// The rows an act is about: the marked ones, else the one looked at.
    pub fn chosen(&self) -> Vec<RowId> {
        if let Some(rows) = self.rows_of_screen() {
            return rows;
        }
        if self.table.marks.is_empty() {
            return self.table.cursor.into_iter().collect();
        }
        let mut rows: Vec<RowId> = self
            .data
            .list
            .ids
            .iter()
            .copied()
            .filter(|id| self.table.marks.contains(id))
            .collect();
        let shown: std::collections::BTreeSet<RowId> = rows.iter().copied().collect();
        rows.extend(
            self.table
                .marks
                .iter()
                .copied()
                .filter(|id| !shown.contains(id)),
        );
        rows
    }

    /// The rows that the screen on top is about; `None` when that is the table's to say.
    fn rows_of_screen(&self) -> Option<Vec<RowId>> {
        let chosen = self.screen().pick().and_then(|pick| pick.id.as_deref());
        let one = |row: Option<RowId>| Some(row.into_iter().collect());
        match (self.screen(), self.topic()) {
            (Screen::Dossier { row, .. }, _) => Some(vec![*row]),
            (Screen::Faults(_), Some(Topic::Faults(topic))) => {
                let members = topic.chosen.as_ref();
                let members = members.filter(|known| Some(known.id.as_str()) == chosen);
                Some(members.map_or_else(Vec::new, |known| known.rows.to_vec()))
            }
            (Screen::History(_), Some(Topic::History(topic))) => {
                one(topic.found.get(chosen).map(|attempt| attempt.row))
            }
            (Screen::Attempt { id, .. }, Some(Topic::Attempt(topic))) => {
                let attempt = topic.attempt.as_ref().filter(|known| known.id == *id);
                one(attempt.map(|known| known.row))
            }
            (Screen::Inbox(_), Some(Topic::Inbox(topic))) => {
                one(topic.found.get(chosen).and_then(|event| event.row))
            }
            (Screen::Event { id, .. }, Some(Topic::Event(topic))) => {
                let event = topic.event.as_ref().filter(|known| known.id == *id);
                one(event.and_then(|known| known.row))
            }
            // Not read yet: nothing, and never what lies below.
            (
                Screen::Faults(_)
                | Screen::History(_)
                | Screen::Attempt { .. }
                | Screen::Inbox(_)
                | Screen::Event { .. },
                _,
            ) => Some(Vec::new()),
            _ => None,
        }
    }

    /// The rows an act is about, with those of them that the filter does not show.
    pub fn chosen_rows(&self) -> Chosen {
        let rows = self.chosen();
        let hidden = if matches!(self.screen(), Screen::Main) && !self.table.marks.is_empty() {
            let shown: BTreeSet<RowId> = self.data.list.ids.iter().copied().collect();
            let hidden = rows.iter().filter(|row| !shown.contains(row));
            hidden.copied().collect()
        } else {
            BTreeSet::new()
        };
        Chosen {
            rows: Arc::new(rows),
            hidden: Arc::new(hidden),
        }
    }

    /// The rows of the preview that is open, as far as they were looked at.
    pub fn members(&self) -> Option<&Members> {
        let Mode::Preview(preview) = &self.mode else {
            return None;
        };
        let members = self.data.members.as_deref()?;
        (members.number == preview.number).then_some(members)
    }

    fn command_want(&self) -> Option<CommandWant> {
        if let Mode::Choose(choose) = &self.mode
            && let Purpose::Frozen(command, _) = choose.purpose
        {
            return Some(CommandWant(CommandId(command)));
        }
        self.asked.as_ref()?.want(&self.data.commands.seen)
    }

    /// A number of its own for a preview or a choice.
    pub fn take_number(&mut self) -> u64 {
        let number = self.next_number;
        self.next_number += 1;
        number
    }

    /// Marked rows that the filter does not show.
    pub fn hidden_marks(&self) -> usize {
        let (marks, list) = (&self.table.marks, &self.data.list);
        marks.iter().filter(|row| !list.holds(**row)).count()
    }

    /// The stop of all sending, when it is on.
    pub fn stopped(&self) -> Option<&Switch> {
        self.data
            .switches
            .iter()
            .find(|switch| switch.kind == SwitchKind::Stop && switch.on)
    }

    /// What is visible, and so worth reading.
    pub fn want(&self) -> Want {
        let height = self.table_height().max(1);
        let page = self.table.top / height;
        let areas = self.areas();
        let shown = areas.log.map_or(0, |area| usize::from(area.height));
        Want {
            list: ListWant {
                condition: self.table.condition.clone(),
                order: self.table.order(),
            },
            // Whole pages, so that moving within one asks for nothing.
            window: (page.saturating_sub(1) * height, height * 4),
            journal: JournalWant {
                anchor: self.log.anchor,
                level: self.log.level,
                count: (shown * 3).max(12),
                read_to: self.log.read_to,
                row: self.log_row(),
                seek: self.log.seek.clone(),
            },
            dossier: self.screens.iter().rev().find_map(|screen| match screen {
                Screen::Dossier { row, .. } => Some(*row),
                _ => None,
            }),
            members: match &self.mode {
                Mode::Preview(preview) => preview.want(),
                _ => None,
            },
            choices: match &self.mode {
                Mode::Choose(choose) => choose.want(),
                _ => None,
            },
            wave: match &self.mode {
                Mode::Preview(preview) => preview.wave(),
                _ => None,
            },
            command: self.command_want(),
            topic: self.screen().topic(),
            find: match &self.mode {
                Mode::Palette(palette) => palette.sought(),
                _ => None,
            },
            at: self.past.map(|past| past.at),
        }
    }

    /// The row whose entries alone the log shows.
    pub fn log_row(&self) -> Option<RowId> {
        if !self.log.of_row {
            return None;
        }
        match self.screen() {
            Screen::Dossier { row, .. } => Some(*row),
            _ => self.table.cursor,
        }
    }

    /// The zone in which moments are told.
    pub fn zone(&self) -> chrono_tz::Tz {
        let pipeline = self.facts.names.pipeline();
        pipeline.map_or(chrono_tz::UTC, |pipeline| pipeline.timezone)
    }

    /// A row's key, as far as it was read.
    pub fn key_of(&self, row: RowId) -> Option<&str> {
        let line = self.data.lines.get(&row).map(|line| &line.row);
        let dossier = || self.data.dossier.as_ref().map(|dossier| &dossier.row);
        let row = line.or_else(|| dossier().filter(|known| known.id == row))?;
        Some(&row.key)
    }

    /// The ids of the list on the screen on top, as last read for it; none while it is not read yet.
    pub fn topic_ids(&self) -> Arc<[String]> {
        self.topic().map(Topic::ids).unwrap_or_default()
    }

    /// What was read for the screen on top.
    pub fn topic(&self) -> Option<&Topic> {
        let (want, topic) = self.data.topic.as_ref()?;
        let wanted = self.screen().topic()?;
        (std::mem::discriminant(&wanted) == std::mem::discriminant(want)).then_some(topic)
    }

    /// Lines of the list on the screen on top.
    pub fn pick_height(&self) -> usize {
        crate::tui::draw::listing::height(self.size)
    }
}
