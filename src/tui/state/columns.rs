//! The column chooser.

use super::Column;

/// The columns as they will be once it is accepted.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    pub at: usize,
    /// Each column, and whether it is shown.
    pub all: Vec<(Column, bool)>,
}
