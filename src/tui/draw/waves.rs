//! The screen of the waves.

use super::listing::Listing;
use crate::tui::state::{Pick, State};

pub fn listing(_state: &State, _pick: &Pick, _wide: usize) -> Listing {
    Listing {
        title: "waves".into(),
        ..Listing::default()
    }
}
