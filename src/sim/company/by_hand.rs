//! What the company's admins do outside drover, as the scenario has it.

use super::sim::Sim;
use crate::sim::scenario::ByHand;
use crate::sim::world::{Certificate, Endpoint, Handover, Redirect, Routing, State};

/// Does it, and says what it came to; the error says why it is not there to be done.
pub async fn by_hand(sim: &Sim, deed: ByHand) -> Result<String, String> {
    sim.world().with(|state| {
        let State { now, handover, .. } = state;
        let now = *now;
        let Some(handover) = handover else {
            return Err(format!(
                "{} is for a company that moves under its old server's name",
                deed.word()
            ));
        };
        Ok(done(handover, deed, now))
    })
}

fn done(handover: &mut Handover, deed: ByHand, now: crate::model::time::Time) -> String {
    match deed {
        ByHand::MendIdentities => {
            let unknown = handover
                .tenants
                .iter_mut()
                .filter(|one| one.given && !one.known);
            let count = unknown.map(|one| one.known = true).count();
            format!("the new server knows {count} more identities")
        }
        ByHand::RemoveLeftovers => String::new(),
        ByHand::MoveName => {
            handover.moved_at = Some(now);
            format!("{} has its new address", handover.name)
        }
        ByHand::SaveOldDatabase => {
            handover.saved_at = Some(now);
            "the old server's database is saved".into()
        }
        ByHand::RestartProxy => {
            handover
                .proxies
                .iter_mut()
                .for_each(|one| *one = Routing::default());
            "the proxy has forgotten what it was told".into()
        }
        ByHand::MendEndpoint => {
            handover.endpoint = Endpoint {
                checkin: Redirect::Kept,
                connect: Redirect::Kept,
                scep: Redirect::Kept,
                certificate: Certificate::Good,
            };
            "the new endpoint redirects as it should".into()
        }
    }
}
