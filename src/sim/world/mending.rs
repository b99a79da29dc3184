//! What admins do by hand while a company moves under its old server's name.

use super::handover::Handover;
use super::profile::{ENROLLMENT, HANDOVER};
use super::state::State;
use std::io;
use std::path::Path;

impl State {
    /// The move, if there is one.
    pub fn handover(&self) -> Option<&Handover> {
        self.handover.as_ref()
    }

    /// The same, for turning its knobs.
    pub fn handover_mut(&mut self) -> Option<&mut Handover> {
        self.handover.as_mut()
    }

    /// The records are made anew, from a whole database this time, and imported again: the new server knows every
    /// enrolled Mac and its certificate. A row that no Mac has touched is overwritten, and then says that the Mac was
    /// seen at this moment, as the tool's statements do.
    ///
    /// # Errors
    /// When the export cannot be written.
    pub fn mend_identities(&mut self) -> io::Result<()> {
        let now = self.now;
        let Some(handover) = &mut self.handover else {
            return Ok(());
        };
        for tenant in &mut handover.tenants {
            tenant.known = true;
            tenant.given_serial = None;
            tenant.given = tenant.enrolled;
            if tenant.given && tenant.new_seen.is_none() {
                tenant.imported_at = Some(now);
            }
        }
        for host in self.hosts.values_mut() {
            if host.mac.is_some_and(|mac| handover.tenants[mac].given) {
                host.mdm.connected = host.mdm.enrolled;
            }
        }
        match handover.records.clone() {
            Some(path) => self.write_records(&path),
            None => Ok(()),
        }
    }

    /// The old server removes what the new one does not have.
    pub fn remove_leftovers(&mut self) {
        let kept = |identifier: &str| {
            identifier == ENROLLMENT
                || HANDOVER
                    .iter()
                    .any(|profile| profile.identifier == identifier)
        };
        for tenant in self.handover.iter_mut().flat_map(|one| &mut one.tenants) {
            tenant.profiles.retain(|identifier| kept(identifier));
        }
    }

    /// The name's address is changed. Resolvers believe the old one for a while.
    pub fn move_name(&mut self) {
        let now = self.now;
        if let Some(handover) = &mut self.handover {
            handover.moved_at.get_or_insert(now);
        }
    }

    /// Saves the old server's database.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn save_old_database(&mut self, path: &Path) -> io::Result<()> {
        let text = self.old_database();
        std::fs::write(path, text)?;
        let now = self.now;
        if let Some(handover) = &mut self.handover {
            handover.saved_at = Some(now);
        }
        Ok(())
    }
}
