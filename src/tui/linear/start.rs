//! Who is on either side, and the threads of a dialogue.

use super::dialogue::{Dialogue, Sides};
use super::hearing::listen;
use super::paper::{Paper, WIDTH};
use crate::tui::event::Event;
use crate::tui::run::{Ended, Parts, TuiError};
use crate::tui::term;
use rustix::termios::isatty;
use std::io::{BufReader, stdin, stdout};
use std::sync::mpsc::{Sender, channel};
use std::thread::Builder;

/// Which side is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Streams {
    pub input: bool,
    pub output: bool,
}

/// As this process was started.
pub fn streams() -> Streams {
    Streams {
        input: isatty(stdin()),
        output: isatty(stdout()),
    }
}

/// Holds the dialogue until it ends. It may stand still for as long as whoever reads it does, so it has a thread of its
/// own: a signal ends the console all the same.
pub fn run(parts: Parts, streams: Streams) -> Result<Ended, TuiError> {
    let (done, ends) = channel();
    let signals = heed(done.clone())?;
    let (sender, heard) = channel();
    Builder::new().name("console-lines".into()).spawn(move || {
        listen(BufReader::new(stdin()), &sender);
    })?;
    Builder::new().name("console".into()).spawn(move || {
        let last_word = LastWord(done.clone());
        let sides = Sides {
            keyboard: streams.input,
            // With nobody at the other side there is nobody to ask: `drover | less`.
            once: streams.input && !streams.output && !parts.settings.linear,
            width: if streams.output { term::size } else { || None },
        };
        let wide = (sides.width)().map_or(WIDTH, |(columns, _)| columns.into());
        let paper = Paper::new(stdout(), wide, parts.settings.ascii);
        let told = Dialogue::new(parts, paper, heard, sides)
            .map(|mut dialogue| ended(dialogue.run(), streams));
        let _ = done.send(told);
        drop(last_word);
    })?;
    let ended = ends
        .recv()
        .unwrap_or_else(|_| Err(TuiError::Broken("nothing is heard any more".into())));
    drop(signals);
    ended
}

/// A terminal that can no longer be read or written has hung up; a pipe nobody reads any more was simply left, as `head`
/// leaves it.
fn ended(told: std::io::Result<()>, streams: Streams) -> Ended {
    let gone = |was: bool, is: bool| was && !is;
    let hung_up = gone(streams.input, isatty(stdin())) || gone(streams.output, isatty(stdout()));
    if hung_up || (told.is_err() && streams.output) {
        Ended::HungUp
    } else {
        Ended::Left
    }
}

/// Says so when the dialogue's thread dies of a panic, as it would be waited for in vain.
struct LastWord(Sender<Result<Ended, TuiError>>);

impl Drop for LastWord {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let why = "its own thread failed; the engine goes on: start `drover` again";
            let _ = self.0.send(Err(TuiError::Broken(why.into())));
        }
    }
}

/// Signals that end it.
fn heed(done: Sender<Result<Ended, TuiError>>) -> std::io::Result<impl Sized> {
    let (events, heard) = channel();
    let signals = term::heed(events)?;
    Builder::new().name("console-end".into()).spawn(move || {
        let ended = heard.iter().find_map(|event| match event {
            Event::HungUp => Some(Ended::HungUp),
            Event::Terminate => Some(Ended::Terminated),
            _ => None,
        });
        if let Some(ended) = ended {
            let _ = done.send(Ok(ended));
        }
    })?;
    Ok(signals)
}
