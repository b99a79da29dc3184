//! The console: operators see and act.
//!
//! One queue of [`event::Event`]s (keys, sizes, data, answers, the passing of time, signals); a pure
//! [`update::update`] that turns state and event into effects; a drawing of the state and the last
//! [`data::Snapshot`]; effects are performed by [`run()`] and its helpers: reads on their own thread, commands over the
//! engine's socket. Nothing here writes the store, and nothing here waits on the thread that draws but for events.
//!
//! Where nothing can be drawn (`TERM=dumb`, a pipe on either side, `--linear`) the same is told in lines: [`linear`].
//!
//! Promises: all waiting keys are applied before one frame is drawn; a frame is one write; nothing is written when nothing
//! changed; the cursor and the marks are rows, never line numbers; an act works on the list that was shown; a hang-up ends
//! the console and never the engine.
//!
//! Ways to get this wrong: reading the store while drawing; a flag where a [`state::Mode`] is meant; a key that is not a
//! row of `assets/keymap.toml`; a colour named in the code and not in a theme; measuring text by its bytes.

mod advice;
mod ages;
mod data;
mod draw;
mod event;
mod filter;
mod kept;
mod keys;
mod linear;
mod look;
mod outlook;
mod run;
mod settings;
mod state;
mod term;
mod text;
mod update;

#[cfg(test)]
mod tests;

pub use look::ThemeName;
pub use run::{Ended, Parts, TuiError, is_attended, run};
pub use settings::Settings;
pub use term::{Multiplexer, leave as leave_terminal};
