//! One line of the palette, and those that match.

use super::score::score;
use crate::model::row::RowId;
use crate::store::Level;
use crate::tui::keys::Action;
use crate::tui::look::ThemeName;
use crate::tui::state::{Column, Pane};
use tui_input::Input;

/// Where a line belongs; with nothing typed they come in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    Used,
    Rows,
    Acts,
    Screens,
    Views,
    Filters,
    Stages,
    Waves,
    Brakes,
    Columns,
    Order,
    Log,
    Looks,
    Moving,
}

impl Group {
    pub fn title(self) -> &'static str {
        match self {
            Self::Used => "last used",
            Self::Rows => "rows",
            Self::Acts => "here",
            Self::Screens => "screens",
            Self::Views => "views",
            Self::Filters => "filters",
            Self::Stages => "stages",
            Self::Waves => "waves",
            Self::Brakes => "brakes",
            Self::Columns => "columns",
            Self::Order => "order",
            Self::Log => "log",
            Self::Looks => "looks",
            Self::Moving => "moving",
        }
    }
}

/// What choosing a line does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Does {
    /// What a key does; in another pane of the main screen when one is named.
    Key(Action, Option<Pane>),
    /// An act on a stage, ladder, wave or brake, by its name.
    Act(Action, String),
    Filter(String),
    Sort(Column, bool),
    Show(Column, bool),
    Level(Level),
    Theme(ThemeName),
    View(String),
    Forget(String),
    Row(RowId),
    Quit,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub name: String,
    pub about: String,
    pub key: String,
    pub group: Group,
    pub does: Does,
    /// Why it cannot work just now.
    pub off: Option<&'static str>,
}

impl Entry {
    pub fn new(group: Group, name: impl Into<String>, does: Does) -> Self {
        Self {
            name: name.into(),
            about: String::new(),
            key: String::new(),
            group,
            does,
            off: None,
        }
    }

    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }
}

/// What is typed, the lines there are, and which of those that match has the cursor.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub line: Input,
    pub at: usize,
    pub entries: Vec<Entry>,
    /// Rows whose keys have what is typed, as far as they are read.
    pub rows: Vec<Entry>,
}

impl Palette {
    /// Those that match, the best first; with nothing typed, all of them by place.
    pub fn shown(&self) -> Vec<&Entry> {
        let typed = self.line.value().trim();
        if typed.is_empty() {
            return self.entries.iter().collect();
        }
        let rows = self.rows.iter();
        let all = self
            .entries
            .iter()
            .filter(|entry| entry.group != Group::Used);
        let mut found: Vec<_> = all
            .chain(rows)
            .enumerate()
            .filter_map(|(at, entry)| {
                let by_name = score(typed, &entry.name);
                let by_key = match entry.group {
                    Group::Rows => score(typed, entry.name.split_once(' ')?.1),
                    _ => None,
                };
                let best = by_key.or(by_name)?.min(by_name.or(by_key)?);
                // What cannot work comes after what is as good and can.
                Some((best, entry.off.is_some(), at, entry))
            })
            .collect();
        found.sort_by_key(|(score, off, at, _)| (*score, *off, *at));
        found.into_iter().map(|(.., entry)| entry).collect()
    }

    pub fn chosen(&self) -> Option<&Entry> {
        self.shown().get(self.at).copied()
    }

    pub fn step(&mut self, by: isize) {
        let last = self.shown().len().saturating_sub(1);
        self.at = self.at.saturating_add_signed(by).min(last);
    }

    /// What tab puts in: as much as the names that begin with what is typed agree on, else the chosen one.
    pub fn completed(&self) -> Option<String> {
        let typed = self.line.value();
        let begins = |name: &str| name.to_lowercase().starts_with(&typed.to_lowercase());
        let shown = self.shown();
        let mut names = shown
            .iter()
            .map(|entry| entry.name.as_str())
            .filter(|name| begins(name));
        let chosen = || shown.get(self.at).map(|entry| entry.name.clone());
        let first = match names.next() {
            Some(first) if !typed.is_empty() => first,
            _ => return chosen(),
        };
        let agreed = names.fold(first, |agreed, name| {
            let same = agreed.chars().zip(name.chars()).take_while(|(a, b)| a == b);
            &agreed[..same.map(|(c, _)| c.len_utf8()).sum()]
        });
        if agreed.chars().count() > typed.chars().count() {
            Some(agreed.to_owned())
        } else {
            chosen()
        }
    }

    /// The key that is looked for, when what is typed may be part of one.
    pub fn sought(&self) -> Option<String> {
        let typed = self.line.value().trim();
        let key = typed.strip_prefix("row ").unwrap_or(typed).trim();
        let enough = key.chars().count() >= 3 && !key.contains(char::is_whitespace);
        enough.then(|| key.to_owned())
    }
}
