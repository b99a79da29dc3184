//! Brakes: judged before each start, so that a stage stops before the row that would be one too many.
//!
//! A brake with slices stops only what goes wrong: the rows of the guilty model, system, team or site. Who is guilty is
//! told by the failures and by how the others do beside them; when that tells nothing, the whole stage stops. So that a
//! bad slice is known before many of it are under way, no more rows of it are begun than may still fail; each row that
//! goes well doubles that, and what does well is not held up.
//!
//! Where things are: `slice` names a slice, `tally` counts, `guilt` says who is guilty, `standing` says what may begin,
//! `admit` trips and lets rows begin.

mod admit;
mod guilt;
mod slice;
mod standing;
mod tally;

pub(super) use admit::{Brakes, after_failure};
pub(super) use standing::{Standing, stops};
