//! What Fleet does when somebody clicks "Migrate to Fleet" (`api/fleet.md` §8).

use crate::model::time::Time;
use crate::sim::scenario::Trouble;
use crate::sim::world::{Post, PostKind, Server, State};
use serde_json::{Value as Json, json};

/// What came of a click before anybody answered it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Pressed {
    /// The webhook is on its way; the answer decides.
    Sent,
    /// The window of the last click is open: 204 without a webhook.
    Suppressed,
    /// Not eligible, or migration is not set up: 400.
    Refused,
    /// The webhook never reached anybody: 500 to the Mac.
    Lost,
}

impl State {
    /// `POST /device/{token}/migrate_mdm`, with Fleet's checks in Fleet's order.
    pub(in crate::sim) fn migrate_mdm(&mut self, index: usize) -> Pressed {
        let mac = &self.macs[index];
        let Some(host) = mac.host.and_then(|id| self.hosts.get(&id)) else {
            return Pressed::Refused;
        };
        if host.window_open(self.now) {
            return Pressed::Suppressed;
        }
        let elsewhere = host.mdm.enrolled && host.mdm.server != Server::Fleet;
        let eligible = elsewhere && (mac.ade || newer_than_14(mac.macos));
        if !self.hooked || !eligible || !mac.agent_answers(self.now) {
            return Pressed::Refused;
        }
        let body = payload(self.now, host.id, &host.uuid, &host.serial);
        let lost = self.scenario.mode(Trouble::HookLost).rate;
        if self.macs[index].random.chance(lost) {
            return Pressed::Lost;
        }
        self.outbox.push(Post {
            kind: PostKind::Migrate { mac: index },
            body,
            tries: 0,
            first_at: self.now,
        });
        Pressed::Sent
    }
}

/// Exactly this and nothing else (`api/fleet.md` §8.3).
fn payload(now: Time, id: u64, uuid: &str, serial: &str) -> Json {
    json!({
        "timestamp": now.to_string(),
        "host": { "id": id, "uuid": uuid, "hardware_serial": serial },
    })
}

/// Migration by hand wants a macOS strictly above 14.0.0 (`api/fleet.md` §8.5).
fn newer_than_14(macos: &str) -> bool {
    let mut numbers = macos
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(0));
    let version: [u32; 3] = std::array::from_fn(|_| numbers.next().unwrap_or(0));
    version > [14, 0, 0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migration_by_hand_refuses_14_0_itself() {
        for (macos, eligible) in [
            ("14.0", false),
            ("14.0.1", true),
            ("13.7.8", false),
            ("26.1", true),
        ] {
            assert_eq!(newer_than_14(macos), eligible, "{macos}");
        }
    }
}
