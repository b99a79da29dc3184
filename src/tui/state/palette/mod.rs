//! The command palette: everything by name.
//!
//! Its lines are made of data when it opens: the key map's actions that work where it was opened, screens, stages,
//! waves, columns, views. Typing narrows them, the best match first; with nothing typed the last used come first, then
//! the rest by place.

mod entries;
mod entry;
mod score;
mod stock;

pub use entry::{Does, Entry, Palette};
pub use stock::views;
