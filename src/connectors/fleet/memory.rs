//! What is remembered between calls, for a while of engine time.

use crate::model::time::{Span, Time};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

/// Lists by key, each with the moment it was read.
pub(super) struct Memory<K, V>(Mutex<HashMap<K, (Time, V)>>);

impl<K, V> Default for Memory<K, V> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Eq + Hash, V: Clone> Memory<K, V> {
    /// What was kept for this key, unless it is older than `most`.
    pub fn get(&self, key: &K, now: Time, most: Span) -> Option<V> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = kept.get(key)?;
        (now.since(*at) <= most).then(|| value.clone())
    }

    pub fn keep(&self, key: K, now: Time, value: V) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(key, (now, value));
    }

    pub fn forget(&self, key: &K) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_asked_for_is_not_remembered() {
        let memory = Memory::default();
        let noon = Time::parse("2026-03-02T12:00:00Z").unwrap();
        memory.keep("a", noon, 1);
        assert_eq!(
            memory.get(&"a", noon.plus(Span::from_mins(10)), Span::from_mins(10)),
            Some(1)
        );
        assert_eq!(
            memory.get(&"a", noon.plus(Span::from_mins(11)), Span::from_mins(10)),
            None
        );
        memory.forget(&"a");
        assert_eq!(memory.get(&"a", noon, Span::from_mins(10)), None);
    }
}
