//! The loop: events in, effects out, a frame when something changed.

use super::data::{self, ExportError, Names, Source};
use super::event::{Effect, End, Event, NoAnswer};
use super::kept::{self, Keeper};
use super::keys::{Keymap, KeymapError};
use super::linear;
use super::look::{Look, ThemeError};
use super::settings::Settings;
use super::state::{Facts, State, Terminal};
use super::term::{self, Canvas, Guard, Multiplexer};
use super::update::update;
use crate::control::client;
use crate::model::action::Catalogue;
use crate::model::clock::Stopwatch;
use crate::model::time::Time;
use crate::pipeline::Pipeline;
use crate::store::Reader;
use std::io::stdout;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

/// The name of the thread that draws, by which the panic hook knows it.
pub(super) const DRAWING_THREAD: &str = "console";
/// Ages move on this often, in real time.
const TICK: Duration = Duration::from_secs(1);
/// Frames that no key asked for are at least this far apart.
const FRAME: Duration = Duration::from_millis(33);
/// How long the shell may take to stop us once asked, in real time.
const STOPPING: Duration = Duration::from_secs(2);

/// What a console is made of.
pub struct Parts {
    /// Its own connection.
    pub reader: Reader,
    /// The store's path; the engine's socket lies beside it.
    pub store: PathBuf,
    /// Titles, tones, windows and groups; without it names stand for themselves.
    pub pipeline: Option<Pipeline>,
    /// What is known of the actions it calls: which change something, and which cannot be undone.
    pub catalogue: Catalogue,
    /// Engine time.
    pub now: Arc<dyn Fn() -> Time + Send + Sync>,
    pub settings: Settings,
    /// A moment that has been, to be looked at in place of now.
    pub at: Option<Time>,
    /// One line about the world, for the demo's header.
    pub demo: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

/// How the console ended. The engine goes on in every case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The operator left.
    Left,
    /// The terminal hung up.
    HungUp,
    /// `SIGTERM`.
    Terminated,
}

impl Ended {
    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Left => 0,
            Self::HungUp => 129,
            Self::Terminated => 143,
        }
    }
}

