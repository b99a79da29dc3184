//! The table, and every record around it. Only this layer knows SQL dialect; nobody outside sees rusqlite.
//!
//! One process owns the file: the engine's ([`Store`], which holds the lock, the one writer thread and a pool of
//! readers). A console in another process opens a [`Reader`], which is read-only.
//!
//! Everything is written through [`Store::write`]: a closure over [`Tx`] that runs on the writer thread inside its own
//! savepoint, grouped with others into one durable commit. Its answer comes after that commit. After the closure the
//! rows it touched are judged afresh and the derived `queue` is brought up to date in the same transaction.
//!
//! A full disk and a broken one are two things. While there is no room ([`Store::room`]), nothing new is begun, what is
//! under way is recorded, and it goes on by itself. At the first failed read, write or sync the store is finished
//! ([`Store::when_broken`]): a second try may be told lies, and only a new start, which reads what is really there, decides.
//!
//! Promises: what was answered is on disk (WAL, `synchronous=FULL`); a gate is judged by the database alone; one open
//! attempt per (row, rule) and one mutating call in flight per (service, row, action), by unique indexes.
//!
//! Ways to get this wrong: IO or waiting inside a write closure; a read transaction held open while the screen waits;
//! opening the database file by other means (POSIX locks vanish when any handle closes); reading the queue in the same
//! closure that changed a row (it is brought up to date when the closure ends).
//!
//! Where things are: `ground`, `log`, `open`, `lock`, `epoch`, `migrate`, `subject`, `meta` find, make and check the
//! file; `writer` and `pool` run closures; `room` watches the disk, `holders` knows who else has the file; `brain` compiles the rules, `decide` judges a row, `rebuild` all of them; `judge` and `lexer` refuse
//! what is no harmless condition; the rest is a file for each noun, with what is read and what is written of it.

mod ago;
mod among;
mod attempts;
mod backup;
mod brain;
mod changes;
mod commands;
mod contains;
mod context;
mod decide;
mod epoch;
mod events;
mod explain;
mod faults;
mod ground;
mod handle;
mod hash;
mod holders;
mod holds;
mod journal;
mod judge;
mod late;
mod lexer;
mod limits;
mod listing;
mod lock;
mod log;
mod messages;
mod meta;
mod migrate;
mod open;
mod order;
mod pace;
mod past;
mod pool;
mod proof;
mod queue;
mod reader;
mod rebuild;
pub mod records;
mod room;
mod rows;
mod set_back;
mod sql;
mod standing;
mod steps;
mod subject;
mod switches;
mod tx;
mod view;
mod writer;

#[cfg(test)]
mod tests;

pub use backup::{Landed, backup, restore};
pub use handle::{Setup, Store, StoreError};
pub use journal::{Had, Head};
pub use judge::Judge;
pub use limits::{Ready, Tried};
pub use listing::Half;
pub use past::Past;
pub use reader::{Interrupter, Reader};
pub use records::*;
pub use tx::Tx;
pub use view::View;
