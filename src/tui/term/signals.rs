//! The thread that heeds signals: a new size, a hang-up, an order to end, a return from the shell.

use super::farewell::Farewell;
use crate::tui::event::Event;
use std::io;
use std::sync::mpsc::Sender;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

/// `SIGCONT`, which the library has no name for.
const CONTINUE: i32 = rustix::process::Signal::CONT.as_raw();

/// Stops heeding when dropped.
pub struct Signals {
    _stop: oneshot::Sender<()>,
}

/// Columns and lines of the terminal; `None` when it does not say.
pub fn size() -> Option<(u16, u16)> {
    let size = rustix::termios::tcgetwinsize(io::stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

pub fn heed(events: Sender<Event>) -> io::Result<Signals> {
    let (stop, stopped) = oneshot::channel();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    std::thread::Builder::new()
        .name("console-signals".into())
        .spawn(move || {
            let farewell = Farewell::new("signals", events.clone());
            let _ = runtime.block_on(wait(&events, stopped));
            drop(farewell);
        })?;
    Ok(Signals { _stop: stop })
}

async fn wait(events: &Sender<Event>, mut stopped: oneshot::Receiver<()>) -> io::Result<()> {
    let mut sizes = signal(SignalKind::window_change())?;
    let mut hang_ups = signal(SignalKind::hangup())?;
    let mut ends = signal(SignalKind::terminate())?;
    let mut returns = signal(SignalKind::from_raw(CONTINUE))?;
    loop {
        let event = tokio::select! {
            _ = &mut stopped => return Ok(()),
            _ = sizes.recv() => match size() {
                Some((columns, lines)) => Event::Resize(columns, lines),
                None => continue,
            },
            _ = hang_ups.recv() => Event::HungUp,
            _ = ends.recv() => Event::Terminate,
            _ = returns.recv() => Event::Continued,
        };
        if events.send(event).is_err() {
            return Ok(());
        }
    }
}
