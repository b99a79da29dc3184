//! The dialogue: a line is heard, obeyed, and answered.

use super::hearing::Heard;
use super::orders::{Order, order};
use super::paper::Paper;
use super::rows::Rows;
use crate::model::time::Time;
use crate::tui::data::{ListWant, Names, Source, Want};
use crate::tui::draw;
use crate::tui::keys::Keymap;
use crate::tui::look::Look;
use crate::tui::run::{Parts, TuiError};
use crate::tui::state::{Facts, Screen, State};
use crate::tui::update::PAST;
use std::collections::VecDeque;
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::Receiver;

/// Lines of a text told before it is asked for `more`, when somebody is at the keyboard.
const PAGE: usize = 40;
const PROMPT: &str = "> ";
/// Lines a screen is taken to have: none of what is told depends on it.
const LINES: u16 = 24;

/// What is known of the two sides.
pub struct Sides {
    /// Somebody types: a prompt is shown, and long texts wait for `more`.
    pub keyboard: bool,
    /// How the night stands is told, and that is all.
    pub once: bool,
    /// The columns there are just now.
    pub width: fn() -> Option<(u16, u16)>,
}

/// Everything a dialogue needs.
pub struct Dialogue<W: Write> {
    /// As the full console's, so that what is told is what is drawn there.
    pub(super) state: State,
    pub(super) source: Source,
    pub(super) paper: Paper<W>,
    pub(super) store: PathBuf,
    pub(super) rows: Rows,
    /// The groups of failures in the order they were told last.
    pub(super) faults: Vec<String>,
    pub(super) heard: Receiver<Heard>,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    demo: Option<Arc<dyn Fn() -> String + Send + Sync>>,
    sides: Sides,
    /// What is left of a long text.
    rest: VecDeque<String>,
}

impl<W: Write> Dialogue<W> {
    pub fn new(
        parts: Parts,
        paper: Paper<W>,
        heard: Receiver<Heard>,
        sides: Sides,
    ) -> Result<Self, TuiError> {
        let names = Names::new(parts.pipeline.map(Arc::new)).with_actions(parts.catalogue);
        let facts = Facts {
            shape: parts.reader.shape().clone(),
            names: names.clone(),
            keymap: Keymap::load(parts.settings.keymap.as_deref())?,
            look: Look::words()?,
            read_only: parts.settings.read_only,
        };
        let wide = u16::try_from(paper.wide()).unwrap_or(u16::MAX);
        let mut state = State::new(facts, (wide, LINES), (parts.now)());
        if let Some(at) = parts.at {
            state.look_back(at, (parts.now)());
        }
        Ok(Self {
            state,
            source: Source::new(parts.reader, names),
            paper,
            store: parts.store,
            rows: Rows::default(),
            faults: Vec::new(),
            heard,
            now: parts.now,
            demo: parts.demo,
            sides,
            rest: VecDeque::new(),
        })
    }

    /// Until it is left or the input ends. An error means that nothing can be written any more.
    pub fn run(&mut self) -> io::Result<()> {
        self.tell_night()?;
        if self.sides.once {
            return self.paper.flush();
        }
        if self.sides.keyboard {
            self.paper.say("")?;
            self.paper
                .say("Say list, faults, stages, log, a row's key, or help for everything.")?;
        }
        loop {
            match self.hear(PROMPT)? {
                Heard::End => return self.paper.flush(),
                Heard::TooLong => self
                    .paper
                    .say("That line is too long to be an order; it was let pass.")?,
                Heard::Line(line) => {
                    if let Some((columns, _)) = (self.sides.width)() {
                        self.paper.set_wide(columns.into());
                        self.state.size.0 = columns;
                    }
                    if order(&line) == Order::Quit {
                        return self.paper.flush();
                    }
                    self.obey(order(&line))?;
                }
            }
        }
    }

