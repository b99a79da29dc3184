//! A helper thread's last word.

use crate::tui::event::Event;
use std::sync::mpsc::Sender;

/// Tells the console when the thread that holds it dies of a panic, as it would wait for that thread for ever.
pub struct Farewell {
    name: &'static str,
    events: Sender<Event>,
}

impl Farewell {
    pub fn new(name: &'static str, events: Sender<Event>) -> Self {
        Self { name, events }
    }
}

impl Drop for Farewell {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.events.send(Event::Broken(self.name));
        }
    }
}
