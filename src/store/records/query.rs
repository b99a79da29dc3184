//! Which rows, in which order.

/// Which rows, in which order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// SQL over the row; judged read-only by the database's own authorizer.
    pub condition: Option<String>,
    /// What must hold beside the condition, of the records around the row.
    pub parts: Vec<Part>,
    /// Columns, each ascending or descending; `key` breaks ties.
    pub order: Vec<(String, bool)>,
    pub offset: u64,
    pub limit: Option<u64>,
}

impl Query {
    pub fn all() -> Self {
        Self::default()
    }
}

/// One thing asked of a row that its own columns cannot answer. Typed SQL may read the row alone, so this is data, and
/// the store writes the SQL for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub among: Among,
    /// The rows that are not among these.
    pub not: bool,
}

/// A set of rows, by the records around them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Among {
    /// With this stage or ladder, whatever their state; or in one state. `None` is any of them.
    Rule {
        rule: Option<String>,
        standing: Option<Standing>,
    },
    /// In a ladder's queue, now.
    Stuck,
    /// Whose latest attempt of a rule failed: with this group's id, or with all of these words in the fault. Empty is any.
    Fault(String),
    /// Parked, or held by an operator.
    Held,
    /// With a call whose outcome is not known.
    Unknown,
}

/// How a row stands with a stage or ladder, as its counts have it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// May be taken now.
    Queued,
    /// May be taken when a moment comes or its wave opens.
    Later,
    Running,
    Waiting,
    BackingOff,
    Held,
}
