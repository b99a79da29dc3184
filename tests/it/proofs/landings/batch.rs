//! All deeds of one landing mode around one kill, each on a Mac of its own.

use super::deeds::{ALL, Deed};
use super::office::{Chat, Life, Office};
use super::ways::{BLIND, Cell, End, Kill, LATE, Mode};
use crate::support::{SOON, until};
use drover::model::clock::real_pause;
use drover::sim::ledger::Effect;
use drover::sim::wire::{Arranged, Hold, Mishap, Wire};
use drover::store::{AttemptState, HoldKind, MessageKind, MessageState, Step, StoreError, View};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// Slow enough that an engine is killed and the next one looks before a late call lands, and fast enough not to wait
/// long for what settles.
const SPEED: f64 = 60.0;

/// One office, one or two engines' lives.
pub(super) struct Batch {
    mode: Mode,
    kill: Kill,
    rows: BTreeMap<Deed, Json>,
    /// Where the calls are held until the engine is dead.
    holds: Vec<Hold>,
    /// Which calls did arrive: places through which they go.
    arrivals: BTreeMap<Deed, Vec<Hold>>,
}

/// What the engines left undecided when they were killed, over all batches.
pub(super) static OPEN_AT_A_KILL: AtomicUsize = AtomicUsize::new(0);
pub(super) static PROBING_AT_A_KILL: AtomicUsize = AtomicUsize::new(0);

impl Batch {
    pub(super) fn run(mode: Mode, kill: Kill, chat: Chat) -> Vec<Cell> {
        let deeds: Vec<Deed> = match chat {
            Chat::Bot => ALL.to_vec(),
            Chat::Webhook => vec![Deed::Notify],
        };
        // With the answer cut, scripts end and are found among what ran; else they are found in the queue.
        let office = Office::open(SPEED, deeds.len(), chat, mode == Mode::AnswerCut);
        let serials = office.sim.serials();
        let row = |(deed, serial): (&Deed, &String)| {
            (*deed, deed.row(&office, serial).unwrap_or(Json::Null))
        };
        let mut batch = Self {
            mode,
            kill,
            rows: deeds.iter().zip(&serials).map(row).collect(),
            holds: Vec::new(),
            arrivals: BTreeMap::new(),
        };
        batch.arrange(&office);
        if mode == Mode::Blind {
            office
                .sim
                .tenant()
                .change(|it| it.commands_visible_after = BLIND);
            office.sim.board().set_visible_after(BLIND);
            office
                .sim
                .world()
                .with(|state| state.show_queues_behind(BLIND));
        }
        let life = office.engine();
        for row in batch.rows.values().filter(|row| !row.is_null()) {
            office.wants(row);
        }
        let life = batch.kill(&office, life);
        let cells = batch.settled(&office);
        drop(life);
        let Office {
            sim, desk, runtime, ..
        } = office;
        runtime.block_on(async {
            drop(desk);
            drop(sim);
        });
        runtime.shutdown_background();
        cells
    }

    fn arrange(&mut self, office: &Office) {
        let rows = self.rows.clone();
        for (deed, row) in &rows {
            let wire = office.wire(deed.service());
            let spoiled = Arranged {
                mishap: self.mode.mishap(),
                ..deed.call(row)
            };
            let hold = match self.kill {
                Kill::Never => through(),
                Kill::Probing => {
                    if self.mode != Mode::Answered
                        && let Some(look) = deed.look(row)
                    {
                        let hold = Hold::on_arrival();
                        wire.arrange(look.held(&hold));
                        self.holds.push(hold);
                    }
                    through()
                }
                Kill::Intended => {
                    self.hold_before(&wire, *deed, row);
                    through()
                }
                Kill::Pending => Hold::on_arrival(),
                Kill::Landed | Kill::Answered => Hold::before_the_answer(),
            };
            wire.arrange(spoiled.held(&hold));
            let later = through();
            wire.arrange(deed.call(row).times(usize::MAX).held(&later));
            if matches!(self.kill, Kill::Pending | Kill::Landed | Kill::Answered) {
                self.holds.push(hold.clone());
            }
            self.arrivals
                .entry(*deed)
                .or_default()
                .extend([hold, later]);
        }
    }

