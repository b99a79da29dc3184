//! The enrollment window: ignored, left hanging, accepted.

use crate::model::time::Span;
use crate::sim::scenario::Trouble;
use crate::sim::world::agenda::Happening;
use crate::sim::world::{Mdm, State};

impl State {
    /// The window opens. Most people answer within two minutes (catalogue §6).
    pub(in crate::sim) fn prompt(&mut self, index: usize) {
        let now = self.now;
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Nothing {
            return;
        }
        mac.journey.prompted_at = Some(now);
        let mut after = mac.plan.answer;
        if let Some(ignored) = mac.plan.take(Trouble::Ignored) {
            after = after.max(ignored);
        }
        if !mac.ade {
            // By hand: open the page, download the profile, find System Settings.
            after = Span::from_millis(after.millis() + mac.seconds(120, 900).millis());
        }
        if mac.plan.take(Trouble::NeverEnrols).is_none() {
            self.when_awake(index, now.plus(after), Happening::Accept(index));
        }
    }

    pub(in crate::sim) fn accept(&mut self, index: usize) {
        let now = self.now;
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Nothing {
            return;
        }
        let takes = mac.seconds(20, 60);
        match mac.plan.take(Trouble::WindowHangs) {
            Some(hangs) => self.when_awake(index, now.plus(hangs), Happening::Accept(index)),
            None => self.agenda.add(now.plus(takes), Happening::Enrolled(index)),
        }
    }

    /// A reminder reaches the owner: some go back to the window.
    pub(in crate::sim) fn nudge(&mut self, index: usize) {
        let now = self.now;
        let heeds = self.scenario.remedy.nudge;
        let mac = &mut self.macs[index];
        if mac.mdm != Mdm::Nothing || mac.journey.prompted_at.is_none() {
            return;
        }
        let (heeded, reads) = (mac.random.chance(heeds), mac.seconds(60, 600));
        if heeded {
            self.when_awake(index, now.plus(reads), Happening::Accept(index));
        }
    }

    /// A message was posted where people read: whoever is named in it by serial or address, and is in limbo, is reminded.
    pub fn heard(&mut self, text: &str) {
        let named: Vec<usize> = self
            .macs
            .iter()
            .filter(|mac| mac.mdm == Mdm::Nothing && mac.journey.prompted_at.is_some())
            .filter(|mac| {
                let by_address = mac
                    .owner
                    .as_ref()
                    .is_some_and(|owner| text.contains(&owner.email));
                by_address || text.contains(&mac.serial)
            })
            .map(|mac| mac.index)
            .collect();
        for index in named {
            self.nudge(index);
        }
    }
}
