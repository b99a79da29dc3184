//! What people do to the parts of a move under the old server's name, and what a test does to them.

use super::settings::SimError;
use super::sim::Sim;
use crate::sim::wire::Wire;
use crate::sim::world::Handover;

impl Sim {
    /// The name's address is changed: resolvers give the new one as theirs run out. Again: nothing.
    pub fn move_name(&self) {
        self.world.with(crate::sim::world::State::move_name);
    }

    /// The name's address is what it was.
    pub fn move_name_back(&self) {
        self.knob(|handover| handover.moved_at = None);
    }

    /// Stops one replica of the migration proxy, counted from 0, and starts it again at its port, with nothing of what it
    /// was told. Fails when there is no such replica or its port was taken meanwhile.
    pub async fn restart_proxy(&self, replica: usize) -> Result<(), SimError> {
        let moving = self.moving.as_ref().ok_or(SimError::NoReplica(replica))?;
        let world = self.world.clone();
        let forget = move || world.with(|state| state.forget_route(replica));
        moving.restart(replica, forget).await
    }

    /// Turns anything about the move; nothing in a company that does not move.
    pub fn knob(&self, turn: impl FnOnce(&mut Handover)) {
        self.world.with(|state| {
            if let Some(handover) = &mut state.handover {
                turn(handover);
            }
        });
    }

    /// The old server's people save its database once more. Fails as writing a file does.
    pub fn save_old_database(&self) -> std::io::Result<()> {
        let Some(addresses) = &self.addresses.handover else {
            return Ok(());
        };
        self.world
            .with(|state| state.save_old_database(&addresses.backup))
    }

    /// What stands before the old server, for arranging mishaps; none in a company that does not move.
    pub fn old_server_wire(&self) -> Option<&Wire> {
        Some(self.moving.as_ref()?.old_server())
    }

    /// What stands before one replica of the migration proxy, counted from 0.
    pub fn proxy_wire(&self, replica: usize) -> Option<&Wire> {
        self.moving.as_ref()?.proxy(replica)
    }

    /// What stands before the new endpoint.
    pub fn endpoint_wire(&self) -> Option<&Wire> {
        Some(self.moving.as_ref()?.endpoint())
    }
}
