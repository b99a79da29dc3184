//! Acting on rows: a frozen, counted, previewed list, then one request to the engine.
//!
//! [`select`] finds the rows, [`crate::control::deed`] says for each whether the act will do anything and why not, [`verbs`] has the
//! eight acts, [`own`] those of the pipeline, [`reply`] shows what came of it. The engine judges again before it acts: a preview is what is true now.
//!
//! Ways to get this wrong: an empty selection that means everything; acting on rows that were not shown.

mod own;
mod reply;
mod select;
mod verbs;

pub(super) use own::{ActArgs, own};
pub(super) use reply::send;
pub(super) use verbs::{
    HoldArgs, RefreshArgs, ReleaseArgs, RemedyArgs, RetryArgs, SetArgs, SkipArgs, TriggerArgs,
    hold, refresh, release, remedy, retry, set, skip, trigger,
};
