//! The whole console in a real pseudo-terminal: this test binary is started again in one and runs `a_console` there.

use super::world::{World, midnight, pipeline};
use crate::model::clock::{Stopwatch, real_pause};
use crate::model::time::Span;
use crate::tui::{Ended, Parts, Settings, run};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a state may take to come about, in real time.
const PATIENCE: Duration = Duration::from_secs(20);

/// Not a test of its own: a console on this terminal, for the tests below and for whoever wants to look:
/// `cargo test --lib tui::tests::terminal::a_console -- --ignored --exact --nocapture`
#[test]
#[ignore = "needs a terminal"]
fn a_console() {
    console(Settings::default(), &Arc::new(World::new(300)));
}

/// One in whose world an alarm is raised once there is a file `alarm` in the working directory.
#[test]
#[ignore = "needs a terminal"]
fn a_console_with_an_alarm() {
    let world = Arc::new(World::new(300));
    let theirs = world.clone();
    std::thread::spawn(move || {
        while !std::path::Path::new("alarm").exists() {
            real_pause(Duration::from_millis(10));
        }
        theirs.write(|tx| {
            tx.say(crate::store::NewEntry {
                level: crate::store::Level::Alarm,
                source: "engine".into(),
                row: None,
                text: "the brake is on".into(),
            })
        });
    });
    console(Settings::default(), &world);
}

/// The same inside tmux, as its settings would say.
#[test]
#[ignore = "needs a terminal"]
fn a_console_in_tmux() {
    let settings = Settings {
        multiplexer: crate::tui::Multiplexer::Tmux,
        mouse: true,
        ..Settings::default()
    };
    console(settings, &Arc::new(World::new(300)));
}

fn console(settings: Settings, world: &Arc<World>) {
    let started = Stopwatch::start();
    let parts = Parts {
        reader: crate::store::Reader::open(&world.path()).unwrap(),
        store: world.path(),
        pipeline: Some(pipeline()),
        catalogue: crate::model::action::Catalogue::default(),
        now: Arc::new(move || {
            midnight().plus(Span::from_millis(started.elapsed().as_millis() as i64))
        }),
        settings,
        at: None,
        demo: None,
    };
    let ended = run(parts);
    // The console is gone, what it was a window on is not.
    world.write(|tx| tx.set_note("left", &serde_json::json!(true)));
    let code = ended.as_ref().map_or(1, |ended| ended.code());
    if !matches!(ended, Ok(Ended::HungUp)) {
        println!("ended with {ended:?}");
    }
    world.tidy();
    std::process::exit(code.into());
}

pub(super) struct Terminal {
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    screen: Arc<Mutex<vt100::Parser>>,
    /// Every byte that came.
    sent: Arc<Mutex<Vec<u8>>>,
    gone: Arc<AtomicBool>,
}

impl Terminal {
    pub(super) fn start(lines: u16, columns: u16, before: &str) -> Self {
        Self::of("a_console", lines, columns, before)
    }

    /// Runs another console than the usual one.
    pub(super) fn of(console: &str, lines: u16, columns: u16, before: &str) -> Self {
        let size = PtySize {
            rows: lines,
            cols: columns,
            pixel_width: 0,
            pixel_height: 0,
        };
        let pair = native_pty_system().openpty(size).unwrap();
        let itself = std::env::current_exe().unwrap();
        let mut command = CommandBuilder::new("sh");
        command.arg("-c");
        command.arg(format!(
            "{before}exec '{}' tui::tests::terminal::{console} --ignored --exact --nocapture",
            itself.display()
        ));
        let child = pair.slave.spawn_command(command).unwrap();
        drop(pair.slave);
        let screen = Arc::new(Mutex::new(vt100::Parser::new(
            lines.try_into().unwrap(),
            columns.try_into().unwrap(),
            0,
        )));
        let mut reader = pair.master.try_clone_reader().unwrap();
        let writer = pair.master.take_writer().unwrap();
        let (shared, gone) = (screen.clone(), Arc::new(AtomicBool::new(false)));
        let hung_up = gone.clone();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let kept = sent.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = reader.read(&mut bytes) {
                shared.lock().unwrap().process(&bytes[..count]);
                kept.lock().unwrap().extend_from_slice(&bytes[..count]);
                // Every end must be closed for the terminal to hang up, this one as well.
                if hung_up.load(Ordering::SeqCst) {
                    return;
                }
            }
        });
        Self {
            master: Some(pair.master),
            writer,
            child,
            screen,
            sent,
            gone,
        }
    }

    /// Every byte that came so far, as text.
    pub(super) fn sent(&self) -> String {
        String::from_utf8_lossy(&self.sent.lock().unwrap()).into_owned()
    }

    pub(super) fn text(&self) -> String {
        self.screen.lock().unwrap().screen().contents()
    }

    pub(super) fn wait_for(&self, what: &str) {
        self.wait(what, |terminal| terminal.text().contains(what));
    }

    pub(super) fn wait(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let watch = Stopwatch::start();
        while !holds(self) {
            assert!(
                watch.elapsed() < PATIENCE,
                "no \"{what}\" in:\n{}",
                self.text()
            );
            real_pause(Duration::from_millis(10));
        }
    }

    pub(super) fn press(&mut self, bytes: &str) {
        self.writer.write_all(bytes.as_bytes()).unwrap();
        self.writer.flush().unwrap();
    }

    pub(super) fn code(&mut self) -> u32 {
        let watch = Stopwatch::start();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.exit_code();
            }
            assert!(watch.elapsed() < PATIENCE, "it goes on: {}", self.text());
            real_pause(Duration::from_millis(10));
        }
    }

    pub(super) fn signal(&self, signal: rustix::process::Signal) {
        let id = self.child.process_id().unwrap();
        let id = rustix::process::Pid::from_raw(id.cast_signed()).unwrap();
        rustix::process::kill_process(id, signal).unwrap();
    }
}

