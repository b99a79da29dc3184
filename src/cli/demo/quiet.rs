//! Skips stretches in which nobody has anything to do, so that a night of long waits ends in seconds.

use crate::model::clock::{Clock, real_sleep};
use crate::store::Store;
use std::time::Duration;

/// How long nothing may happen, in real time, before the clock jumps to the next appointment.
const QUIET: Duration = Duration::from_millis(1);

/// Turns the clock whenever nobody was busy and nothing was committed for a moment. Never returns.
pub async fn skip_quiet(clock: Clock, store: Store) {
    let revision = store.revision();
    loop {
        let before = *revision.borrow();
        let busy_before = clock.is_busy();
        real_sleep(QUIET).await;
        if !busy_before && !clock.is_busy() && *revision.borrow() == before {
            clock.skip_if_quiet();
        }
    }
}
