//! When a second landing is one too many.
//!
//! - `unenroll` may land once per subject. A second one is a double while an earlier one is pending or has succeeded;
//!   it is a legitimate retry once every earlier one failed, was cancelled or was undone.
//! - `script` of one name may be pending once per subject. A second one is a double while an earlier one is pending;
//!   after it ended, however it ended, another run is legitimate.
//! - Either verb with an operation id that has landed before on that subject is a double, whatever became of the first.
//!
//! Any other verb may repeat; a repeat of its operation id is only counted.

use super::entry::{Effect, Ending, verb};
use super::report::Doubled;
use crate::model::time::Time;
use std::collections::{BTreeMap, HashMap};

type Key = (String, String, String);

#[derive(Default)]
pub(super) struct Doubles {
    standing: BTreeMap<Key, Standing>,
    /// When each (verb, subject, operation) first landed.
    ops: HashMap<(String, String, String), Time>,
}

struct Standing {
    first: Time,
    pending: usize,
    succeeded: bool,
}

/// What one more effect means.
pub(super) enum Verdict {
    Fine,
    /// A harmless verb with an operation id seen before.
    Repeat,
    Double(Doubled),
}

impl Doubles {
    pub(super) fn land(&mut self, effect: &Effect) -> Verdict {
        let once = [verb::UNENROLL, verb::SCRIPT].contains(&effect.verb.as_ref());
        let seen = effect.op.as_ref().and_then(|op| {
            let key = (effect.verb.to_string(), effect.subject.clone(), op.clone());
            let first = self.ops.get(&key).copied();
            self.ops.entry(key).or_insert(effect.at);
            first
        });
        if !once {
            return if seen.is_some() {
                Verdict::Repeat
            } else {
                Verdict::Fine
            };
        }
        let standing = self
            .standing
            .entry(key(&effect.verb, &effect.subject, &effect.detail))
            .or_insert(Standing {
                first: effect.at,
                pending: 0,
                succeeded: false,
            });
        let why = if standing.pending > 0 {
            Some("an earlier one was pending")
        } else if standing.succeeded {
            Some("an earlier one had succeeded")
        } else {
            seen.map(|_| "the same operation had landed")
        };
        let first = seen.unwrap_or(standing.first);
        standing.pending += 1;
        match why {
            None => Verdict::Fine,
            Some(why) => Verdict::Double(Doubled {
                service: effect.service.to_string(),
                verb: effect.verb.to_string(),
                subject: effect.subject.clone(),
                detail: effect.detail.clone(),
                first,
                again: effect.at,
                why: why.to_owned(),
            }),
        }
    }

    /// True when this is news: there was something of that kind to end.
    pub(super) fn end(&mut self, verb: &str, subject: &str, detail: &str, how: Ending) -> bool {
        let key = key(verb, subject, detail);
        let Some(standing) = self.standing.get_mut(&key) else {
            return false;
        };
        let news = match how {
            Ending::Undone => std::mem::take(&mut standing.succeeded),
            Ending::Succeeded | Ending::Failed | Ending::Cancelled => standing.pending > 0,
        };
        if how != Ending::Undone {
            standing.pending = standing.pending.saturating_sub(1);
        }
        if news && how == Ending::Succeeded && verb == super::verb::UNENROLL {
            standing.succeeded = true;
        }
        if standing.pending == 0 && !standing.succeeded {
            self.standing.remove(&key);
        }
        news
    }
}

fn key(verb: &str, subject: &str, detail: &str) -> Key {
    (verb.to_owned(), subject.to_owned(), detail.to_owned())
}
