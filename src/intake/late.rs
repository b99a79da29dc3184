//! What of an event may be written: a column in `keep` stays, and older never overwrites newer.
//!
//! Senders deliver in any order: Fleet posts each activity on its own and repeats for half an hour. What decides is the
//! moment the *sender* gives an event (`timestamp`, `created_at`), compared with the events that wrote before it: the same
//! intake's newest on this row, and whichever wrote the column last. A late event leaves what a newer one said; of what is
//! kept from the first event it may move a time back, as it turns out to have been the first. So the row ends the same in
//! whatever order its events come. An event without such a moment is taken as it comes, and so is a poll of a state,
//! which was read just now.

use crate::model::row::{Row, Values};
use crate::model::time::Time;
use crate::model::value::Value;
use crate::pipeline::definition::{Intake, Source};
use crate::store::{StoreError, View};
use std::borrow::Cow;

/// What is written, and the columns of which something newer is known.
pub(super) struct Open<'a> {
    pub(super) values: Cow<'a, Values>,
    pub(super) late: Vec<String>,
}

/// Of what an event says, what may be written to the row as it is.
pub(super) fn open<'a>(
    view: &View<'_>,
    intake: &Intake,
    sent_at: Option<Time>,
    row: Option<&Row>,
    values: &'a Values,
) -> Result<Open<'a>, StoreError> {
    let mut open = Open {
        values: Cow::Borrowed(values),
        late: Vec::new(),
    };
    let Some(row) = row else {
        return Ok(open);
    };
    let sent_at = sent_at.filter(|_| tells_events(intake));
    let newest = match sent_at {
        Some(_) => view.newest_sent(row.id, &intake.name)?,
        None => None,
    };
    let comes_late = sent_at < newest;
    let mut left = Vec::new();
    for (column, new) in values {
        let old = row.get(column);
        if old == new {
            continue;
        }
        if intake.keep.contains(column) && !old.is_null() {
            if !(comes_late && is_earlier(new, old)) {
                left.push(column);
            }
        } else if comes_late || (sent_at.is_some() && sent_at < view.sent_of(row.id, column)?) {
            left.push(column);
            open.late.push(column.clone());
        }
    }
    if !left.is_empty() {
        let kept = values.iter().filter(|(column, _)| !left.contains(column));
        open.values = Cow::Owned(kept.map(|(c, v)| (c.clone(), v.clone())).collect());
    }
    Ok(open)
}

/// Whether what is heard happened at some moment, rather than being so when it was read.
fn tells_events(intake: &Intake) -> bool {
    intake.dedupe.is_some() || !matches!(intake.source, Source::Poll { .. })
}

fn is_earlier(new: &Value, old: &Value) -> bool {
    matches!((new, old), (Value::Time(new), Value::Time(old)) if new < old)
}
