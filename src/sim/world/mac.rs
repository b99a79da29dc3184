//! One Mac as it truly is, and its owner.

use super::calendar::{Calendar, Presence};
use crate::model::random::Random;
use crate::model::time::{Span, Time};
use crate::sim::scenario::Trouble;
use std::collections::BTreeMap;

/// Whose MDM profile is on the Mac.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mdm {
    Jamf,
    Nothing,
    Fleet,
    /// A server that hands over to Fleet under its own name: the profile stays (`handover`).
    Old,
}

impl Mdm {
    pub fn word(self) -> &'static str {
        match self {
            Self::Jamf => "jamf",
            Self::Nothing => "none",
            Self::Fleet => "fleet",
            Self::Old => "old",
        }
    }
}

/// What is left of Jamf's own software: binary, agents, Self Service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framework {
    Whole,
    Remnants,
    Gone,
}

/// A model of Mac, as Jamf and Fleet name it.
#[derive(Debug, PartialEq, Eq)]
pub struct Model {
    pub identifier: &'static str,
    pub title: &'static str,
    pub chip: &'static str,
}

/// The person at the Mac.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    pub name: String,
    pub username: String,
    pub email: String,
    pub admin: bool,
}

/// What will go wrong for this Mac, drawn at its birth, so that no order of requests changes it.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    struck: BTreeMap<Trouble, Span>,
    /// When its owner first clicks, counted from opening; none: never.
    pub click: Option<Span>,
    /// Clicks the next working morning instead.
    pub late: bool,
    /// How long its owner takes to accept the enrollment window.
    pub answer: Span,
}

impl Plan {
    pub fn strike(&mut self, trouble: Trouble, lasts: Span) {
        self.struck.insert(trouble, lasts);
    }

    pub fn has(&self, trouble: Trouble) -> bool {
        self.struck.contains_key(&trouble)
    }

    /// Uses the trouble up: it strikes once.
    pub fn take(&mut self, trouble: Trouble) -> Option<Span> {
        self.struck.remove(&trouble)
    }

    pub fn troubles(&self) -> impl Iterator<Item = Trouble> + '_ {
        self.struck.keys().copied()
    }
}

/// How far its migration has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Journey {
    pub presses: u32,
    /// Last 2xx of the migration webhook.
    pub agreed_at: Option<Time>,
    pub left_at: Option<Time>,
    /// The enrollment window is on screen.
    pub prompted_at: Option<Time>,
    pub enrolled_at: Option<Time>,
}

/// One Mac.
pub struct Mac {
    pub index: usize,
    pub serial: String,
    pub uuid: String,
    pub name: String,
    pub model: &'static Model,
    /// Such as `15.5`.
    pub macos: &'static str,
    pub build: &'static str,
    pub owner: Option<Owner>,
    pub mdm: Mdm,
    pub framework: Framework,
    pub filevault: bool,
    /// Enrolled through Apple's automated enrollment, so its profile is not the user's to remove.
    pub ade: bool,
    /// Power and network.
    pub calendar: Calendar,
    /// The same for fleetd, which can be silent on a Mac that is awake.
    pub agent: Calendar,
    pub plan: Plan,
    pub journey: Journey,
    /// Its live Fleet host.
    pub host: Option<u64>,
    /// When fleetd will ask for work next, if it has reason to.
    pub asks_at: Option<Time>,
    /// Milliseconds by which its hourly report is shifted.
    pub phase: i64,
    pub random: Random,
}

impl Mac {
    pub fn is_awake(&self, now: Time) -> bool {
        self.calendar.at(now) == Presence::Awake
    }

    pub fn agent_answers(&self, now: Time) -> bool {
        self.agent.at(now) != Presence::Away
    }

    /// Puts the Mac to sleep.
    pub fn sleep(&mut self, from: Time, until: Time) {
        self.calendar.add_gap(from, until);
        self.agent.add_gap(from, until);
    }

    /// A draw between two spans from the Mac's own stream.
    pub fn within(&mut self, least: Span, most: Span) -> Span {
        let drawn = self
            .random
            .between(least.millis() as f64, most.millis() as f64);
        Span::from_millis(drawn as i64)
    }

    pub fn seconds(&mut self, least: i64, most: i64) -> Span {
        self.within(Span::from_secs(least), Span::from_secs(most))
    }
}
