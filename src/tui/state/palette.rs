//! The command palette: everything by name.

use tui_input::Input;

/// What is typed, and which of the lines that match has the cursor.
#[derive(Clone, Debug, Default)]
pub struct Palette {
    pub line: Input,
    pub at: usize,
}
