//! Where a command's text goes: colour and width only for a terminal, plain text for a pipe.

use super::error::CliError;
use crate::config::Env;
use serde::Serialize;
use std::fmt::Display;
use std::io::{BufRead, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// What a colour means. The sign beside it says the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    Plain,
    Bold,
    Dim,
    Good,
    Warn,
    Bad,
}

/// Standard output and standard error, or two buffers in tests.
pub struct Output {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
    color: bool,
    /// Cells of a terminal; `None` for a pipe, where nothing is cut.
    pub width: Option<usize>,
    /// Whether a question can be asked.
    interactive: bool,
}

impl Output {
    pub fn process(env: &Env, no_color: bool) -> Self {
        let stdout = std::io::stdout();
        let terminal = stdout.is_terminal();
        Self {
            width: terminal.then(terminal_width),
            color: terminal && !no_color && !env.no_color(),
            interactive: std::io::stdin().is_terminal() && std::io::stderr().is_terminal(),
            out: Box::new(std::io::BufWriter::new(stdout)),
            err: Box::new(std::io::stderr()),
        }
    }

    /// Writes into buffers, as into a pipe.
    pub fn plain(out: Box<dyn Write + Send>, err: Box<dyn Write + Send>) -> Self {
        Self {
            out,
            err,
            color: false,
            width: None,
            interactive: false,
        }
    }

    /// Writes where it can be read again: answers first, then what was said beside them.
    pub fn captured() -> (Self, Captured) {
        let captured = Captured::default();
        let (out, err) = (captured.out.clone(), captured.err.clone());
        (Self::plain(Box::new(out), Box::new(err)), captured)
    }

    pub fn line(&mut self, text: impl Display) -> Result<(), CliError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    /// Text that brings its own line breaks.
    pub fn text(&mut self, text: &str) -> Result<(), CliError> {
        Ok(self.out.write_all(text.as_bytes())?)
    }

    pub fn json(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| CliError::failed(format!("the answer has no JSON: {error}")))?;
        self.line(text)
    }

    /// One JSON document on one line, for streams.
    pub fn json_line(&mut self, value: &impl Serialize) -> Result<(), CliError> {
        let text = serde_json::to_string(value)
            .map_err(|error| CliError::failed(format!("the answer has no JSON: {error}")))?;
        self.line(text)
    }

    /// For the person, beside what was asked for: standard error.
    pub fn note(&mut self, text: impl Display) {
        let _ = writeln!(self.err, "{text}");
    }

    pub fn flush(&mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }

    pub fn paint(&self, paint: Paint, text: &str) -> String {
        let code = match paint {
            _ if !self.color => return text.to_owned(),
            Paint::Plain => return text.to_owned(),
            Paint::Bold => "1",
            Paint::Dim => "2",
            Paint::Good => "32",
            Paint::Warn => "33",
            Paint::Bad => "31",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }

    /// Asks a question on standard error and reads one line; `None` when nobody is there to answer.
    pub fn question(&mut self, text: &str) -> Result<Option<String>, CliError> {
        self.flush()?;
        if !self.interactive {
            return Ok(None);
        }
        write!(self.err, "{text} ")?;
        self.err.flush()?;
        let mut answer = String::new();
        std::io::stdin().lock().read_line(&mut answer)?;
        Ok(Some(answer.trim().to_owned()))
    }
}

/// What was written to [`Output::captured`].
#[derive(Clone, Default)]
pub struct Captured {
    pub out: Pad,
    pub err: Pad,
}

impl Captured {
    pub fn text(&self) -> String {
        self.out.text() + &self.err.text()
    }
}

/// One stream, in memory.
#[derive(Clone, Default)]
pub struct Pad(Arc<Mutex<Vec<u8>>>);

impl Pad {
    pub fn text(&self) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

impl Write for Pad {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut pad = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        pad.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// "1 row", "2 rows".
pub fn counted(count: impl TryInto<u64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(u64::MAX);
    let ending = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{ending}")
}

fn terminal_width() -> usize {
    rustix::termios::tcgetwinsize(std::io::stdout())
        .map(|size| usize::from(size.ws_col))
        .ok()
        .filter(|columns| *columns >= 20)
        .unwrap_or(80)
}
