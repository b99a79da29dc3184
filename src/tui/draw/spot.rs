//! What lies under a cell of the screen, told by drawing it: so a click never lands beside what is seen.

use crate::model::row::RowId;
use crate::tui::state::{Column, Field, Pane, State};
use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Something that can be pointed at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spot {
    Pane(Pane),
    /// The columns before a row, where its mark stands.
    Gutter(RowId),
    Row(RowId),
    Heading(Column),
    /// A line of the stages, by its place among all of them.
    Stage(usize),
    /// A line of the screen's list, by its place among all of them.
    Line(usize),
    /// The preview, beside its fields and buttons.
    Preview,
    Field(Field),
}

/// What is there; of things that lie on each other, the one that is seen.
pub fn at(state: &State, column: u16, line: u16) -> Option<Spot> {
    let (wide, high) = state.size;
    if column >= wide || line >= high {
        return None;
    }
    let mut buffer = Buffer::empty(Rect::new(0, 0, wide, high));
    let spots = super::paint(state, &mut buffer);
    let here = Position::new(column, line);
    let mut found = spots.into_iter().rev();
    found
        .find(|(area, _)| area.contains(here))
        .map(|(_, spot)| spot)
}
