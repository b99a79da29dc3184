//! The column chooser.

use super::pen::Pen;
use crate::tui::look::Meaning;
use crate::tui::state::{Columns, State};
use ratatui::layout::Rect;

pub fn draw(_state: &State, _columns: &Columns, pen: &mut Pen<'_>, area: Rect) {
    pen.frame(area, "columns", Meaning::Title);
}
