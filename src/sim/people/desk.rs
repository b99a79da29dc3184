//! Clicking "Migrate to Fleet".

use crate::model::time::{Span, Time};
use crate::sim::fleet::Pressed;
use crate::sim::scenario::Trouble;
use crate::sim::world::agenda::Happening;
use crate::sim::world::{Mdm, State};

/// After this many clicks a person gives up and calls the help desk.
const MOST_PRESSES: u32 = 10;

impl State {
    /// The working night begins: everybody who is going to click gets a moment for it.
    pub(in crate::sim) fn open_for_business(&mut self) {
        if self.opened.is_some() {
            return;
        }
        self.opened = Some(self.now);
        for index in 0..self.macs.len() {
            self.plan_click(index);
        }
    }

    fn plan_click(&mut self, index: usize) {
        let now = self.now;
        let mac = &mut self.macs[index];
        let Some(after) = mac.plan.click else {
            return;
        };
        let linger = mac.seconds(40 * 60, 150 * 60);
        let wait = mac.seconds(20 * 60, 120 * 60);
        let at = if mac.plan.late {
            let morning = mac.calendar.next(now.plus(Span::from_hours(9)), false);
            let Some(morning) = morning else { return };
            morning.plus(wait)
        } else {
            now.plus(after)
        };
        // Who clicks sits at the Mac, and stays a while.
        let from = at.minus(Span::from_mins(30));
        mac.calendar.add_session(from, at.plus(linger));
        mac.agent.add_session(from, at.plus(linger));
        self.agenda.add(at, Happening::Press(index));
    }

    pub(in crate::sim) fn press(&mut self, index: usize) {
        let now = self.now;
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Jamf || mac.journey.presses >= MOST_PRESSES {
            return;
        }
        if !mac.is_awake(now) {
            let settles = mac.seconds(60, 600);
            if let Some(at) = mac.calendar.next(now, false) {
                self.agenda.add(at.plus(settles), Happening::Press(index));
            }
            return;
        }
        mac.journey.presses += 1;
        let twice = mac
            .random
            .chance(self.scenario.mode(Trouble::HookDoubled).rate);
        match self.migrate_mdm(index) {
            Pressed::Sent => {
                if twice {
                    self.migrate_mdm(index);
                }
            }
            Pressed::Suppressed => self.look_later(index),
            Pressed::Refused | Pressed::Lost => self.press_later(index),
        }
    }

    /// The Mac has heard how its click went.
    pub(in crate::sim) fn migrate_answered(&mut self, index: usize, status: Option<u16>) {
        let now = self.now;
        if !status.is_some_and(|status| (200..300).contains(&status)) {
            self.press_later(index);
            return;
        }
        let mac = &mut self.macs[index];
        let first = mac.journey.agreed_at.is_none();
        mac.journey.agreed_at = Some(now);
        if let Some(host) = mac.host.and_then(|id| self.hosts.get_mut(&id)) {
            host.window_until = Some(now.plus(Span::from_mins(3)));
        }
        if let Some(away) = mac.plan.take(Trouble::Asleep) {
            mac.sleep(now.plus(Span::from_secs(1)), now.plus(away));
        }
        if first {
            self.look_later(index);
        }
    }

    /// After an error the person tries again, not at once.
    fn press_later(&mut self, index: usize) {
        let wait = self.macs[index].seconds(5 * 60, 20 * 60);
        self.when_awake(index, self.now.plus(wait), Happening::Press(index));
    }

    fn look_later(&mut self, index: usize) {
        let wait = self.macs[index].seconds(15 * 60, 30 * 60);
        self.when_awake(index, self.now.plus(wait), Happening::LookAgain(index));
    }

    /// "Still managed by Jamf?" Some click once more; the menu item is still there.
    pub(in crate::sim) fn look_again(&mut self, index: usize) {
        let mac = &mut self.macs[index];
        let patient = mac.random.chance(0.5);
        if mac.mdm == Mdm::Jamf && mac.journey.left_at.is_none() && mac.journey.presses < 3 {
            let soon: Time = self.now.plus(Span::from_secs(1));
            if !patient {
                self.agenda.add(soon, Happening::Press(index));
            }
        }
    }
}
