//! Whether anything can still move without a person.
//!
//! `settlement` looks at every row; `keepers` says what keeps a waiting row back, and whether that lifts by itself: a
//! brake never does, a wave may open, a check may turn ok while other rows move.

mod keepers;
mod settlement;

pub use settlement::{Left, Settlement, settlement};
