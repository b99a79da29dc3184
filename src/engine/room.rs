//! No room on the disk: nothing is sent until there is some again, and then it goes on by itself.

use super::shared::Shared;
use crate::model::clock::{Stopwatch, real_sleep};
use crate::store::HaltKind;
use std::sync::Arc;
use std::time::Duration;

/// How often the disk is asked, in real time.
const LOOK: Duration = Duration::from_secs(1);
/// How often it is written down, beside the store, how far the store has come.
const MARK: Duration = Duration::from_mins(1);

/// Halts while the store says that there is no room.
pub(super) async fn watch_room(shared: Arc<Shared>) {
    let mut room = shared.store.room();
    let mut stop = shared.stop.subscribe();
    let mut marked = Stopwatch::start();
    while !*stop.borrow_and_update() {
        shared.store.look_for_room();
        let why = room.borrow_and_update().clone();
        if let Some(why) = why {
            shared.halt(HaltKind::Disk, &why).await;
        } else {
            let said = "there is room on the disk again: what waited goes on";
            shared.go_on(HaltKind::Disk, said).await;
        }
        if marked.elapsed() >= MARK {
            marked = Stopwatch::start();
            shared.store.mark().await;
        }
        tokio::select! {
            _ = room.changed() => {}
            _ = stop.changed() => {}
            () = real_sleep(LOOK) => {}
        }
    }
}
