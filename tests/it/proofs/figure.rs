//! What a proof says in the end.

use std::fmt::Display;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Prints one proof's line, for people and machines: `PROOF kills runs=1000 lost=0 doubled=0`.
pub(crate) fn figure(proof: &str, figures: &[(&str, &dyn Display)]) {
    let told = figures
        .iter()
        .map(|(name, value)| format!(" {name}={value}"));
    println!("PROOF {proof}{}", told.collect::<String>());
}

/// Long proofs measure and load the machine: one at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}
