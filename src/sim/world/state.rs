//! Everything that is true, under one lock, at one moment.

use super::activity::Activity;
use super::agenda::{Agenda, Happening};
use super::handover::Handover;
use super::host::Host;
use super::jamf::{Command, Record};
use super::mac::Mac;
use super::post::Post;
use super::script::{Run, SavedScript};
use super::team::{Team, teams};
use super::turns::Turns;
use super::version::Version;
use super::visits::Visits;
use crate::model::random::Random;
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::{Scenario, Trouble};
use std::collections::{BTreeMap, HashMap};

/// In a company whose Macs come by, the world is looked at this often even when nobody asks.
const LOOK_EVERY: Span = Span::from_mins(30);

/// What a world is made from.
pub struct Making {
    pub seed: u64,
    pub devices: usize,
    pub scenario: Scenario,
    pub now: Time,
    pub ledger: Ledger,
    pub fleet_version: String,
}

/// The world at [`State::now`].
pub struct State {
    pub(in crate::sim) now: Time,
    pub(in crate::sim) seed: u64,
    pub(in crate::sim) scenario: Scenario,
    pub(in crate::sim) ledger: Ledger,
    pub(in crate::sim) version: Version,
    pub(in crate::sim) macs: Vec<Mac>,
    pub(in crate::sim) hosts: BTreeMap<u64, Host>,
    pub(in crate::sim) teams: Vec<Team>,
    pub(in crate::sim) scripts: Vec<SavedScript>,
    pub(in crate::sim) runs: HashMap<String, Run>,
    pub(in crate::sim) activities: Vec<Activity>,
    pub(in crate::sim) agenda: Agenda,
    /// Webhooks to be sent now.
    pub(in crate::sim) outbox: Vec<Post>,
    /// Webhooks under way.
    pub(in crate::sim) flights: usize,
    pub(super) turns: Turns,
    /// Somebody listens for webhooks.
    pub(in crate::sim) hooked: bool,
    /// Where.
    pub(in crate::sim) hook_base: Option<String>,
    pub(in crate::sim) opened: Option<Time>,
    pub(super) records: Vec<Record>,
    pub(super) commands: Vec<Command>,
    pub(super) command_at: HashMap<String, usize>,
    /// The night on which a batch of agents falls silent, and for how long.
    pub(super) silenced: Option<Span>,
    /// Hosts' queues are shown this far behind.
    pub(in crate::sim) queue_behind: Span,
    pub(super) ids: Random,
    /// When the company moves to Fleet under the old server's name.
    pub(in crate::sim) handover: Option<Handover>,
    /// When each Mac comes by at whatever server its requests end at.
    pub(super) visits: Visits,
}

impl State {
    pub fn new(making: Making) -> Self {
        let mode = making.scenario.mode(Trouble::AgentsSilenced);
        let mut night = Random::named(making.seed, "silence");
        let (strikes, lasts) = (night.chance(mode.rate), mode.draw(&mut night));
        let founded = making.now.minus(Span::from_hours(24 * 400));
        let mut state = Self {
            now: making.now,
            seed: making.seed,
            scenario: making.scenario,
            ledger: making.ledger,
            version: Version::new(&making.fleet_version),
            macs: Vec::with_capacity(making.devices),
            hosts: BTreeMap::new(),
            teams: teams(founded),
            scripts: Vec::new(),
            runs: HashMap::new(),
            activities: Vec::new(),
            agenda: Agenda::default(),
            outbox: Vec::new(),
            flights: 0,
            turns: Turns::default(),
            hooked: false,
            hook_base: None,
            opened: None,
            records: Vec::new(),
            commands: Vec::new(),
            command_at: HashMap::new(),
            silenced: strikes.then_some(lasts),
            queue_behind: Span::ZERO,
            ids: Random::named(making.seed, "ids"),
            handover: None,
            visits: Visits::default(),
        };
        state.populate(making.devices);
        state
    }

    pub fn now(&self) -> Time {
        self.now
    }

    /// From now on a host's queue shows a run this long after it was asked for.
    pub fn show_queues_behind(&mut self, lag: Span) {
        self.queue_behind = lag;
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    /// Does everything that was due until `now`, each thing at its own moment.
    pub fn advance(&mut self, now: Time) {
        loop {
            let due = self.agenda.next_time().filter(|at| *at <= now);
            let visit = self.visits.next_time().filter(|at| *at <= now);
            if visit.is_some_and(|visit| due.is_none_or(|due| visit < due)) {
                self.next_visit();
            } else if let Some((at, happening)) = self.agenda.pop_due(now) {
                self.now = self.now.max(at);
                self.happen(happening);
            } else {
                break;
            }
        }
        self.now = self.now.max(now);
    }

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Press(mac) => self.press(mac),
            Happening::LookAgain(mac) => self.look_again(mac),
            Happening::Deliver { mac, command } => self.deliver(mac, &command),
            Happening::Prompt(mac) => self.prompt(mac),
            Happening::Accept(mac) => self.accept(mac),
            Happening::Enrolled(mac) => self.enrol(mac),
            Happening::CheckIn(mac) => self.check_in(mac),
            Happening::BackInJamf(mac) => self.back_in_jamf(mac),
            Happening::Observe(mac) => self.observe(mac),
            Happening::Ask(mac) => self.agent_asks(mac),
            Happening::ScriptEnds(run) => self.script_ends(&run),
            Happening::KeyArrives(mac) => self.key_arrives(mac),
            Happening::AgentComes(mac) => self.agent_comes(mac),
            Happening::Drift { host, team } => self.drift(host, team),
            Happening::Send(post) => self.outbox.push(post),
        }
    }

    /// When somebody has to look at the world again. Visits are no appointment, as they never end: they are done when
    /// somebody looks, each at its own moment, and what follows from them waits for that.
    pub(super) fn next_moment(&self) -> Option<Time> {
        let looks = self.visits.next_time().map(|_| self.now.plus(LOOK_EVERY));
        match (self.agenda.next_time(), looks) {
            (Some(next), Some(look)) => Some(next.min(look)),
            (next, look) => next.or(look),
        }
    }

    /// True once nobody and nothing has anything left to do by itself.
    pub fn is_quiet(&self) -> bool {
        self.opened.is_some()
            && self.agenda.is_empty()
            && self.outbox.is_empty()
            && self.flights == 0
    }
}
