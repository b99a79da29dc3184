//! The thread that asks the engine now and then whether it is there.

use super::farewell::Farewell;
use crate::control::client::{ClientError, ask};
use crate::control::protocol::Request;
use crate::tui::event::{Engine, Event};
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// How often, in real time.
const RHYTHM: Duration = Duration::from_secs(3);

/// Stops asking when dropped.
pub struct Watch {
    _stop: Sender<()>,
}

pub fn watch(store: PathBuf, events: Sender<Event>) -> std::io::Result<Watch> {
    let (stop, stopped) = channel::<()>();
    std::thread::Builder::new()
        .name("console-watch".into())
        .spawn(move || {
            let farewell = Farewell::new("watch", events.clone());
            let mut said = Engine::Unasked;
            loop {
                let engine = ask_engine(&store);
                if engine != said {
                    said = engine.clone();
                    if events.send(Event::Engine(engine)).is_err() {
                        break;
                    }
                }
                if stopped.recv_timeout(RHYTHM) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            drop(farewell);
        })?;
    Ok(Watch { _stop: stop })
}

/// Whether the engine answers just now.
pub fn ask_engine(store: &std::path::Path) -> Engine {
    match ask(store, &Request::Hello) {
        Ok(_) => Engine::Answers,
        Err(ClientError::NotAllowed(_)) => Engine::Unreachable,
        Err(error) => Engine::Silent(error.to_string()),
    }
}
