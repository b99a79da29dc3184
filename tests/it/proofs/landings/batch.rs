//! All deeds of one landing mode around one kill, each on a Mac of its own.

use super::deeds::{ALL, Deed, pipeline};
use super::office::{Chat, Life, Office, SPEED};
use crate::support::{SOON, until};
use drover::model::clock::real_pause;
use drover::model::time::Span;
use drover::sim::ledger::Effect;
use drover::sim::wire::{Arranged, Hold, Mishap};
use drover::store::{AttemptState, HoldKind, MessageKind, MessageState, StoreError, View};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use std::time::Duration;

/// What becomes of a call on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Mode {
    Answered,
    NeverArrived,
    NotApplied,
    AnswerCut,
    AppliedPage,
    AppliedLate,
    Blind,
    LoginPage,
    Hang,
    AppliedHang,
}

pub(super) const MODES: [Mode; 10] = [
    Mode::Answered,
    Mode::NeverArrived,
    Mode::NotApplied,
    Mode::AnswerCut,
    Mode::AppliedPage,
    Mode::AppliedLate,
    Mode::Blind,
    Mode::LoginPage,
    Mode::Hang,
    Mode::AppliedHang,
];

/// Engine time after which a late call lands, and by which blind reads lag behind.
const LATE: Span = Span::from_secs(30);
const BLIND: Span = Span::from_secs(20);

impl Mode {
    fn mishap(self) -> Option<Mishap> {
        Some(match self {
            Self::Answered => return None,
            Self::NeverArrived => Mishap::Lost,
            Self::NotApplied => Mishap::Status(503),
            Self::AnswerCut | Self::Blind => Mishap::AnswerCut,
            Self::AppliedPage => Mishap::AppliedThenPage,
            Self::AppliedLate => Mishap::AppliedLate(LATE),
            Self::LoginPage => Mishap::LoginPage,
            Self::Hang => Mishap::Hang,
            Self::AppliedHang => Mishap::AppliedThenHang,
        })
    }

    fn never_answers(self) -> bool {
        matches!(self, Self::Hang | Self::AppliedHang)
    }
}

/// When the engine is killed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kill {
    Never,
    /// The intent is on record, and the call has not gone out, or not arrived.
    Intended,
    /// The call is there, and nothing was done about it yet.
    Pending,
    /// All is done that will be done, and no answer is given yet.
    Landed,
    /// The answer is there, and cannot be recorded: the store is held.
    Answered,
    /// It is being looked whether it landed.
    Probing,
}

pub(super) const KILLS: [Kill; 6] = [
    Kill::Never,
    Kill::Intended,
    Kill::Pending,
    Kill::Landed,
    Kill::Answered,
    Kill::Probing,
];

/// How one deed ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Done,
    /// With a person, for good reason.
    Parked,
    /// A message that is not repeated, and counted.
    Dropped,
}

/// One deed in one batch.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    pub(super) deed: Deed,
    pub(super) mode: Mode,
    pub(super) kill: Kill,
    pub(super) end: End,
    pub(super) why: String,
    /// Calls that went out, by the record.
    pub(super) sent: usize,
    pub(super) landed: usize,
}

/// One office, one or two engines' lives.
pub(super) struct Batch {
    mode: Mode,
    kill: Kill,
    chat: Chat,
    rows: BTreeMap<Deed, Json>,
    holds: Vec<Hold>,
}

