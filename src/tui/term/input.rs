//! The thread that listens to the terminal. It also hears it hang up, without waiting for a signal that may be ignored.

use super::farewell::Farewell;
use crate::tui::event::Event;
use crate::tui::keys::{Decoder, Input};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use std::io;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::Sender;

/// How long an escape may be the start of a sequence, in real time.
const ESCAPE: Timespec = Timespec {
    tv_sec: 0,
    tv_nsec: 30_000_000,
};

/// Stops listening when dropped.
pub struct Listener {
    stop: UnixStream,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ = self.stop.shutdown(std::net::Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Listens on standard input until the answer is dropped or the terminal hangs up.
pub fn listen(events: Sender<Event>) -> io::Result<Listener> {
    let (stop, stopped) = UnixStream::pair()?;
    let thread = std::thread::Builder::new()
        .name("console-input".into())
        .spawn(move || {
            let farewell = Farewell::new("input", events.clone());
            if hear(&stopped, &events) {
                let _ = events.send(Event::HungUp);
            }
            drop(farewell);
        })?;
    Ok(Listener {
        stop,
        thread: Some(thread),
    })
}

/// True when the terminal hung up, false when told to stop.
fn hear(stopped: &UnixStream, events: &Sender<Event>) -> bool {
    let terminal = io::stdin();
    let mut decoder = Decoder::default();
    let mut bytes = [0_u8; 4096];
    loop {
        let mut both = [
            PollFd::new(&terminal, PollFlags::IN),
            PollFd::new(stopped, PollFlags::IN),
        ];
        let limit = decoder.waits().then_some(&ESCAPE);
        let ready = match poll(&mut both, limit) {
            Err(Errno::INTR) => continue,
            Err(_) => return true,
            Ok(ready) => ready,
        };
        let (heard, told) = (both[0].revents(), both[1].revents());
        if !told.is_empty() {
            return false;
        }
        let inputs = if ready == 0 {
            decoder.settle()
        } else {
            if heard.intersects(PollFlags::HUP | PollFlags::ERR | PollFlags::NVAL) {
                return true;
            }
            match rustix::io::read(&terminal, &mut bytes) {
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Ok(0) | Err(_) => return true,
                Ok(count) => decoder.feed(&bytes[..count]),
            }
        };
        for input in inputs {
            let event = match input {
                Input::Key(key) => Event::Key(key),
                Input::Paste(text) => Event::Paste(text),
                Input::Mouse(mouse) => Event::Mouse(mouse),
                Input::Focus(here) => Event::Focus(here),
            };
            if events.send(event).is_err() {
                return false;
            }
        }
    }
}