#[test]
fn it_is_watched_scrolled_resized_and_left() {
    let mut terminal = Terminal::start(24, 80, "");
    terminal.wait_for("devices 300");
    terminal.wait_for("no engine");
    assert!(terminal.screen.lock().unwrap().screen().alternate_screen());
    // Five hundred keys at once, of which some are sequences, then the last one.
    terminal.press(&"j\x1b[B".repeat(250));
    terminal.wait_for("300/300");
    terminal.press("g");
    terminal.wait_for("1/300");
    terminal.press("\r");
    terminal.wait_for("you can");
    terminal.press("\x1b");
    terminal.wait_for("devices 300");
    terminal.press("/phase:Complete\r");
    terminal.wait_for("42 of 300 match");
    terminal.press("S");
    terminal.wait_for("[ Stop all sending ]");
    terminal.press("\x1b[200~looks wrong\nq\x1b[201~\t\r");
    terminal.wait_for("start one with");
    let size = PtySize {
        rows: 12,
        cols: 40,
        pixel_width: 0,
        pixel_height: 0,
    };
    terminal
        .screen
        .lock()
        .unwrap()
        .screen_mut()
        .set_size(12.try_into().unwrap(), 40.try_into().unwrap());
    terminal.master.as_ref().unwrap().resize(size).unwrap();
    terminal.press("\x0c");
    terminal.wait("the small layout", |terminal| {
        terminal
            .text()
            .lines()
            .nth(2)
            .is_some_and(|line| line.contains("Serial"))
    });
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    terminal.wait_for("ended with Ok(Left)");
    let screen = terminal.screen.lock().unwrap();
    assert!(!screen.screen().alternate_screen() && !screen.screen().hide_cursor());
    assert!(!screen.screen().bracketed_paste());
}

#[test]
fn a_hang_up_ends_it_within_two_seconds_even_when_the_signal_is_ignored() {
    for before in ["", "trap '' HUP; "] {
        let mut terminal = Terminal::start(24, 80, before);
        terminal.wait_for("devices 300");
        terminal.gone.store(true, Ordering::SeqCst);
        terminal.press("j");
        let watch = Stopwatch::start();
        terminal.master = None;
        terminal.writer = Box::new(std::io::sink());
        assert_eq!(terminal.code(), 129);
        assert!(
            watch.elapsed() < Duration::from_secs(2),
            "{:?}",
            watch.elapsed()
        );
    }
}

#[test]
fn an_order_to_end_restores_the_terminal() {
    let mut terminal = Terminal::start(24, 80, "");
    terminal.wait_for("devices 300");
    terminal.signal(rustix::process::Signal::TERM);
    assert_eq!(terminal.code(), 143);
    terminal.wait_for("ended with Ok(Terminated)");
    assert!(!terminal.screen.lock().unwrap().screen().alternate_screen());
}

#[test]
fn a_stop_gives_the_terminal_back_and_a_return_takes_it_again() {
    // An interactive shell would do this; here its part is played by hand: a job of its own group, stopped and continued.
    let mut terminal = Terminal::start(24, 80, "");
    terminal.wait_for("devices 300");
    terminal.press("\x1a");
    terminal.wait_for("no shell started this console");
    terminal.signal(rustix::process::Signal::STOP);
    terminal.signal(rustix::process::Signal::CONT);
    terminal.press("?");
    terminal.wait_for("Show what every key does");
    terminal.press("qq");
    assert_eq!(terminal.code(), 0);
}
