//! What the console is doing: everything a frame is drawn from, beside the snapshot.

mod choose;
mod columns;
mod line;
mod log;
mod palette;
mod pick;
mod preview;
mod screen;
mod table;
mod terminal;

pub use choose::Choose;
pub use columns::Columns;
pub use line::LineFor;
pub use log::Log;
pub use palette::Palette;
pub use pick::Pick;
pub use preview::{Act, Field, Preview};
pub use screen::Screen;
pub use table::{Column, Table};
pub use terminal::{Focus, Terminal};

use super::data::{JournalWant, ListWant, Names, RowVerb, Snapshot, Topic, Want};
use super::draw::layout;
use super::event::Engine;
use super::keys::{Keymap, Where};
use super::look::Look;
use crate::model::row::RowId;
use crate::model::rule::Shape;
use crate::model::time::Time;
use crate::pipeline::definition::Column as Declared;
use crate::store::{Switch, SwitchKind};
use std::sync::Arc;
use tui_input::Input;

/// What does not change while the console runs.
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
    Filter(Input),
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

/// Everything.
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
    /// The last act asked, and the number the next one gets.
    pub asked: Option<(u64, Act)>,
    pub next_number: u64,
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
            asked: None,
            next_number: 1,
            wanted: None,
        }
    }

    pub fn screen(&self) -> &Screen {
        self.screens.last().unwrap_or(&Screen::Main)
    }

    /// The nearest place for keys.
    pub fn place(&self) -> Where {
        match &self.mode {
            Mode::Filter(_) | Mode::Line(..) => Where::Text,
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
        if let Screen::Dossier { row, .. } = self.screen() {
            return vec![*row];
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
            },
            dossier: self.screens.iter().rev().find_map(|screen| match screen {
                Screen::Dossier { row, .. } => Some(*row),
                _ => None,
            }),
            members: match &self.mode {
                Mode::Preview(preview) => preview.want(),
                _ => None,
            },
            topic: self.screen().topic(),
        }
    }

    /// The ids of the list on the screen on top, as last read for it; none while it is not read yet.
    pub fn topic_ids(&self) -> Vec<String> {
        let (want, topic) = match &self.data.topic {
            Some(known) => known,
            None => return Vec::new(),
        };
        if self.screen().topic().as_ref().map(std::mem::discriminant)
            == Some(std::mem::discriminant(want))
        {
            topic.ids()
        } else {
            Vec::new()
        }
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

    /// Lines of a screen that is not the main one: all but its title and the footer.
    pub fn screen_height(&self) -> usize {
        usize::from(self.size.1).saturating_sub(2)
    }
}

/// The verb as a button says it, and as its request names it.
pub fn verb_title(verb: RowVerb) -> &'static str {
    match verb {
        RowVerb::Retry => "Retry",
        RowVerb::Hold => "Hold",
        RowVerb::Release => "Release",
        RowVerb::Refresh => "Refresh",
    }
}
