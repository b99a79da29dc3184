//! Macs that come by at whatever server the old name leads to.
//!
//! They do it for ever, so it is nothing the world waits for: the visits that were due are made when somebody looks, each
//! at its own moment and with the routing of that moment. That is the same as making them in time, because routing is
//! changed by looking.

use super::agenda::Happening;
use super::handover::Side;
use super::mac::Mdm;
use super::profile;
use super::state::State;
use crate::model::time::{Span, Time};
use crate::sim::scenario::Trouble;
use std::collections::BTreeSet;

/// After so many visits the new server has sent a Mac everything: one to hear of it, one for its answers.
pub(in crate::sim) const ALL_SENT: u32 = 2;
/// An identity certificate that ends sooner is renewed.
const RENEWED_BEFORE: Span = Span::from_hours(24 * 30);
const RENEWED_FOR: Span = Span::from_hours(24 * 365);

/// Each Mac's next visit.
#[derive(Default)]
pub(super) struct Visits {
    queue: BTreeSet<(Time, usize)>,
    at: Vec<Option<Time>>,
}

impl Visits {
    /// Replaces the Mac's next visit.
    pub(super) fn set(&mut self, index: usize, at: Option<Time>) {
        if self.at.len() <= index {
            self.at.resize(index + 1, None);
        }
        if let Some(before) = std::mem::replace(&mut self.at[index], at) {
            self.queue.remove(&(before, index));
        }
        if let Some(at) = at {
            self.queue.insert((at, index));
        }
    }

    pub(super) fn of(&self, index: usize) -> Option<Time> {
        self.at.get(index).copied().flatten()
    }

    pub(super) fn next_time(&self) -> Option<Time> {
        self.queue.first().map(|(at, _)| *at)
    }

    fn pop(&mut self) -> Option<(Time, usize)> {
        let (at, index) = self.queue.pop_first()?;
        self.at[index] = None;
        Some((at, index))
    }
}

impl State {
    /// Somebody pushes: the Mac comes by within this time, or when it is awake again. Does nothing for a Mac that no
    /// longer listens to the old name.
    pub fn come_by(&mut self, index: usize, within: Span) {
        let Some(mac) = self.macs.get(index).filter(|mac| mac.mdm == Mdm::Old) else {
            return;
        };
        let Some(at) = mac.calendar.next(self.now.plus(within), false) else {
            return;
        };
        if self.visits.of(index).is_none_or(|planned| at < planned) {
            self.visits.set(index, Some(at));
        }
    }

    /// The Mac with this UDID.
    pub fn mac_of_udid(&self, udid: &str) -> Option<usize> {
        self.macs.iter().position(|mac| mac.uuid == udid)
    }

    /// What its MDM profile is known by.
    pub fn udid(&self, index: usize) -> Option<&str> {
        self.macs.get(index).map(|mac| mac.uuid.as_str())
    }

    /// Makes the earliest visit, at its moment.
    pub(super) fn next_visit(&mut self) {
        let Some((at, index)) = self.visits.pop() else {
            return;
        };
        self.now = self.now.max(at);
        if !self.macs[index].is_awake(self.now) {
            // It was put to sleep meanwhile.
            self.plan_visit(index, Span::ZERO, Span::from_mins(2));
            return;
        }
        let Some(side) = self.side_of(index) else {
            return;
        };
        let pushed = match side {
            Side::Old => {
                self.heard_at_old(index);
                false
            }
            // Fleet pushes while it has more to say.
            Side::New => self.heard_at_new(index) && self.has_more_to_say(index),
        };
        if pushed {
            self.plan_visit(index, Span::from_secs(20), Span::from_secs(90));
            return;
        }
        let often = self.scenario.handover.as_ref().map(|table| table.come_by);
        if let Some(often) = often {
            self.plan_visit(index, often.least, often.most);
        }
    }

    /// Where its requests end now; none when nothing moves.
    pub fn side_of(&self, index: usize) -> Option<Side> {
        let mac = self.macs.get(index)?;
        Some(self.handover.as_ref()?.side(&mac.uuid, self.now))
    }

    pub(super) fn plan_visit(&mut self, index: usize, least: Span, most: Span) {
        let mac = &mut self.macs[index];
        let after = mac.within(least, most);
        let at = mac.calendar.next(self.now.plus(after), false);
        self.visits.set(index, at);
    }

    fn has_more_to_say(&self, index: usize) -> bool {
        self.tenant(index)
            .is_some_and(|tenant| tenant.visits < ALL_SENT)
    }

    /// A request of the Mac reaches the old server. False: refused, as it has left.
    pub(in crate::sim) fn heard_at_old(&mut self, index: usize) -> bool {
        let now = self.now;
        let handover = self.handover.as_mut();
        let tenant = handover.and_then(|handover| handover.tenants.get_mut(index));
        match tenant {
            Some(tenant) if tenant.enrolled => {
                tenant.old_seen = Some(now);
                true
            }
            Some(_) | None => false,
        }
    }

    /// A request of the Mac reaches Fleet. False: refused with 401.
    pub(in crate::sim) fn heard_at_new(&mut self, index: usize) -> bool {
        let now = self.now;
        let Some(handover) = &mut self.handover else {
            return false;
        };
        let Some(tenant) = handover.tenants.get_mut(index) else {
            return false;
        };
        if !tenant.accepted() {
            tenant.refused += 1;
            tenant.refused_at = Some(now);
            return false;
        }
        tenant.new_seen = Some(now);
        tenant.visits += 1;
        if tenant.identity_until.since(now) < RENEWED_BEFORE {
            tenant.identity_until = now.plus(RENEWED_FOR);
            tenant.renewed_at = Some(now);
        }
        if tenant.visits == ALL_SENT {
            tenant.profiled_at = Some(now);
            for sent in profile::HANDOVER {
                if !tenant.profiles.contains(&sent.identifier) {
                    tenant.profiles.push(sent.identifier);
                }
            }
            self.await_login(index);
        }
        true
    }

    /// The escrow profile is there: the owner's next login makes a new disk-encryption key, and Fleet gets it.
    fn await_login(&mut self, index: usize) {
        let mac = &mut self.macs[index];
        if !mac.filevault {
            return;
        }
        let after = match mac.plan.take(Trouble::KeyLate) {
            Some(late) => late,
            None => mac.within(Span::from_mins(20), Span::from_hours(10)),
        };
        let at = self.now.plus(after);
        self.when_awake(index, at, Happening::KeyArrives(index));
    }
}
