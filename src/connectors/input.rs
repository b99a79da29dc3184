//! Reads the inputs of a [`Call`]. The pipeline's checker has seen their types; a slip that still arrives is a sentence,
//! not a panic.

use super::action::Call;
use crate::model::fault::{Fault, FaultKind};
use serde_json::Value as Json;

/// The inputs of one call.
#[derive(Clone, Copy)]
pub(crate) struct Input<'a>(pub &'a Call);

impl<'a> Input<'a> {
    /// The input, when it is given and not null.
    pub fn json(self, name: &str) -> Option<&'a Json> {
        self.0.input.get(name).filter(|json| !json.is_null())
    }

    /// Text that is given and not blank.
    pub fn text_or_none(self, name: &str) -> Option<&'a str> {
        self.json(name)?
            .as_str()
            .filter(|text| !text.trim().is_empty())
    }

    /// Text that must be there; blank counts as missing, so that an empty serial never means "any".
    pub fn text(self, name: &str) -> Result<&'a str, Fault> {
        self.text_or_none(name)
            .ok_or_else(|| missing(name, "a text that is not empty"))
    }

    pub fn integer_or_none(self, name: &str) -> Option<i64> {
        let json = self.json(name)?;
        json.as_i64().or_else(|| json.as_str()?.trim().parse().ok())
    }

    /// A service's number for something: whole and above zero.
    pub fn id(self, name: &str) -> Result<i64, Fault> {
        self.integer_or_none(name)
            .filter(|id| *id > 0)
            .ok_or_else(|| missing(name, "a whole number above zero"))
    }

    /// Items per page, within what the service takes.
    pub fn per_page(self, most: i64) -> usize {
        let asked = self.integer_or_none("per_page").unwrap_or(200);
        usize::try_from(asked.clamp(1, most)).unwrap_or(1)
    }
}

fn missing(name: &str, wanted: &str) -> Fault {
    Fault::new(
        FaultKind::Misconfigured,
        format!("the input {name} is missing or is not {wanted}; correct the step's `with`"),
    )
}
