//! What was found for the calls of one row, kept with it.

use super::era::Era;
use crate::model::hash::sha256_hex;
use crate::model::row::RowId;
use crate::model::rule::RuleKind;
use crate::model::time::Time;
use crate::pipeline::walk::NextCall;
use crate::store::{StoreError, Tx, View};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// Where in the pipeline a call is made, and with what.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub rule: String,
    pub rung: Option<usize>,
    pub path: String,
    pub item: Option<usize>,
    pub action: String,
    /// Of the inputs.
    pub hash: String,
}

impl Place {
    pub fn of(rule: &str, rung: Option<usize>, call: &NextCall) -> Self {
        Self {
            rule: rule.to_owned(),
            rung,
            path: call.path.clone(),
            item: call.item,
            action: call.action.clone(),
            hash: hash(&call.input),
        }
    }
}

pub(super) fn hash(input: &Map<String, Json>) -> String {
    let mut hash = sha256_hex(Json::Object(input.clone()).to_string().as_bytes());
    hash.truncate(16);
    hash
}

/// What is known of a call that may have been forgotten.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum Verdict {
    /// It landed and the table does not know it: with this result.
    Landed {
        result: Json,
    },
    /// The same, and the row has gone on from it.
    Taken,
    /// Not there, at the first look.
    NotSeen,
    /// It may be made.
    Free,
    Unclear {
        why: String,
    },
    /// It cannot be told, and a person has it: released, it may be made.
    Persons,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Found {
    pub place: Place,
    pub verdict: Verdict,
    /// When it was first looked for.
    pub at: Time,
}

/// All that was found for one row.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Looked {
    era: String,
    /// Nothing is left to look at before sending may go on.
    pub done: bool,
    /// Looks at which a service could not be reached.
    pub troubles: u32,
    /// Why it could not be looked at, in the end.
    pub trouble: Option<String>,
    /// When to look again.
    pub again: Option<Time>,
    pub calls: Vec<Found>,
}

impl Looked {
    pub fn read(view: &View<'_>, row: RowId, era: &Era) -> Result<Self, StoreError> {
        let note = view.note(&name(row))?;
        let known = note.and_then(|note| serde_json::from_value::<Self>(note).ok());
        Ok(known
            .filter(|looked| looked.era == era.id)
            .unwrap_or_else(|| Self {
                era: era.id.clone(),
                done: false,
                troubles: 0,
                trouble: None,
                again: None,
                calls: Vec::new(),
            }))
    }

    pub fn write(&self, tx: &mut Tx<'_>, row: RowId) -> Result<(), StoreError> {
        tx.set_note(&name(row), &serde_json::to_value(self).unwrap_or_default())
    }

    pub fn find(&self, place: &Place) -> Option<&Found> {
        self.calls.iter().find(|found| found.place == *place)
    }

    /// Keeps what is known now of a call.
    pub fn keep(&mut self, place: Place, verdict: Verdict, at: Time) {
        match self.calls.iter_mut().find(|found| found.place == place) {
            Some(found) => found.verdict = verdict,
            None => self.calls.push(Found { place, verdict, at }),
        }
    }
}

fn name(row: RowId) -> String {
    format!("look_back/{}", row.0)
}

/// Where the calls of one rule are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub kind: RuleKind,
    pub rule: String,
    pub rung: Option<usize>,
    /// For people.
    pub title: String,
}
