//! What comes in, and what is to be done about it.

use super::data::{Collect, Collected, Export, ExportError, Snapshot, Want, Written};
use super::keys::{Key, Mouse};
use crate::control::protocol::{Reply, Request};
use crate::model::time::Time;
use std::sync::Arc;
use std::time::Duration;

/// Everything that can happen to the console, in one queue.
#[derive(Debug)]
pub enum Event {
    Key(Key),
    Paste(String),
    Mouse(Mouse),
    /// The terminal got the focus, or lost it.
    Focus(bool),
    /// Columns and lines.
    Resize(u16, u16),
    /// What is visible was read anew.
    Data(Arc<Snapshot>),
    /// What was wanted could not be read; a sentence.
    Unreadable(String),
    /// Engine time moved on, and the demo's line with it.
    Tick {
        now: Time,
        demo: Option<String>,
        /// Real time since the console began.
        up: Duration,
    },
    /// Whether the engine answers changed.
    Engine(Engine),
    /// An act was answered, or could not be asked; a sentence.
    Answer(u64, Result<Reply, String>),
    /// Rows were collected for the clipboard; or a sentence.
    Collected(Result<Collected, String>),
    /// A file was written, or not.
    Exported(Result<Written, ExportError>),
    /// The terminal is gone.
    HungUp,
    /// `SIGTERM`.
    Terminate,
    /// The shell brought us back.
    Continued,
    /// A helper thread died; its name.
    Broken(&'static str),
}

/// Whether the engine answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Engine {
    /// Not asked yet.
    #[default]
    Unasked,
    Answers,
    /// Why not, as a sentence.
    Silent(String),
    /// Whoever looks may not reach its socket, so nothing is known but its heartbeat.
    Unreachable,
}

/// What somebody else must do.
#[derive(Debug, PartialEq)]
pub enum Effect {
    /// This is what is looked at now.
    Want(Want),
    /// Ask the engine; the answer carries the number.
    Ask(u64, Request),
    /// Read rows for the clipboard; they come back as an event.
    Collect(Collect),
    /// Text for the terminal's clipboard.
    Copy(String),
    /// Write a file.
    Export(Box<Export>),
    /// Hear the mouse, or leave it to the terminal.
    Mouse(bool),
    /// Call whoever is not here.
    Notice(String),
    /// Draw every cell anew.
    Redraw,
    Suspend,
    /// Somebody else had the terminal: take it again.
    Retake,
    End(End),
}

/// How the console comes to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Left,
    HungUp,
    Terminated,
    /// A sentence.
    Failed(String),
}
