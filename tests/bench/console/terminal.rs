//! The real program in a pseudo-terminal, watched byte by byte.

use crate::process::Process;
use drover::model::clock::Stopwatch;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use vt100::{Parser, Screen};

pub const COLUMNS: u16 = 200;
pub const LINES: u16 = 60;
/// How long anything may take before the bench gives up, in real time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Something to be seen.
type Sight = Box<dyn Fn(&Screen) -> bool + Send>;

/// What the thread that reads works on.
struct Seen {
    parser: Parser,
    /// What is waited for, and since when.
    waited: Option<(Sight, Stopwatch, Sender<Duration>)>,
}

/// A console that runs.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    writer: Box<dyn Write + Send>,
    seen: Arc<Mutex<Seen>>,
    bytes: Arc<AtomicU64>,
    ended: Receiver<()>,
    _master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts a console that only looks, and answers how long it took until `sight` was to be seen.
    pub fn start(
        store: &Path,
        sight: impl Fn(&Screen) -> bool + Send + 'static,
    ) -> (Self, Duration) {
        let here = store.parent().expect("a folder");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_drover"));
        command.args(["--store", &store.display().to_string(), "--read-only"]);
        command.cwd(here);
        command.env_clear();
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("HOME", here);
        let size = PtySize {
            rows: LINES,
            cols: COLUMNS,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).expect("a terminal");
        let (told, answer) = channel();
        let (lines, columns) = (LINES.try_into(), COLUMNS.try_into());
        let parser = Parser::new(lines.expect("lines"), columns.expect("columns"), 0);
        let seen = Arc::new(Mutex::new(Seen {
            parser,
            waited: None,
        }));
        let bytes = Arc::new(AtomicU64::new(0));
        let mut reader = pair.master.try_clone_reader().expect("its output");
        let writer = pair.master.take_writer().expect("its input");
        let watch = Stopwatch::start();
        seen.lock().expect("seen").waited = Some((Box::new(sight), watch, told));
        let child = pair.slave.spawn_command(command).expect("started");
        drop(pair.slave);
        let (shared, counted) = (seen.clone(), bytes.clone());
        let (gone, ended) = channel();
        std::thread::spawn(move || {
            let mut part = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = reader.read(&mut part) {
                counted.fetch_add(count as u64, Ordering::SeqCst);
                look(&mut shared.lock().expect("seen"), &part[..count]);
            }
            let _ = gone.send(());
        });
        let terminal = Self {
            child,
            writer,
            seen,
            bytes,
            ended,
            _master: pair.master,
        };
        let took = terminal.wait(&answer);
        (terminal, took)
    }

    fn wait(&self, answer: &Receiver<Duration>) -> Duration {
        answer.recv_timeout(PATIENCE).unwrap_or_else(|_| {
            let screen = self.text();
            panic!("what was waited for did not come; the screen:\n{screen}")
        })
    }

    pub fn text(&self) -> String {
        let seen = self.seen.lock().expect("seen");
        seen.parser.screen().contents()
    }

    /// Asks something of the screen as it is.
    pub fn look<T>(&self, ask: impl FnOnce(&Screen) -> T) -> T {
        ask(self.seen.lock().expect("seen").parser.screen())
    }

    /// Presses keys and answers how long it took until `sight` was to be seen.
    pub fn press(
        &mut self,
        keys: &str,
        sight: impl Fn(&Screen) -> bool + Send + 'static,
    ) -> Duration {
        let (told, answer) = channel();
        let watch = Stopwatch::start();
        self.seen.lock().expect("seen").waited = Some((Box::new(sight), watch, told));
        self.send(keys);
        self.wait(&answer)
    }

    /// Presses keys that may change nothing.
    pub fn go(&mut self, keys: &str, sight: impl Fn(&Screen) -> bool + Send + 'static) {
        self.send(keys);
        self.until(sight);
    }

    /// Waits for something that no key asks for, or that already is.
    pub fn until(&self, sight: impl Fn(&Screen) -> bool + Send + 'static) -> Duration {
        let (told, answer) = channel();
        let mut seen = self.seen.lock().expect("seen");
        if sight(seen.parser.screen()) {
            return Duration::ZERO;
        }
        seen.waited = Some((Box::new(sight), Stopwatch::start(), told));
        drop(seen);
        self.wait(&answer)
    }

    pub fn send(&mut self, keys: &str) {
        let sent = self.writer.write_all(keys.as_bytes());
        sent.and_then(|()| self.writer.flush()).expect("keys sent");
    }

    /// Bytes it wrote so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::SeqCst)
    }

    pub fn process(&self) -> Process {
        Process(self.child.process_id().expect("it runs"))
    }

    /// Presses `q`: until its process is gone.
    pub fn quit(mut self) -> Duration {
        let watch = Stopwatch::start();
        self.send("q");
        let _ = self.child.wait();
        let took = watch.elapsed();
        let _ = self.ended.recv_timeout(PATIENCE);
        took
    }
}

fn look(seen: &mut Seen, bytes: &[u8]) {
    seen.parser.process(bytes);
    let screen = seen.parser.screen();
    if let Some((_, watch, told)) = seen.waited.take_if(|(sight, ..)| sight(screen)) {
        let _ = told.send(watch.elapsed());
    }
}

/// A part of a line, as text.
pub fn part(screen: &Screen, line: u16, columns: std::ops::Range<u16>) -> String {
    columns
        .filter_map(|x| screen.cell(line, x))
        .map(|cell| {
            if cell.has_contents() {
                cell.contents()
            } else {
                " "
            }
        })
        .collect()
}

/// Where the first line stands that holds this text.
pub fn line_of(screen: &Screen, text: &str) -> Option<u16> {
    (0..LINES).find(|line| part(screen, *line, 0..COLUMNS).contains(text))
}
