//! Entering and leaving the terminal: whatever happens, it is left as it was found.

use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, EnableBracketedPaste, EnableFocusChange,
};
use crossterm::terminal::{
    EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, queue};
use rustix::process::{Signal, getpid, getsid, kill_current_process_group};
use std::io::{self, Write, stdout};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, Once};

/// Whether the terminal is ours just now.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether the mouse is to be heard while it is.
static MOUSE: AtomicBool = AtomicBool::new(false);
static HOOK: Once = Once::new();
/// What a thread in the background said as it died while the screen was ours; printed once it is not.
static LAST_WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The terminal in raw mode, on its other screen, until dropped.
pub struct Guard {
    /// Dropping it leaves the terminal.
    held: bool,
}

/// Presses and the wheel, without motion, with coordinates of any size. Ours, as the library's turns motion on as well.
const MOUSE_ON: &[u8] = b"\x1b[?1000h\x1b[?1006h";
const MOUSE_OFF: &[u8] = b"\x1b[?1006l\x1b[?1000l";

impl Guard {
    /// Enters; with `mouse` the terminal says what the mouse does, in place of selecting text with it.
    pub fn enter(mouse: bool) -> io::Result<Self> {
        HOOK.call_once(install_hook);
        MOUSE.store(mouse, Ordering::SeqCst);
        enter()?;
        Ok(Self { held: true })
    }

    /// Takes the terminal again after somebody else had it.
    pub fn retake(&mut self) -> io::Result<()> {
        self.held = true;
        disable_raw_mode()?;
        enter()
    }

    /// Hears the mouse, or leaves it to the terminal; so it stays when the terminal is left and taken again.
    pub fn hear_mouse(&self, on: bool) -> io::Result<()> {
        if MOUSE.swap(on, Ordering::SeqCst) == on || !self.held {
            return Ok(());
        }
        stdout().write_all(if on { MOUSE_ON } else { MOUSE_OFF })?;
        stdout().flush()
    }

    /// The terminal hung up: there is nothing to restore, and writing to it would only fail or block.
    pub fn forget(mut self) {
        self.held = false;
        ENTERED.store(false, Ordering::SeqCst);
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if self.held {
            leave();
        }
    }
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::SeqCst);
    let mut bytes = Vec::new();
    queue!(
        bytes,
        EnterAlternateScreen,
        EnableBracketedPaste,
        EnableFocusChange,
        cursor::Hide
    )?;
    if MOUSE.load(Ordering::SeqCst) {
        bytes.extend_from_slice(MOUSE_ON);
    }
    stdout().write_all(&bytes)?;
    stdout().flush()
}

/// Leaves once, however often it is called.
pub fn leave() {
    if !ENTERED.swap(false, Ordering::SeqCst) {
        return;
    }
    let mut bytes = Vec::new();
    if MOUSE.load(Ordering::SeqCst) {
        bytes.extend_from_slice(MOUSE_OFF);
    }
    let _ = queue!(
        bytes,
        EndSynchronizedUpdate,
        DisableFocusChange,
        DisableBracketedPaste,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = stdout().write_all(&bytes);
    let _ = stdout().flush();
    let _ = disable_raw_mode();
    let mut words = LAST_WORDS
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner);
    for said in words.drain(..) {
        let _ = writeln!(io::stderr(), "{said}");
    }
}

/// A panic on the thread that draws restores the terminal before it is reported. One on another thread, which the
/// program outlives, must not scribble over the screen: its words wait.
fn install_hook() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let ours = std::thread::current().name() == Some(super::super::run::DRAWING_THREAD);
        if ENTERED.load(Ordering::SeqCst) && !ours {
            if let Ok(mut words) = LAST_WORDS.lock() {
                words.push(panic.to_string());
            }
            return;
        }
        leave();
        before(panic);
    }));
}

/// Gives the terminal back and stops the whole job, as ^Z does. Answers the guard when nobody could bring the job back, as
/// no shell started it. The stop may take a moment to reach this thread, so the terminal is not taken again here: whoever
/// calls does so, with [`Guard::enter`], once continued.
pub fn suspend(guard: Guard) -> Option<Guard> {
    let leads = getsid(None).is_ok_and(|session| session == getpid());
    if leads {
        return Some(guard);
    }
    drop(guard);
    let _ = kill_current_process_group(Signal::STOP);
    None
}
