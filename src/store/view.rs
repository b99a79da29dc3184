//! Everything that can be read. What there is to read of each noun stands in that noun's file.

use super::context::Context;
use super::sql::Result;
use crate::model::rule::{Rules, Shape};
use crate::model::time::Time;
use rusqlite::{Params, Row};

/// A consistent look at the store.
pub struct View<'a> {
    pub(super) context: &'a Context,
}

impl<'a> View<'a> {
    pub(super) fn new(context: &'a Context) -> Self {
        Self { context }
    }

    /// Engine time of this look.
    pub fn now(&self) -> Time {
        self.context.now()
    }

    /// The subject table's shape, as of now.
    pub fn shape(&self) -> &'a Shape {
        &self.context.brain.shape
    }

    /// The rules in force, as of now.
    pub fn rules(&self) -> &'a Rules {
        &self.context.brain.rules
    }

    pub(super) fn all<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        Ok(self
            .context
            .conn
            .prepare_cached(sql)?
            .query_map(params, read)?
            .collect::<rusqlite::Result<_>>()?)
    }

    pub(super) fn one<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        read: impl FnOnce(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        use rusqlite::OptionalExtension;
        Ok(self
            .context
            .conn
            .prepare_cached(sql)?
            .query_row(params, read)
            .optional()?)
    }
}