/// Why there is no console. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum TuiError {
    #[error("{0}")]
    Keymap(#[from] KeymapError),
    #[error("{0}")]
    Theme(#[from] ThemeError),
    #[error("the terminal cannot be used: {0}")]
    Terminal(#[from] std::io::Error),
    #[error("the console ended: {0}")]
    Broken(String),
}

/// Runs the console on this process's terminal until it is left: the full one where it can be drawn and read from a
/// keyboard, else the linear one. With a keyboard's place taken by a pipe the linear one obeys the pipe, rather than
/// looking for a keyboard elsewhere. Blocks the calling thread, so call it from a plain one
/// (`spawn_blocking` inside a runtime); it makes the threads it needs.
pub fn run(parts: Parts) -> Result<Ended, TuiError> {
    let streams = linear::streams();
    if is_linear(&parts.settings, streams) {
        return linear::run(parts, streams);
    }
    // On a thread with a name, so that the panic hook can tell the thread that owns the screen from all others.
    let thread = std::thread::Builder::new()
        .name(DRAWING_THREAD.into())
        .spawn(move || console(parts))?;
    match thread.join() {
        Ok(ended) => ended,
        Err(panic) => std::panic::resume_unwind(panic),
    }
}

/// Whether a person is there to be asked: who only looks, and scripts, start no engine.
pub fn is_attended(settings: &Settings) -> bool {
    let streams = linear::streams();
    streams.input && (streams.output || settings.linear)
}

/// Nothing can be drawn, or nothing is to be.
fn is_linear(settings: &Settings, streams: linear::Streams) -> bool {
    let dumb = matches!(settings.term.as_deref(), Some("dumb" | ""));
    settings.linear || dumb || !streams.input || !streams.output
}

fn console(parts: Parts) -> Result<Ended, TuiError> {
    let names = Names::new(parts.pipeline.map(Arc::new)).with_actions(parts.catalogue);
    let facts = Facts {
        shape: parts.reader.shape().clone(),
        names: names.clone(),
        keymap: Keymap::load(parts.settings.keymap.as_deref())?,
        look: Look::new(
            parts.settings.theme,
            parts.settings.ascii,
            parts.settings.no_color,
        )?,
        read_only: parts.settings.read_only,
    };
    // The colours are ours to leave out: under NO_COLOR the library would take the reversed cursor away too.
    crossterm::style::force_color_output(true);
    let (events, queue) = channel();
    let size = term::size().unwrap_or((80, 24));
    let settings = parts.settings;
    let guard = Guard::enter(settings.mouse)?;
    let listener = term::listen(events.clone())?;
    let signals = term::heed(events.clone())?;
    let watch = term::watch(parts.store.clone(), events.clone())?;
    let asker = data::start(
        Source::new(parts.reader, names.clone()),
        parts.now.clone(),
        events.clone(),
    )?;
    let synchronized = !matches!(settings.term.as_deref(), Some("linux"));
    let keep = settings.state.clone();
    let keeper = keep.clone().map(|path| Keeper::start(path, events.clone()));
    let mut state = State::new(facts, size, (parts.now)());
    if let Some(at) = parts.at {
        state.look_back(at, (parts.now)());
    }
    state.terminal = Terminal::new(settings.mouse, settings.notify);
    let kept = keep.map_or(Ok(Some(kept::Kept::default())), |path| kept::read(&path));
    state.remember(kept, parts.demo.is_some());
    let mut console = Console {
        state,
        names,
        multiplexer: settings.multiplexer,
        began: Stopwatch::start(),
        canvas: Canvas::new(stdout(), size, synchronized),
        guard: Some(guard),
        asker,
        keeper: keeper.transpose()?,
        events,
        store: parts.store,
        now: parts.now,
        demo: parts.demo,
    };
    let end = console.run(&queue);
    // The terminal first: whoever leaves has it back at once.
    match console.guard.take() {
        Some(guard) if end == End::HungUp => guard.forget(),
        guard => drop(guard),
    }
    drop(listener);
    drop(console.keeper.take());
    // Nobody listens any more, which ends the threads that read. Nothing waits for them, nor takes them apart here: the
    // process is about to end, and does so sooner than they do.
    drop(queue);
    std::mem::forget((console, signals, watch));
    match end {
        End::Left => Ok(Ended::Left),
        End::HungUp => Ok(Ended::HungUp),
        End::Terminated => Ok(Ended::Terminated),
        End::Failed(why) => Err(TuiError::Broken(why)),
    }
}

struct Console {
    state: State,
    names: Names,
    multiplexer: Multiplexer,
    began: Stopwatch,
    canvas: Canvas<std::io::Stdout>,
    guard: Option<Guard>,
    asker: data::Asker,
    keeper: Option<Keeper>,
    events: Sender<Event>,
    store: PathBuf,
    now: Arc<dyn Fn() -> Time + Send + Sync>,
    demo: Option<Arc<dyn Fn() -> String + Send + Sync>>,
}

impl Console {
    fn run(&mut self, queue: &Receiver<Event>) -> End {
        let first = self.tick();
        if let Some(end) = self.take(first, queue).or_else(|| self.draw()) {
            return end;
        }
        let (mut ticked, mut drawn, mut due) = (Stopwatch::start(), Stopwatch::start(), false);
        loop {
            let until_tick = TICK.saturating_sub(ticked.elapsed());
            let until_frame = FRAME.saturating_sub(drawn.elapsed());
            let patience = if due {
                until_frame.min(until_tick)
            } else {
                until_tick
            };
            let mut pressed = false;
            let mut next = match queue.recv_timeout(patience) {
                Ok(event) => Some(event),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => {
                    return End::Failed("nothing is heard any more".into());
                }
            };
            // Everything that waits is applied before one frame is drawn.
            while let Some(event) = next {
                pressed |= self.is_awaited(&event);
                due = true;
                if let Some(end) = self.take(event, queue) {
                    return end;
                }
                next = queue.try_recv().ok();
            }
            if ticked.elapsed() >= TICK {
                ticked = Stopwatch::start();
                let tick = self.tick();
                if let Some(end) = self.take(tick, queue) {
                    return end;
                }
                due = true;
            }
            if due && (pressed || drawn.elapsed() >= FRAME) {
                if let Some(end) = self.draw() {
                    return end;
                }
                (drawn, due) = (Stopwatch::start(), false);
            }
        }
    }

    /// What somebody waits for is drawn at once: what they did, and the list they asked for.
    fn is_awaited(&self, event: &Event) -> bool {
        match event {
            Event::Key(_) | Event::Paste(_) | Event::Mouse(_) | Event::Resize(..) => true,
            Event::Data(snapshot) => {
                let (new, shown) = (&snapshot.list, &self.state.data.list);
                new.want != shown.want || shown.ids.is_empty() != new.ids.is_empty()
            }
            _ => false,
        }
    }

    fn tick(&self) -> Event {
        Event::Tick {
            now: (self.now)(),
            demo: self.demo.as_ref().map(|line| line()),
            up: self.began.elapsed(),
        }
    }

    fn take(&mut self, event: Event, queue: &Receiver<Event>) -> Option<End> {
        let effects = update(&mut self.state, event);
        effects
            .into_iter()
            .find_map(|effect| self.perform(effect, queue))
    }

    fn perform(&mut self, effect: Effect, queue: &Receiver<Event>) -> Option<End> {
        match effect {
            Effect::Want(want) => self.asker.want(want),
            Effect::Keep(change) => {
                if let Some(keeper) = &self.keeper {
                    keeper.keep(change);
                }
            }
            Effect::Redraw => self.canvas.forget(),
            Effect::Retake => {
                // A hang-up comes with a word to continue: a terminal that cannot be taken again is gone.
                if self
                    .guard
                    .as_mut()
                    .is_some_and(|guard| guard.retake().is_err())
                {
                    return Some(End::HungUp);
                }
                self.canvas.forget();
            }
            Effect::End(end) => return Some(end),
            Effect::Suspend => return self.suspend(queue),
            Effect::Ask(number, request) => {
                let store = self.store.clone();
                self.helper(
                    move || {
                        let answer = client::ask(&store, &request);
                        let lost = |error: client::ClientError| NoAnswer {
                            why: error.to_string(),
                            may_be_taken: error.may_be_taken(),
                        };
                        Event::Answer(number, answer.map_err(lost))
                    },
                    move |why| {
                        let may_be_taken = false;
                        Event::Answer(number, Err(NoAnswer { why, may_be_taken }))
                    },
                );
            }
            Effect::Collect(collect) => {
                let (store, now) = (self.store.clone(), (self.now)());
                self.helper(
                    move || {
                        let found = collect.read(&store, now);
                        Event::Collected(found.map_err(|error| error.to_string()))
                    },
                    |why| Event::Collected(Err(why)),
                );
            }
            Effect::Export(export) => {
                let (store, now) = (self.store.clone(), (self.now)());
                let names = self.names.clone();
                self.helper(
                    move || Event::Exported(export.run(&store, &names, now)),
                    |why| Event::Exported(Err(ExportError::Failed(why))),
                );
            }
            Effect::Copy(text) => return self.say(&term::clipboard(self.multiplexer, &text)),
            Effect::Notice(text) => return self.say(&term::notice(self.multiplexer, &text)),
            Effect::Mouse(on) => {
                let heard = self.guard.as_ref().map(|guard| guard.hear_mouse(on));
                return heard.and_then(gone);
            }
        }
        None
    }

    fn say(&mut self, bytes: &[u8]) -> Option<End> {
        gone(self.canvas.say(bytes))
    }

    /// Does what takes its time on a thread of its own; `failed` says what it means that there is none.
    fn helper(
        &self,
        work: impl FnOnce() -> Event + Send + 'static,
        failed: impl FnOnce(String) -> Event,
    ) {
        let events = self.events.clone();
        let started = std::thread::Builder::new()
            .name("console-helper".into())
            .spawn(move || {
                let _ = events.send(work());
            });
        if let Err(error) = started {
            let why = format!("no thread could be made: {error}");
            let _ = self.events.send(failed(why));
        }
    }

    fn draw(&mut self) -> Option<End> {
        let state = &self.state;
        let drawn = self
            .canvas
            .draw(state.size, |buffer| super::draw::draw(state, buffer));
        drawn.is_err().then_some(End::HungUp)
    }

    /// Gives the terminal back and stops; goes on once the shell says so.
    fn suspend(&mut self, queue: &Receiver<Event>) -> Option<End> {
        self.guard = term::suspend(self.guard.take()?);
        if self.guard.is_some() {
            self.state
                .flash("no shell started this console, so there is none to go back to");
            return None;
        }
        // The stop may reach us a moment late; the terminal is taken again once we are told that we were continued.
        let watch = Stopwatch::start();
        while let Some(left) = STOPPING.checked_sub(watch.elapsed()) {
            match queue.recv_timeout(left) {
                Ok(event @ (Event::HungUp | Event::Terminate)) => return self.take(event, queue),
                Ok(Event::Continued) | Err(_) => break,
                Ok(Event::Key(_)) => {}
                Ok(event) => {
                    if let Some(end) = self.take(event, queue) {
                        return Some(end);
                    }
                }
            }
        }
        match Guard::enter(self.state.terminal.mouse) {
            Ok(guard) => self.guard = Some(guard),
            Err(_) => return Some(End::HungUp),
        }
        self.take(Event::Continued, queue)
    }
}

/// A terminal that cannot be written to is gone.
fn gone(written: std::io::Result<()>) -> Option<End> {
    written.is_err().then_some(End::HungUp)
}
