//! Stops calls at an exact place until a test lets them go on, so that it can do something meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::watch;

/// A place at which calls are held. Cheap to clone; clones are the same place.
#[derive(Clone, Debug)]
pub struct Hold(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    place: Place,
    held: AtomicUsize,
    open: watch::Sender<bool>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// The request is there, and nothing was done about it.
    Arrival,
    /// All is done that will be done, and the answer is not given.
    Answer,
}

impl PartialEq for Hold {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Hold {
    pub fn on_arrival() -> Self {
        Self::at(Place::Arrival)
    }

    pub fn before_the_answer() -> Self {
        Self::at(Place::Answer)
    }

    fn at(place: Place) -> Self {
        Self(Arc::new(Inner {
            place,
            held: AtomicUsize::new(0),
            open: watch::channel(false).0,
        }))
    }

    /// How many calls came to this place so far.
    pub fn held(&self) -> usize {
        self.0.held.load(Ordering::SeqCst)
    }

    /// Lets go whoever is held, and holds nobody any more.
    pub fn release(&self) {
        self.0.open.send_replace(true);
    }

    /// Waits here, when this is the place.
    pub(super) async fn wait(&self, place: Place) {
        if place == self.0.place {
            self.0.held.fetch_add(1, Ordering::SeqCst);
            let mut open = self.0.open.subscribe();
            let _ = open.wait_for(|open| *open).await;
        }
    }
}
