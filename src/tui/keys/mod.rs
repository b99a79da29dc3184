//! Keys: what the terminal sends, what they are called, what they do where.

mod action;
mod bytes;
mod key;
mod keymap;
mod mouse;

pub use action::{Action, Where};
pub use bytes::{Decoder, Input};
pub use key::{Code, Key};
pub use keymap::{Keymap, KeymapError};
pub use mouse::{Mouse, MouseKind};
