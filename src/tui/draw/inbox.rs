//! The screen of the inbox.

use super::listing::Listing;
use crate::tui::state::{Pick, State};

pub fn listing(_state: &State, _pick: &Pick, _wide: usize) -> Listing {
    Listing {
        title: "inbox".into(),
        ..Listing::default()
    }
}
