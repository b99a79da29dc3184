//! The filter language: what is typed after `/`, read into what the store is asked, and what may come next.
//!
//! Words are looked for in every text column. `name:value` asks one column, by its name or its title, or one of
//! `phase stage fault wave held is idle`. `!` turns either round; quotes keep spaces and colons; `= …` is SQL as it
//! stands. The store judges SQL; what a row's columns cannot answer goes to it as data ([`crate::store::Part`]).

mod column;
mod complete;
mod condition;
mod word;

#[cfg(test)]
mod tests;

pub use column::like as contains;
pub use complete::{Completion, complete};
pub use condition::{Condition, read};
pub use word::quoted;
