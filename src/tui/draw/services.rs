//! The screen of the services.

use super::listing::Listing;
use crate::tui::state::{Pick, State};

pub fn listing(_state: &State, _pick: &Pick, _wide: usize) -> Listing {
    Listing {
        title: "services".into(),
        ..Listing::default()
    }
}
