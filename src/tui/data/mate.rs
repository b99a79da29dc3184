//! A second thread for a long list that somebody waits for: it looks through the other half of the table.

use crate::model::row::RowId;
use crate::model::time::Time;
use crate::store::{Half, Query, Reader, StoreError, View};
use std::sync::mpsc::{Receiver, Sender, channel};

/// What is asked of it: the rows of a list after the one in the middle.
struct Ask {
    query: Query,
    middle: RowId,
    now: Time,
}

/// A half, and the newest change there was then.
type Answer = Result<(Half, i64), StoreError>;

/// Asks for halves. The thread ends when this is dropped.
pub struct Mate {
    asks: Sender<Ask>,
    answers: Receiver<Answer>,
}

impl Mate {
    /// `None` when there is no thread to be had: one thread does it all then.
    pub fn start(reader: Reader) -> Option<Self> {
        let (asks, asked) = channel::<Ask>();
        let (answer, answers) = channel();
        let half = move |ask: &Ask| {
            reader.look_at(ask.now, |view| {
                let half = view.half(&ask.query, ask.middle, true)?;
                Ok((half, view.newest_change()?))
            })
        };
        let thread = std::thread::Builder::new().name("console-half".into());
        let started = thread.spawn(move || {
            for ask in asked {
                if answer.send(half(&ask)).is_err() {
                    return;
                }
            }
        });
        started.ok().map(|_| Self { asks, answers })
    }

    /// The ids of a list and the newest change that the other half knew. That one may be a commit ahead or behind: what
    /// changed since the older of the two is looked at again, as anything that changes.
    pub fn ids(
        &self,
        view: &View<'_>,
        query: &Query,
        middle: RowId,
    ) -> Result<(Vec<RowId>, i64), StoreError> {
        let ask = Ask {
            query: query.clone(),
            middle,
            now: view.now(),
        };
        if self.asks.send(ask).is_err() {
            return Ok((view.ids(query)?, view.newest_change()?));
        }
        let one = view.half(query, middle, false);
        // Waited for whatever became of the first, or it would be taken for the answer to what is asked next.
        let other = self.answers.recv().unwrap_or(Err(StoreError::Closed));
        let (other, change) = other?;
        Ok((view.joined(query, one?, other)?, change))
    }
}
