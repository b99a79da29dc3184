//! Bodies under way: each within its size, and all together within theirs.

use axum::body::Body;
use http_body_util::BodyExt;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Room made for a body before it comes; one that announces more and sends nothing takes no more than this.
const FIRST: usize = 4 * 1024;

/// What all senders together may have in memory.
pub(super) struct Bodies {
    most: usize,
    held: AtomicUsize,
}

/// A body as far as it is read.
pub(super) struct Held<'a> {
    of: &'a Bodies,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    /// The sender broke off or did not keep to the protocol.
    Broken,
    /// Others have taken all the room there is.
    NoRoom,
}

impl Bodies {
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            held: AtomicUsize::new(0),
        }
    }

    /// A body, whole, of at most `largest` bytes. Copied together as it comes, so that one in a million chunks is no larger
    /// than one in a single piece.
    pub(super) async fn read(&self, mut body: Body, largest: usize) -> Result<Held<'_>, Refused> {
        let announced = usize::try_from(hyper::body::Body::size_hint(&body).lower());
        let announced = announced.unwrap_or(usize::MAX);
        if announced > largest {
            return Err(Refused::TooLarge);
        }
        let mut held = Held {
            of: self,
            bytes: Vec::with_capacity(announced.min(FIRST)),
        };
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(|_| Refused::Broken)?;
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if held.bytes.len() + data.len() > largest {
                return Err(Refused::TooLarge);
            }
            held.push(&data, announced)?;
        }
        Ok(held)
    }
}

impl Held<'_> {
    fn push(&mut self, data: &[u8], announced: usize) -> Result<(), Refused> {
        let before = self.of.held.fetch_add(data.len(), Ordering::Relaxed);
        if before + data.len() > self.of.most {
            self.of.held.fetch_sub(data.len(), Ordering::Relaxed);
            return Err(Refused::NoRoom);
        }
        if self.bytes.len() + data.len() > self.bytes.capacity() {
            // More than the first came, so it means it: grown step by step, a large body would take twice its size.
            let rest = announced.saturating_sub(self.bytes.len());
            self.bytes.reserve_exact(rest);
        }
        self.bytes.extend_from_slice(data);
        Ok(())
    }
}

impl std::ops::Deref for Held<'_> {
    type Target = [u8];
    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.of.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn all_bodies_together_stay_within_their_room_and_give_it_back() {
        let bodies = Bodies::new(10);
        let body = || Body::from("123456");
        let first = bodies.read(body(), 6).await.ok().unwrap();
        assert_eq!(&*first, b"123456");
        assert_eq!(bodies.read(body(), 6).await.err(), Some(Refused::NoRoom));
        drop(first);
        assert!(bodies.read(body(), 6).await.is_ok());
        assert_eq!(bodies.read(body(), 5).await.err(), Some(Refused::TooLarge));
        assert_eq!(bodies.held.load(Ordering::Relaxed), 0);
    }
}
