//! A program in a pseudo-terminal, and what stands on its screen.

use super::{SOON, until};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// What the program wrote so far.
struct Heard {
    screen: vt100::Parser,
    raw: Vec<u8>,
    /// Of that, what the screen was told.
    shown: usize,
}

impl Heard {
    /// A frame is shown once it is whole, as terminals do that know the brackets around it.
    fn take(&mut self, bytes: &[u8]) {
        self.raw.extend_from_slice(bytes);
        let waiting = &self.raw[self.shown..];
        let last = |part: &[u8]| {
            waiting
                .windows(part.len())
                .rposition(|window| window == part)
        };
        let whole = match (last(b"\x1b[?2026h"), last(b"\x1b[?2026l")) {
            (Some(begun), ended) if ended.is_none_or(|ended| ended < begun) => begun,
            _ => waiting.len(),
        };
        self.screen.process(&waiting[..whole]);
        self.shown += whole;
    }
}

pub(crate) struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    heard: Arc<Mutex<Heard>>,
    hung_up: Arc<AtomicBool>,
    /// Ends when no process has the terminal any more.
    listener: JoinHandle<()>,
}

impl Terminal {
    /// Starts the command on a terminal of so many columns and lines.
    pub(crate) fn start(command: CommandBuilder, (columns, lines): (u16, u16)) -> Self {
        let pair = native_pty_system().openpty(size(columns, lines)).unwrap();
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let heard = Arc::new(Mutex::new(Heard {
            screen: vt100::Parser::new(lines.try_into().unwrap(), columns.try_into().unwrap(), 0),
            raw: Vec::new(),
            shown: 0,
        }));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (shared, hung_up) = (heard.clone(), Arc::new(AtomicBool::new(false)));
        let gone = hung_up.clone();
        let listener = std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shared.lock().unwrap().take(&bytes[..count]);
                // Every end must be closed for the terminal to hang up, this one as well.
                if gone.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self {
            master: Some(pair.master),
            writer,
            child,
            heard,
            hung_up,
            listener,
        }
    }

    fn heard(&self) -> MutexGuard<'_, Heard> {
        self.heard.lock().unwrap()
    }

    /// The screen as text, one line a line.
    pub(crate) fn text(&self) -> String {
        self.heard().screen.screen().contents()
    }

    pub(crate) fn with_screen<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.heard().screen.screen())
    }

    /// Everything written since the start.
    pub(crate) fn raw(&self) -> Vec<u8> {
        self.heard().raw.clone()
    }

    /// The same as text, sequences and all.
    pub(crate) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.heard().raw).into_owned()
    }

    pub(crate) fn wait_for(&self, what: &str) {
        self.wait(what, |terminal| terminal.text().contains(what));
    }

    pub(crate) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let mut last = String::new();
        let seen = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            until(SOON, what, || {
                last = self.text();
                holds(self).then_some(())
            });
        }));
        assert!(seen.is_ok(), "no \"{what}\" on:\n{last}");
    }

    /// Types bytes as a keyboard would send them.
    pub(crate) fn press(&mut self, bytes: &str) {
        self.writer.write_all(bytes.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(crate) fn resize(&mut self, columns: u16, lines: u16) {
        self.heard()
            .screen
            .screen_mut()
            .set_size(lines.try_into().unwrap(), columns.try_into().unwrap());
        let master = self.master.as_ref().unwrap();
        master.resize(size(columns, lines)).unwrap();
    }

    /// The far end goes away, as when a connection drops.
    pub(crate) fn hang_up(&mut self) {
        self.hung_up.store(true, Ordering::SeqCst);
        // Whatever is written next wakes the thread that listens, so that it lets go of its end.
        self.press("j");
        self.master = None;
        self.writer = Box::new(std::io::sink());
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = self.child.process_id().unwrap().cast_signed();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// Waits for the end, and until all that was written is heard; the exit code.
    pub(crate) fn code(&mut self) -> u32 {
        let child = &mut self.child;
        let status = until(SOON, "the program ends", || child.try_wait().unwrap());
        until(SOON, "its last words", || {
            self.listener.is_finished().then_some(())
        });
        status.exit_code()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(columns: u16, lines: u16) -> PtySize {
    PtySize {
        rows: lines,
        cols: columns,
        pixel_width: 0,
        pixel_height: 0,
    }
}
