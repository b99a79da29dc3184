//! Rows found by part of their key.

use crate::model::row::RowId;
use crate::store::{Query, StoreError, View};

/// So many are found at most.
const MOST: u64 = 8;

/// Rows whose key has this part, with their keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub part: String,
    pub rows: Vec<(RowId, String)>,
}

impl Found {
    /// Reads anew when another part is looked for.
    pub fn look(
        known: &mut Option<Self>,
        view: &View<'_>,
        part: Option<&str>,
    ) -> Result<(), StoreError> {
        if part != known.as_ref().map(|known| known.part.as_str()) {
            *known = part.map(|part| Self::read(view, part)).transpose()?;
        }
        Ok(())
    }

    fn read(view: &View<'_>, part: &str) -> Result<Self, StoreError> {
        let query = Query {
            condition: Some(crate::tui::filter::contains(&view.shape().key, part)),
            limit: Some(MOST),
            ..Query::all()
        };
        let mut rows = Vec::new();
        // Whoever types a whole key means that row, however many others have it in theirs.
        if let Some(row) = view.row_by_key(part)? {
            rows.push((row.id, row.key));
        }
        for row in view.rows(&query)? {
            if rows.iter().all(|(known, _)| *known != row.id) {
                rows.push((row.id, row.key));
            }
        }
        Ok(Self {
            part: part.to_owned(),
            rows,
        })
    }
}
