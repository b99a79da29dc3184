//! What the night will come to, in words: when it is done, whether the window is long enough, whether one may sleep.
//!
//! Pure, from the state alone. It never says that all is well when it does not know.

mod forecast;
mod sleep;
pub mod waves;

#[cfg(test)]
use forecast::{Fit, window_fit};
pub use forecast::{in_few_words, open_window, sentences, zone};
pub use sleep::{Verdict, verdict};

#[cfg(test)]
mod tests;
