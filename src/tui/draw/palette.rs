//! The command palette.

use super::pen::Pen;
use crate::tui::look::Meaning;
use crate::tui::state::{Palette, State};
use ratatui::layout::Rect;

pub fn draw(_state: &State, palette: &Palette, pen: &mut Pen<'_>, area: Rect) {
    pen.frame(area, "palette", Meaning::Title);
    super::footer::typed(
        pen,
        area.x + 2,
        area.y + 1,
        area.width - 4,
        &palette.line,
        true,
    );
}
