//! Remove-mdm-profile (`api/jamf.md` §3.1).

use super::answers::{Answer, empty, envelope, made_up_uuid, no_such_computer};
use super::tenant::{Incapable, Jamf, privilege};
use crate::sim::ledger::{Effect, verb};
use crate::sim::wire::json;
use crate::sim::world::CannotQueue;
use serde_json::json;

impl Jamf {
    pub(super) fn remove_profile(&self, id: &str, body: &[u8]) -> Answer {
        if !self.with(|settings| settings.privileges.contains(privilege::UNMANAGE)) {
            return empty(403);
        }
        let queued = self.world().with(|state| {
            let computer = id
                .parse()
                .ok()
                .and_then(|id| state.computer(id))
                .ok_or(CannotQueue::NoSuchComputer)?;
            let uuid = state.queue_remove_profile(computer.id)?;
            // Recorded before the world can move on, so that no ending overtakes its effect.
            self.ledger().record(Effect::new(
                state.now(),
                "jamf",
                verb::UNENROLL,
                computer.serial,
                body,
            ));
            Ok(uuid)
        });
        let (unknown_id, incapable) = self.with(|s| (s.unknown_id, s.incapable));
        match queued {
            Ok(uuid) => accepted(id, &uuid),
            Err(CannotQueue::NoSuchComputer) if unknown_id == 404 => no_such_computer(id),
            Err(CannotQueue::NotCapable) if incapable == Incapable::Accepted => {
                accepted(id, &made_up_uuid(id))
            }
            Err(CannotQueue::NoSuchComputer | CannotQueue::NotCapable) => {
                envelope(500, None, "Unable to queue command")
            }
        }
    }
}

fn accepted(id: &str, uuid: &str) -> Answer {
    json(200, &json!({"deviceId": id, "commandUuid": uuid}))
}
