//! The table, and every record around it. Only this layer knows SQL dialect; nobody outside sees rusqlite.
//!
//! One process owns the file: the engine's ([`Store`], which holds the lock, the one writer thread and a pool of
//! readers). A console in another process opens a [`Reader`], which is read-only.
//!
//! Everything is written through [`Store::write`]: a closure over [`Tx`] that runs on the writer thread inside its own
//! savepoint, grouped with others into one durable commit. Its answer comes after that commit. After the closure the
//! rows it touched are judged afresh and the derived `queue` is brought up to date in the same transaction.
//!
//! Promises: what was answered is on disk (WAL, `synchronous=FULL`); a gate is judged by the database alone; one open
//! attempt per (row, rule) and one mutating call in flight per (service, row, action), by unique indexes.
//!
//! Ways to get this wrong: IO or waiting inside a write closure; a read transaction held open while the screen waits;
//! opening the database file by other means (POSIX locks vanish when any handle closes).

pub mod records;
mod store;
mod tx;
mod view;

pub use records::*;
pub use store::{Reader, Setup, Store, StoreError};
pub use tx::Tx;
pub use view::View;
