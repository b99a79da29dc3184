//! A program in a pseudo-terminal, watched by a terminal that keeps its screen as cells.

use drover::model::clock::{Stopwatch, real_pause};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How often the screen is looked at while a state is waited for.
const LOOK: Duration = Duration::from_millis(15);
/// A frame is whole when nothing has come for so long …
const STILL: Duration = Duration::from_millis(150);
/// … or when a busy screen has been waited on for so long.
const BUSY: Duration = Duration::from_secs(3);

/// Ends its program when dropped.
pub struct Terminal {
    _master: Box<dyn MasterPty + Send>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// How many bytes have come.
    come: Arc<AtomicUsize>,
}

impl Terminal {
    /// The error is a sentence.
    pub fn start(command: CommandBuilder, (columns, lines): (u16, u16)) -> Result<Self, String> {
        Self::open(command, columns, lines)
            .map_err(|error| format!("the pseudo-terminal could not be opened: {error}"))
    }

    fn open(
        command: CommandBuilder,
        columns: u16,
        lines: u16,
    ) -> Result<Self, Box<dyn std::error::Error>> {
        let pair = native_pty_system().openpty(PtySize {
            rows: lines,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        })?;
        let parser = vt100::Parser::new(lines.try_into()?, columns.try_into()?, 0);
        let screen = Arc::new(Mutex::new(parser));
        let come = Arc::new(AtomicUsize::new(0));
        let mut reader = pair.master.try_clone_reader()?;
        let writer = pair.master.take_writer()?;
        let child = pair.slave.spawn_command(command)?;
        let (seen, count) = (screen.clone(), come.clone());
        std::thread::spawn(move || {
            let mut bytes = [0; 16 * 1024];
            while let Ok(read @ 1..) = reader.read(&mut bytes) {
                held(&seen).process(&bytes[..read]);
                count.fetch_add(read, Ordering::SeqCst);
            }
        });
        Ok(Self {
            _master: pair.master,
            writer,
            child,
            screen,
            come,
        })
    }

    /// Types, as a keyboard would send it.
    pub fn keys(&mut self, keys: &str) -> Result<(), String> {
        self.writer
            .write_all(keys.as_bytes())
            .and_then(|()| self.writer.flush())
            .map_err(|error| format!("nobody reads the keys: {error}"))
    }

    pub fn text(&self) -> String {
        held(&self.screen).screen().contents()
    }

    /// Waits until the screen's text is as wished; what it shows instead when `limit` has passed.
    pub fn wait(&mut self, limit: Duration, wished: impl Fn(&str) -> bool) -> Result<(), String> {
        let watch = Stopwatch::start();
        loop {
            let text = self.text();
            if wished(&text) {
                return Ok(());
            }
            if let Ok(Some(_)) = self.child.try_wait() {
                return Err(format!("it ended:\n{}", lean(&text)));
            }
            if watch.elapsed() > limit {
                return Err(format!("the screen shows:\n{}", lean(&text)));
            }
            real_pause(LOOK);
        }
    }

    /// Waits until the frame under way is whole, then hands over the screen.
    pub fn picture<T>(&self, take: impl FnOnce(&vt100::Screen) -> T) -> T {
        let (watch, mut still) = (Stopwatch::start(), Stopwatch::start());
        let mut last = self.come.load(Ordering::SeqCst);
        while still.elapsed() < STILL && watch.elapsed() < BUSY {
            real_pause(LOOK);
            let come = self.come.load(Ordering::SeqCst);
            if come != last {
                (last, still) = (come, Stopwatch::start());
            }
        }
        take(held(&self.screen).screen())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn held(screen: &Mutex<vt100::Parser>) -> MutexGuard<'_, vt100::Parser> {
    screen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A screen's text without its blanks.
fn lean(text: &str) -> String {
    let lines = text.lines().map(str::trim_end);
    lines
        .filter(|line| !line.is_empty())
        .collect::<Vec<_>>()
        .join("\n")
}