    /// Stops a deed when its intent is on record: at the read it begins with, or on the way, never to arrive.
    fn hold_before(&mut self, wire: &Wire, deed: Deed, row: &Json) {
        let hold = Hold::on_arrival();
        let stopped = deed.first_read(row).unwrap_or_else(|| Arranged {
            mishap: Some(Mishap::Lost),
            ..deed.call(row)
        });
        wire.arrange(stopped.held(&hold));
        self.holds.push(hold);
    }

    /// Kills the engine at its moment; another one takes over.
    fn kill(&self, office: &Office, life: Life) -> Life {
        let taken = || {
            let (open, probing) = office.look(undecided);
            OPEN_AT_A_KILL.fetch_add(open, Ordering::Relaxed);
            PROBING_AT_A_KILL.fetch_add(probing, Ordering::Relaxed);
        };
        match self.kill {
            Kill::Never => return life,
            Kill::Intended | Kill::Pending | Kill::Landed => {
                self.until_held();
                life.kill();
                taken();
                self.holds.iter().for_each(Hold::release);
            }
            Kill::Answered => {
                self.until_held();
                let store = rusqlite::Connection::open(office.path("drover.db")).unwrap();
                store.busy_timeout(SOON).unwrap();
                store.execute_batch("BEGIN IMMEDIATE").unwrap();
                self.holds.iter().for_each(Hold::release);
                if !self.mode.never_answers() {
                    let wires = ["fleet", "jamf", "slack", "http"].map(|name| office.wire(name));
                    until(SOON, "all is answered", || {
                        wires.iter().all(|wire| wire.open() == 0).then_some(())
                    });
                    // From the service's socket to the engine's.
                    real_pause(Duration::from_millis(50));
                }
                life.kill();
                store.execute_batch("ROLLBACK").unwrap();
                taken();
            }
            Kill::Probing => {
                // Nothing is probed where every answer came; then it is killed when all is done.
                let limit = if self.mode.never_answers() {
                    SOON * 4
                } else {
                    SOON
                };
                until(limit, "each call is looked for", || {
                    self.holds.iter().all(|hold| hold.held() > 0).then_some(())
                });
                until(limit, "no call is out any more", || {
                    office
                        .look(|view| self.is_in_doubt_or_decided(view))
                        .then_some(())
                });
                life.kill();
                taken();
                self.holds.iter().for_each(Hold::release);
            }
        }
        office.engine()
    }

    fn until_held(&self) {
        until(SOON, "every call is where it is to be", || {
            self.holds.iter().all(|hold| hold.held() > 0).then_some(())
        });
    }

