//! What the listener counts, for `/metrics` and for the one warning about strangers.

use crate::model::clock::Stopwatch;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// A stranger is spoken of at most this often, in real time.
const SELDOM: Duration = Duration::from_mins(10);

macro_rules! counts {
    ($($name:ident: $about:literal),+ $(,)?) => {
        /// Since the process started.
        #[derive(Debug, Default)]
        pub struct Counts {
            $(#[doc = $about] pub $name: AtomicU64,)+
            spoken: Mutex<Option<(Stopwatch, u64)>>,
        }

        impl Counts {
            /// In Prometheus' text format.
            pub fn prometheus(&self) -> String {
                let mut text = String::new();
                $(
                    let _ = writeln!(
                        text,
                        "# HELP drover_hooks_{0}_total {1}\n# TYPE drover_hooks_{0}_total counter\ndrover_hooks_{0}_total {2}",
                        stringify!($name), $about, self.$name.load(Ordering::Relaxed)
                    );
                )+
                text
            }
        }
    };
}

counts! {
    accepted: "Events stored and answered with the intake's own status.",
    repeats: "Events that were stored before.",
    malformed: "Events that were not understood and are parked.",
    unmatched: "Events for which there is no row.",
    elsewhere: "Requests with a valid token from an address that the allow list does not name.",
    strangers: "Requests without a valid token or for a path that is not there.",
    oversized: "Requests whose body was too large.",
    slow: "Connections and requests cut because they took too long.",
    displaced: "Connections that rested and were closed because others waited for a socket.",
    crowded: "Connections turned away because their address had too many.",
    busy: "Events that could not be stored and were answered busy.",
}

impl Counts {
    pub(super) fn add(count: &AtomicU64) {
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a stranger; how many there were since the last time when it is time to speak of them.
    pub(super) fn stranger(&self) -> Option<u64> {
        let all = self.strangers.fetch_add(1, Ordering::Relaxed) + 1;
        let mut spoken = self.spoken.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match *spoken {
            Some((at, _)) if at.elapsed() < SELDOM => return None,
            Some((_, before)) => before,
            None => 0,
        };
        *spoken = Some((Stopwatch::start(), all));
        Some(all - before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_are_counted_each_and_spoken_of_seldom() {
        let counts = Counts::default();
        assert_eq!(counts.stranger(), Some(1));
        assert_eq!(counts.stranger(), None);
        assert!(
            counts
                .prometheus()
                .contains("\ndrover_hooks_strangers_total 2\n")
        );
    }
}
