//! The screen of the history.

use super::listing::Listing;
use crate::tui::state::{Pick, State};

pub fn listing(_state: &State, _pick: &Pick, _wide: usize) -> Listing {
    Listing {
        title: "history".into(),
        ..Listing::default()
    }
}
