//! Room for so many connections and no more. While others wait at the door, those that have rested longest make way: five
//! hundred silent connections must not keep one good sender outside until their time is up.

use super::pulse::{GRACE, Pulse};
use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a newcomer waits before those that rest are asked again.
const GLANCE: Duration = Duration::from_millis(20);
/// Descriptors the listener leaves to the store, the calls, the control socket and the log.
const RESERVED: usize = 48;

pub(super) struct Room {
    size: usize,
    places: Arc<Semaphore>,
    guests: Mutex<BTreeMap<u64, Arc<Pulse>>>,
    next: AtomicU64,
}

/// Held while a connection is served.
pub(super) struct Guest {
    pub(super) pulse: Arc<Pulse>,
    room: Arc<Room>,
    id: u64,
    _place: OwnedSemaphorePermit,
}

impl Room {
    pub(super) fn new(size: usize) -> Arc<Self> {
        Arc::new(Self {
            size,
            places: Arc::new(Semaphore::new(size)),
            guests: Mutex::default(),
            next: AtomicU64::new(0),
        })
    }

    /// A place for a connection that is here already, once there is one.
    pub(super) async fn admit(self: &Arc<Self>) -> Option<Guest> {
        loop {
            let place = Arc::clone(&self.places).acquire_owned();
            if let Ok(place) = timeout(GLANCE, place).await {
                return Some(self.seat(place.ok()?));
            }
            self.make_way();
        }
    }

    fn seat(self: &Arc<Self>, place: OwnedSemaphorePermit) -> Guest {
        let (id, pulse) = (self.next.fetch_add(1, Ordering::Relaxed), Pulse::new());
        self.guests().insert(id, Arc::clone(&pulse));
        Guest {
            pulse,
            room: Arc::clone(self),
            id,
            _place: place,
        }
    }

    /// Asks a quarter of all to leave, those that have rested longest.
    pub(super) fn make_way(&self) {
        let mut resting: Vec<(Duration, Arc<Pulse>)> = self
            .guests()
            .values()
            .map(|pulse| (pulse.resting(), Arc::clone(pulse)))
            .filter(|(resting, _)| *resting >= GRACE)
            .collect();
        resting.sort_by_key(|(resting, _)| Reverse(*resting));
        for (_, pulse) in resting.iter().take((self.size / 4).max(1)) {
            pulse.ask_to_leave();
        }
    }

    fn guests(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Pulse>>> {
        self.guests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        self.room.guests().remove(&self.id);
    }
}

/// As many sockets as asked for, or as the process can spare.
pub(super) fn sockets(asked: usize) -> usize {
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile).current;
    match limit.and_then(|limit| usize::try_from(limit).ok()) {
        Some(limit) => asked.min(limit.saturating_sub(RESERVED).max(4)),
        None => asked,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::webhook::pulse::Lost;

    #[tokio::test]
    async fn a_full_room_lets_go_who_rests_longest_and_keeps_who_is_answered() {
        let room = Room::new(4);
        let mut guests = Vec::new();
        for _ in 0..4 {
            guests.push(room.admit().await.unwrap());
        }
        let busy = Pulse::beat(&guests[0].pulse);
        let leaving: Vec<_> = guests
            .into_iter()
            .map(|guest| {
                tokio::spawn(async move {
                    let why = guest.pulse.lost(Duration::from_mins(1)).await;
                    drop(guest);
                    why
                })
            })
            .collect();
        let _newcomer = room.admit().await.unwrap();
        let left = leaving
            .iter()
            .position(tokio::task::JoinHandle::is_finished);
        assert!(left.is_some_and(|left| left > 0), "{left:?} left");
        for one in leaving {
            if one.is_finished() {
                assert_eq!(one.await.unwrap(), Lost::Displaced);
            }
        }
        drop(busy);
    }

    #[test]
    fn descriptors_are_left_to_the_rest_of_the_process() {
        assert_eq!(sockets(1), 1);
    }
}
