//! After a store was put back from a backup: it has forgotten what the world remembers.
//!
//! Nothing is sent while every row is read afresh and every call that may be made only once is looked up at its service,
//! as if it had been sent at the backup's moment and its answer lost ([`pass`]): whether or not its gate holds now, by
//! the inputs it would have now. What was found stays with the row ([`era`]). When all rows are looked at, a person
//! resumes; from then on each such call, before it is made for the first time, takes what was found for it, or is looked
//! up there and then when the pass could not know of it ([`guard`]). The guard alone keeps a call from being repeated;
//! the pass lets a person see what there is before anything moves.
//!
//! Landed: its result is recorded, and the walk goes on from there. Absent: believed when the service has settled since
//! the engine started, twice, and only of a service that shows calls which certainly landed. What cannot be told is parked
//! for a person.
//!
//! Ways to get this wrong: asking by the operation's id, which nobody knows any more; taking a call that the table knows
//! of for one it has forgotten; believing an absence too early.

mod ask;
mod era;
mod found;
mod guard;
mod pass;
mod row;
mod sites;

pub(super) use era::{begin_or_go_on, may_resume};
pub(super) use guard::Before;
pub(super) use pass::look_back;
