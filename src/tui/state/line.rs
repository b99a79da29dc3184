//! What a line is typed for.

/// What becomes of the line once it is accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LineFor {
    /// Words the log's entries must have.
    LogSearch,
    /// Words the lines of the screen's list must have.
    PickSearch,
    /// The file that what is shown is written to.
    Export,
    /// The name under which the view is kept.
    SaveView,
}
