//! A choice among a few named things, before an act is previewed.

use tui_input::Input;

/// The choice.
#[derive(Clone, Debug, Default)]
pub struct Choose {
    pub title: String,
    pub line: Input,
    pub at: usize,
}
