//! How often a duty looks at the whole table: when it has changed, but at most once a second of engine time, and for no
//! more than a part of real time, however large the table is.

use super::shared::Shared;
use crate::model::clock::real_sleep;
use crate::model::time::{Span, Time};
use std::time::Duration;
use tokio::sync::watch;

/// Engine time between two looks.
const REST: Span = Span::from_secs(1);
/// Real time between two looks, in times of what the last one took: a ninth of one core at most.
const PART: u32 = 8;
/// A look that took less is no burden, once a second.
const LIGHT: Duration = Duration::from_millis(30);

/// Returns when the duty may look again after a look at `looked_at` that took `took`, or when `stop` changes.
pub(super) async fn rest(
    shared: &Shared,
    (looked_at, took): (Time, Duration),
    stop: &mut watch::Receiver<bool>,
) {
    tokio::select! {
        () = shared.clock.sleep_until(looked_at.plus(REST)) => {}
        _ = stop.changed() => return,
    }
    if took < LIGHT {
        return;
    }
    // Something is to be looked at: the clock must not be turned over it meanwhile.
    let busy = shared.clock.busy();
    tokio::select! {
        () = real_sleep(took * PART) => {}
        _ = stop.changed() => {}
    }
    drop(busy);
}