    /// The next line. From a pipe it is repeated, so that what is kept reads as a dialogue.
    pub(super) fn hear(&mut self, prompt: &str) -> io::Result<Heard> {
        if self.sides.keyboard {
            self.paper.ask(prompt)?;
        }
        self.paper.flush()?;
        let heard = self.heard.recv().unwrap_or(Heard::End);
        match &heard {
            Heard::Line(line) if !self.sides.keyboard => {
                self.paper.say(&format!("{prompt}{line}"))?;
            }
            Heard::End if self.sides.keyboard => self.paper.say("")?,
            // A question nobody answered is worth knowing.
            Heard::End if prompt != PROMPT => self.paper.say(prompt)?,
            _ => {}
        }
        Ok(heard)
    }

    fn obey(&mut self, order: Order) -> io::Result<()> {
        if order != Order::More && order != Order::Nothing {
            self.rest.clear();
        }
        if self.state.past.is_some() {
            match order {
                Order::Act(_) => return self.paper.say(PAST),
                Order::Follow | Order::Faults | Order::Screen(_) => {
                    return self
                        .paper
                        .say("Of what was there are the rows, the log and the stages.");
                }
                _ => {}
            }
        }
        match order {
            Order::Nothing | Order::Quit => Ok(()),
            Order::Help => self.tell_help(),
            Order::State => self.tell_night(),
            Order::List => self.list(),
            Order::More if self.rest.is_empty() => self.tell_rows(),
            Order::More => self.tell_rest(),
            Order::Faults => self.tell_faults(),
            Order::Stages => self.tell_stages(),
            Order::Log(count) => self.tell_log(count),
            Order::Follow => self.follow(),
            Order::Filter(words) => self.filter(&words),
            Order::Sort(column, descending) => self.sort(&column, descending),
            Order::Screen(told) => self.tell_screen(told),
            Order::Act(asked) => self.act(asked),
            Order::Row(name) => self.tell_row(&name),
            Order::Wrong(why) => self.paper.say(&why),
        }
    }

    /// Reads what `want` adds to the list as it is filtered and sorted. Answers false, and says why, when it cannot.
    pub(super) fn read(&mut self, add: impl FnOnce(&mut Want)) -> io::Result<bool> {
        let mut want = Want {
            list: ListWant {
                condition: self.state.table.condition.clone(),
                order: self.state.table.order(),
            },
            at: self.state.past.map(|past| past.at),
            ..Want::default()
        };
        add(&mut want);
        self.turn();
        match self.source.read(&want, self.state.now) {
            Ok(snapshot) => {
                self.state.data = Arc::new(snapshot);
                self.state.ready = true;
                Ok(true)
            }
            Err(error) => {
                self.paper
                    .say(&format!("The store cannot be read: {error}"))?;
                Ok(false)
            }
        }
    }

    /// Engine time goes on.
    pub(super) fn turn(&mut self) {
        self.state.turn((self.now)());
        self.state.demo = self.demo.as_ref().map(|line| line());
    }

    /// A screen of the full console in words, read and told.
    pub(super) fn tell(&mut self, screen: Screen, add: impl FnOnce(&mut Want)) -> io::Result<()> {
        self.state.screens.push(screen);
        let topic = self.state.screen().topic();
        let read = self.read(|want| {
            want.topic = topic;
            add(want);
        });
        let words = draw::words(&self.state);
        self.state.screens.pop();
        match (read?, words) {
            (true, Some((title, lines))) => {
                self.paper.say(&title)?;
                self.tell_lines(lines)
            }
            _ => Ok(()),
        }
    }

    pub(super) fn tell_lines(&mut self, lines: Vec<String>) -> io::Result<()> {
        self.rest = lines.into();
        self.tell_rest()
    }

    fn tell_rest(&mut self) -> io::Result<()> {
        let count = if self.sides.keyboard {
            PAGE
        } else {
            usize::MAX
        };
        // One line more is not worth asking.
        let count = if self.rest.len() <= count.saturating_add(1) {
            self.rest.len()
        } else {
            count
        };
        for line in self.rest.drain(..count) {
            self.paper.say(&line)?;
        }
        match self.rest.len() {
            0 => Ok(()),
            left => self.paper.say(&format!("{left} more lines: say more.")),
        }
    }
}
