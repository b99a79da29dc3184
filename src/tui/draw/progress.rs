//! The screen of the progress.

use super::page::Page;
use crate::tui::state::State;

pub fn page(_state: &State, _size: (u16, u16)) -> Page {
    Page::new("progress")
}
