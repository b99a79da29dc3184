//! Keeps one address from taking every socket.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// How long a connection may wait for another of its address to end, in real time.
const PATIENCE: Duration = Duration::from_secs(2);

/// Seats by address. As many connections as have a seat may wait for one; a burst of hooks from one server needs that.
pub(super) struct Seats {
    each: usize,
    loopback_unlimited: bool,
    taken: Mutex<HashMap<IpAddr, Address>>,
}

struct Address {
    /// Seated and waiting.
    present: usize,
    seats: Arc<Semaphore>,
}

/// Held while a connection is served.
pub(super) struct Seat {
    presence: Option<Presence>,
    permit: Option<OwnedSemaphorePermit>,
}

struct Presence(Arc<Seats>, IpAddr);

impl Seats {
    pub(super) fn new(each: usize, loopback_unlimited: bool) -> Arc<Self> {
        Arc::new(Self {
            each,
            loopback_unlimited,
            taken: Mutex::default(),
        })
    }

    /// A seat, perhaps after a short wait; `None` when this address has too many connections.
    pub(super) async fn take(self: &Arc<Self>, address: IpAddr) -> Option<Seat> {
        let address = network(address);
        if self.loopback_unlimited && address.is_loopback() {
            return Some(Seat {
                presence: None,
                permit: None,
            });
        }
        let (presence, seats) = self.enter(address)?;
        let permit = timeout(PATIENCE, seats.acquire_owned()).await.ok()?.ok()?;
        Some(Seat {
            presence: Some(presence),
            permit: Some(permit),
        })
    }

    fn enter(self: &Arc<Self>, address: IpAddr) -> Option<(Presence, Arc<Semaphore>)> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = taken.entry(address).or_insert_with(|| Address {
            present: 0,
            seats: Arc::new(Semaphore::new(self.each)),
        });
        if entry.present >= self.each * 2 {
            return None;
        }
        entry.present += 1;
        Some((
            Presence(Arc::clone(self), address),
            Arc::clone(&entry.seats),
        ))
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        let mut taken = self.0.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = taken.get_mut(&self.1) {
            entry.present -= 1;
            if entry.present == 0 {
                taken.remove(&self.1);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        // The seat is free before its holder is counted out, or a new map entry could hand out one seat too many.
        drop(self.permit.take());
        drop(self.presence.take());
    }
}

/// The address as one sender has it: an IPv6 sender commands its whole /64.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) if !v6.is_loopback() => {
            let mut parts = v6.segments();
            parts[4..].fill(0);
            IpAddr::V6(parts.into())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn one_address_fills_its_own_seats_and_nobody_elses() {
        let seats = Seats::new(2, true);
        let stranger: IpAddr = "192.0.2.7".parse().unwrap();
        let first = seats.take(stranger).await.unwrap();
        let _second = seats.take(stranger).await.unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let seats = Arc::clone(&seats);
                tokio::spawn(async move { seats.take(stranger).await.is_some() })
            })
            .collect();
        while seats.taken.lock().unwrap()[&stranger].present < 4 {
            tokio::task::yield_now().await;
        }
        assert!(
            seats.take(stranger).await.is_none(),
            "nobody waits behind the waiting"
        );
        assert!(seats.take("192.0.2.8".parse().unwrap()).await.is_some());
        assert!(seats.take("127.0.0.1".parse().unwrap()).await.is_some());
        drop(first);
        for one in waiting {
            assert!(one.await.unwrap(), "a seat that is freed goes to who waits");
        }
    }

    #[tokio::test]
    async fn a_left_address_leaves_no_trace() {
        let seats = Seats::new(1, false);
        let home: IpAddr = "::1".parse().unwrap();
        drop(seats.take(home).await.unwrap());
        assert!(seats.taken.lock().unwrap().is_empty());
        let (a, b) = ("2001:db8::1", "2001:db8::ffff:2");
        assert_eq!(network(a.parse().unwrap()), network(b.parse().unwrap()));
    }
}