    fn is_in_doubt_or_decided(&self, view: &View<'_>) -> Result<bool, StoreError> {
        for row in self.rows.values().filter(|row| !row.is_null()) {
            let Some(found) = view.row_by_key(row["serial"].as_str().unwrap_or_default())? else {
                return Ok(false);
            };
            let last = view.attempts_of(found.id, 1)?;
            let running = |a: &drover::store::Attempt| a.state == AttemptState::Running;
            if last.is_empty() || last.iter().any(running) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Waits until every deed has its end; what rests for ever is an error of its own.
    fn settled(&self, office: &Office) -> Vec<Cell> {
        let mut last = String::new();
        let limit = if self.mode.never_answers() {
            SOON * 5
        } else {
            SOON * 3
        };
        let wait = std::panic::AssertUnwindSafe(|| {
            until(limit, "every deed has its end", || {
                match office.look(|view| self.ends(view)) {
                    Ok(ends) => Some(ends),
                    Err(open) => {
                        last = open;
                        None
                    }
                }
            })
        });
        let ends = std::panic::catch_unwind(wait).unwrap_or_else(|_| {
            let log = std::fs::read_to_string(office.path("run.log")).unwrap_or_default();
            panic!("{:?} × {:?}: {last}\n{log}", self.mode, self.kill)
        });
        // What is late has landed by then.
        office.pause(LATE.times(2.0));
        let effects = office.effects();
        ends.into_iter()
            .map(|end| self.cell(office, &effects, end))
            .collect()
    }

    fn cell(&self, office: &Office, effects: &[Effect], (deed, end, why): Ended) -> Cell {
        Cell {
            deed,
            mode: self.mode,
            kill: self.kill,
            end,
            why,
            sent: self.arrivals[&deed].iter().map(Hold::held).sum(),
            landed: deed.landed(office, effects, &self.rows[&deed]),
        }
    }

    /// How each deed ended; else which has not, and how it stands.
    fn ends(&self, view: &View<'_>) -> Result<Result<Vec<Ended>, String>, StoreError> {
        let mut ends = Vec::new();
        for (deed, row) in &self.rows {
            let end = match deed {
                Deed::Board => board(view)?,
                Deed::Notify => message(view, row)?,
                _ => stage(view, *deed, row)?,
            };
            match end {
                Ok((end, why)) => ends.push((*deed, end, why)),
                Err(stands) => return Ok(Err(format!("{}: {stands}", deed.name()))),
            }
        }
        Ok(Ok(ends))
    }
}

type Ended = (Deed, End, String);
type Stands = Result<(End, String), String>;

/// Calls that are on record and have no end, and attempts that are being probed.
fn undecided(view: &View<'_>) -> Result<(usize, usize), StoreError> {
    let (mut open, mut probing) = (0, 0);
    for attempt in view.open_attempts()? {
        let steps = view.steps(attempt.id)?;
        let is_open = |step: &&Step| step.mutates && step.finished_at.is_none();
        open += steps.iter().filter(is_open).count();
        probing += usize::from(attempt.state == AttemptState::Probing);
    }
    Ok((open + view.messages_in_flight()?.len(), probing))
}

/// A place where nobody is held, but counted.
fn through() -> Hold {
    let hold = Hold::on_arrival();
    hold.release();
    hold
}

fn board(view: &View<'_>) -> Result<Stands, StoreError> {
    let note = view.note("board")?.unwrap_or_default();
    Ok(match (note["post"].is_null(), note["ts"].as_str()) {
        (true, Some(_)) => Ok((End::Done, String::new())),
        (true, None) if note["text"].is_string() => Ok((End::Dropped, note.to_string())),
        _ => Err(note.to_string()),
    })
}

fn stage(view: &View<'_>, deed: Deed, row: &Json) -> Result<Stands, StoreError> {
    let Some(row) = view.row_by_key(row["serial"].as_str().unwrap_or_default())? else {
        return Ok(Err("no row".into()));
    };
    let attempts = view.attempts_of(row.id, 50)?;
    if !row.get("done_at").is_null() {
        return Ok(Ok((End::Done, String::new())));
    }
    if let Some(hold) = view.hold(row.id, deed.name())?
        && hold.kind == HoldKind::Parked
    {
        let fault = attempts.first().and_then(|attempt| attempt.fault.clone());
        let fault = fault.map_or(String::new(), |fault| format!(" ({fault})"));
        return Ok(Ok((End::Parked, format!("{}{fault}", hold.reason))));
    }
    Ok(Err(format!("{attempts:#?}")))
}

fn message(view: &View<'_>, row: &Json) -> Result<Stands, StoreError> {
    let Some(row) = view.row_by_key(row["serial"].as_str().unwrap_or_default())? else {
        return Ok(Err("no row".into()));
    };
    let messages = view.messages_of(row.id, 9)?;
    let Some(message) = messages
        .iter()
        .find(|message| message.kind == MessageKind::Chat)
    else {
        return Ok(Err(format!(
            "no message: {:?}",
            view.attempts_of(row.id, 3)?
        )));
    };
    Ok(match message.state {
        MessageState::Delivered | MessageState::Coalesced => Ok((End::Done, String::new())),
        MessageState::Dropped => Ok((End::Dropped, message.note.clone())),
        _ => Err(format!("{message:?}")),
    })
}
