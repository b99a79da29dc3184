//! The terminal: entered and left under a guard, written one frame at a time, listened to on threads of their own.

mod canvas;
mod encode;
mod farewell;
mod guard;
mod input;
mod shift;
mod signals;
mod watch;
mod wire;

pub use canvas::Canvas;
pub use farewell::Farewell;
pub use guard::{Guard, leave, suspend};
pub use input::listen;
pub use signals::{heed, size};
pub use watch::{ask_engine, watch};
pub use wire::{MOST_COPIED, Multiplexer, clipboard, notice};
