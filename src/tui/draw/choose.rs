//! A choice among named things.

use super::pen::Pen;
use crate::tui::look::Meaning;
use crate::tui::state::Choose;
use ratatui::layout::Rect;

pub fn draw(choose: &Choose, pen: &mut Pen<'_>, area: Rect) {
    pen.frame(area, &choose.title, Meaning::Title);
    super::footer::typed(
        pen,
        area.x + 2,
        area.y + 1,
        area.width - 4,
        &choose.line,
        true,
    );
}
