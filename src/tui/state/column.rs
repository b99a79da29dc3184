//! Columns of the table: their names in what is kept, their titles, the room they ask for.

use super::Facts;
use crate::model::value::ValueType;
use crate::tui::text;

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Column {
    Phase,
    Key,
    /// Time in the present phase.
    Age,
    /// A declared column, by its place in the shape.
    Declared(usize),
    /// Always the last: it takes the room that is left.
    Waits,
}

impl Column {
    /// Every column there is, as they come by themselves: those shown by default first.
    pub fn all(facts: &Facts) -> Vec<Self> {
        let shown = Self::shown(facts);
        let declared = (0..facts.shape.columns.len()).map(Self::Declared);
        let hidden = declared.filter(|column| {
            let Self::Declared(at) = column else {
                return false;
            };
            facts.shape.columns[*at].name != facts.shape.key && !shown.contains(column)
        });
        let mut all: Vec<Self> = shown.iter().copied().chain(hidden).collect();
        all.retain(|column| *column != Self::Waits);
        all.push(Self::Waits);
        all
    }

    /// Those shown by default.
    pub fn shown(facts: &Facts) -> Vec<Self> {
        let mut shown = vec![Self::Key, Self::Phase, Self::Age];
        for (at, column) in facts.shape.columns.iter().enumerate() {
            let wanted = facts.column(&column.name).is_none_or(|known| known.shown);
            if wanted && column.name != facts.shape.key && column.kind != ValueType::Json {
                shown.push(Self::Declared(at));
            }
        }
        shown.push(Self::Waits);
        shown
    }

    /// As it is kept between sessions. No declared column is called so, as `@` begins no name.
    pub fn name(self, facts: &Facts) -> String {
        match self {
            Self::Key => "@key".into(),
            Self::Phase => "@phase".into(),
            Self::Age => "@age".into(),
            Self::Waits => "@waits".into(),
            Self::Declared(at) => {
                let declared = facts.shape.columns.get(at);
                declared
                    .map(|column| column.name.clone())
                    .unwrap_or_default()
            }
        }
    }

    /// `None` when the pipeline no longer has it.
    pub fn from_name(name: &str, facts: &Facts) -> Option<Self> {
        match name {
            "@key" => Some(Self::Key),
            "@phase" => Some(Self::Phase),
            "@age" => Some(Self::Age),
            "@waits" => Some(Self::Waits),
            _ => {
                let mut declared = facts.shape.columns.iter();
                let at = declared.position(|column| column.name == name)?;
                (name != facts.shape.key).then_some(Self::Declared(at))
            }
        }
    }

    /// As its heading says it.
    pub fn title(self, facts: &Facts) -> &str {
        match self {
            Self::Phase => "Phase",
            Self::Key => facts.column_title(&facts.shape.key),
            Self::Age => "For",
            Self::Waits => "Waits for",
            Self::Declared(at) => facts.column_title(&facts.shape.columns[at].name),
        }
    }

    /// The room it asks for before anything was seen in it.
    pub fn room(self, facts: &Facts) -> usize {
        match self {
            Self::Key => text::width(self.title(facts)).max(8),
            Self::Phase => {
                let phases = facts.names.pipeline().into_iter().flat_map(|p| &p.phases);
                let widest = phases.map(|phase| text::width(&phase.name)).max();
                widest.map_or(7, |widest| widest.min(16) + 2)
            }
            Self::Age => 7,
            Self::Declared(_) => text::width(self.title(facts)),
            Self::Waits => 0,
        }
    }
}
