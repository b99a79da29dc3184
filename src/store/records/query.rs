//! Asking for a list of rows.

/// What an `EXPLAIN`-free list of rows is asked for. Every part is optional.
#[derive(Clone, Debug, Default)]
pub struct Query {
    /// SQL over the row; judged read-only by the database's own authorizer.
    pub condition: Option<String>,
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
