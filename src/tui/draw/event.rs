//! The screen of the event.

use super::page::Page;
use crate::tui::state::State;

pub fn page(_state: &State, _wide: usize) -> Page {
    Page::new("event")
}
