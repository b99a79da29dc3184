//! A console that is driven by hand.

use crate::model::time::Time;
use crate::tui::data::Source;
use crate::tui::event::{Effect, Event};
use crate::tui::keys::Key;
use crate::tui::state::{Facts, State};
use crate::tui::update::update;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::sync::Arc;

/// The pure part of a console, with its reading done in between, at once.
pub struct Console {
    pub state: State,
    source: Source,
    /// What was to be done, apart from reading.
    pub effects: Vec<Effect>,
    pub now: Time,
    facts: Facts,
}

impl Console {
    pub fn new(facts: Facts, source: Source, now: Time, size: (u16, u16)) -> Self {
        Self {
            state: State::new(facts.clone(), size, now),
            source,
            effects: Vec::new(),
            now,
            facts,
        }
    }

    /// A console just started, on the same store.
    pub fn begin(&mut self, size: (u16, u16)) {
        self.state = State::new(self.facts.clone(), size, self.now);
        self.effects.clear();
        self.event(Event::Engine(crate::tui::event::Engine::Answers));
    }

    /// Applies an event, and reads whatever is wanted then until nothing more is.
    pub fn event(&mut self, event: Event) {
        let mut events = vec![event];
        while let Some(event) = events.pop() {
            for effect in update(&mut self.state, event) {
                match effect {
                    Effect::Want(want) => {
                        let snapshot = self.source.read(&want, self.now).unwrap();
                        events.push(Event::Data(Arc::new(snapshot)));
                    }
                    other => self.effects.push(other),
                }
            }
        }
    }

    /// Reads again, as when something was committed.
    pub fn refresh(&mut self) {
        let snapshot = self.source.read(&self.state.want(), self.now).unwrap();
        self.event(Event::Data(Arc::new(snapshot)));
    }

    /// Presses keys by their names, separated by spaces.
    pub fn press(&mut self, keys: &str) {
        for name in keys.split(' ').filter(|name| !name.is_empty()) {
            self.event(Event::Key(
                Key::parse(name).unwrap_or_else(|| panic!("{name}")),
            ));
        }
    }

    pub fn type_text(&mut self, text: &str) {
        for c in text.chars() {
            self.event(Event::Key(Key::char(c)));
        }
    }

    /// The sign of the cursor.
    pub fn facts_cursor(&self) -> &'static str {
        self.state.facts.look.signs.cursor
    }

    pub fn frame(&self) -> Buffer {
        let mut buffer = Buffer::empty(Rect::new(0, 0, self.state.size.0, self.state.size.1));
        crate::tui::draw::draw(&self.state, &mut buffer);
        buffer
    }

    /// The frame as text, one line a line, wide characters once.
    pub fn text(&self) -> String {
        let buffer = self.frame();
        let area = buffer.area;
        let line = |y| {
            let (mut line, mut skip) = (String::new(), 0);
            for x in 0..area.width {
                let symbol = buffer[(x, y)].symbol();
                if skip == 0 {
                    line.push_str(symbol);
                    skip = crate::tui::text::width(symbol).max(1);
                }
                skip -= 1;
            }
            line.trim_end().to_owned()
        };
        (0..area.height).map(line).collect::<Vec<_>>().join("\n")
    }
}