impl Batch {
    pub(super) fn run(mode: Mode, kill: Kill, chat: Chat) -> Vec<Cell> {
        let deeds: Vec<Deed> = match chat {
            Chat::Bot => ALL.to_vec(),
            Chat::Webhook => vec![Deed::Notify],
        };
        // With the answer cut, scripts end and are found among what ran; else they are found in the queue.
        let office = Office::open(deeds.len(), chat, mode == Mode::AnswerCut, &pipeline());
        let serials = office.sim.serials();
        let row = |(deed, serial): (&Deed, &String)| {
            (*deed, deed.row(&office, serial).unwrap_or(Json::Null))
        };
        let mut batch = Self {
            mode,
            kill,
            chat,
            rows: deeds.iter().zip(&serials).map(row).collect(),
            holds: Vec::new(),
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
        for (deed, row) in batch.rows.iter().filter(|(_, row)| !row.is_null()) {
            let _ = deed;
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
        for (deed, row) in &self.rows {
            let wire = office.wire(deed.service());
            let call = || Arranged {
                mishap: self.mode.mishap(),
                ..deed.call(row)
            };
            match self.kill {
                Kill::Never | Kill::Probing => wire.arrange(call()),
                Kill::Intended => {
                    let hold = Hold::on_arrival();
                    match deed.first_read(row) {
                        Some(read) => wire.arrange(read.held(&hold)),
                        None => wire.arrange(Arranged {
                            mishap: Some(Mishap::Lost),
                            ..deed.call(row).held(&hold)
                        }),
                    }
                    self.holds.push(hold);
                    wire.arrange(call());
                }
                Kill::Pending => {
                    let hold = Hold::on_arrival();
                    wire.arrange(call().held(&hold));
                    self.holds.push(hold);
                }
                Kill::Landed | Kill::Answered => {
                    let hold = Hold::before_the_answer();
                    wire.arrange(call().held(&hold));
                    self.holds.push(hold);
                }
            }
        }
    }

    /// Kills the engine at its moment; another one takes over.
    fn kill(&self, office: &Office, life: Life) -> Life {
        match self.kill {
            Kill::Never => return life,
            Kill::Intended | Kill::Pending | Kill::Landed => {
                self.until_held();
                life.kill();
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
            }
            Kill::Probing => {
                // Nothing is probed where every answer came; then it is killed when all is done.
                let limit = if self.mode.never_answers() {
                    SOON * 4
                } else {
                    SOON
                };
                until(limit, "each call is in doubt or decided", || {
                    office
                        .look(|view| self.is_in_doubt_or_decided(view))
                        .then_some(())
                });
                life.kill();
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
        real_pause(LATE.to_std().div_f64(SPEED) * 2);
        let effects = office.effects();
        ends.into_iter()
            .map(|end| self.cell(office, &effects, end))
            .collect()
    }

    fn cell(&self, office: &Office, effects: &[Effect], (deed, end, why, sent): Ended) -> Cell {
        Cell {
            deed,
            mode: self.mode,
            kill: self.kill,
            end,
            why,
            sent,
            landed: deed.landed(office, effects, &self.rows[&deed]),
        }
    }

    /// How each deed ended; else which has not, and how it stands.
    fn ends(&self, view: &View<'_>) -> Result<Result<Vec<Ended>, String>, StoreError> {
        let mut ends = Vec::new();
        for (deed, row) in &self.rows {
            let end = match deed {
                Deed::Board => board(view)?,
                Deed::Notify => self.message(view, row)?,
                _ => stage(view, *deed, row)?,
            };
            match end {
                Ok((end, why, sent)) => ends.push((*deed, end, why, sent)),
                Err(stands) => return Ok(Err(format!("{}: {stands}", deed.name()))),
            }
        }
        Ok(Ok(ends))
    }

    fn message(&self, view: &View<'_>, row: &Json) -> Result<Stands, StoreError> {
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
        let sent = message.tries as usize;
        Ok(match message.state {
            MessageState::Delivered | MessageState::Coalesced => {
                Ok((End::Done, String::new(), sent))
            }
            MessageState::Dropped => Ok((End::Dropped, message.note.clone(), sent)),
            _ => Err(format!("{message:?}")),
        })
    }
}

type Ended = (Deed, End, String, usize);
type Stands = Result<(End, String, usize), String>;

fn board(view: &View<'_>) -> Result<Stands, StoreError> {
    let note = view.note("board")?.unwrap_or_default();
    Ok(match (note["post"].is_null(), note["ts"].as_str()) {
        (true, Some(_)) => Ok((End::Done, String::new(), 1)),
        (true, None) if note["text"].is_string() => Ok((End::Dropped, note.to_string(), 1)),
        _ => Err(note.to_string()),
    })
}

fn stage(view: &View<'_>, deed: Deed, row: &Json) -> Result<Stands, StoreError> {
    let Some(row) = view.row_by_key(row["serial"].as_str().unwrap_or_default())? else {
        return Ok(Err("no row".into()));
    };
    let attempts = view.attempts_of(row.id, 50)?;
    let mut sent = 0;
    for attempt in &attempts {
        let steps = view.steps(attempt.id)?;
        sent += steps
            .iter()
            .filter(|step| step.mutates && step.name == "act" && step.outcome.is_some())
            .count();
    }
    if !row.get("done_at").is_null() {
        return Ok(Ok((End::Done, String::new(), sent)));
    }
    if let Some(hold) = view.hold(row.id, deed.name())?
        && hold.kind == HoldKind::Parked
    {
        let fault = attempts.first().and_then(|attempt| attempt.fault.clone());
        let fault = fault.map_or(String::new(), |fault| format!(" ({fault})"));
        return Ok(Ok((End::Parked, format!("{}{fault}", hold.reason), sent)));
    }
    Ok(Err(format!("{attempts:#?}")))
}
