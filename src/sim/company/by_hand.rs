//! What the company's admins do outside drover, as the scenario has it.

use super::sim::Sim;
use crate::sim::scenario::ByHand;
use crate::sim::world::{Certificate, Endpoint, Redirect};

/// Does it, and says what it came to; the error says why it could not be done.
pub async fn by_hand(sim: &Sim, deed: ByHand) -> Result<String, String> {
    if sim.world().with(|state| state.handover.is_none()) {
        return Err(format!(
            "{} is for a company that moves under its old server's name",
            deed.word()
        ));
    }
    let failed = |error: &dyn std::fmt::Display| format!("{} failed: {error}", deed.word());
    match deed {
        ByHand::MendIdentities => {
            let mended = sim.world().with(|state| state.mend_identities());
            mended.map_err(|error| failed(&error))?;
            Ok("the export was made and loaded again".into())
        }
        ByHand::RemoveLeftovers => {
            sim.world().with(|state| state.remove_leftovers());
            Ok("profiles nobody needs are off the Macs".into())
        }
        ByHand::MoveName => {
            sim.move_name();
            Ok("the name has its new address".into())
        }
        ByHand::SaveOldDatabase => {
            sim.save_old_database().map_err(|error| failed(&error))?;
            Ok("the old server's database is saved".into())
        }
        ByHand::RestartProxy => {
            for replica in 0..replicas(sim) {
                let started = sim.restart_proxy(replica).await;
                started.map_err(|error| failed(&error))?;
            }
            Ok("the proxy started anew and has forgotten what it was told".into())
        }
        ByHand::MendEndpoint => {
            sim.knob(|handover| {
                handover.endpoint = Endpoint {
                    checkin: Redirect::Kept,
                    connect: Redirect::Kept,
                    scep: Redirect::Kept,
                    certificate: Certificate::Good,
                };
            });
            Ok("the new endpoint redirects as it should".into())
        }
    }
}

fn replicas(sim: &Sim) -> usize {
    let of = |state: &mut crate::sim::world::State| {
        let handover = state.handover.as_ref();
        handover.map_or(0, |handover| handover.proxies.len())
    };
    sim.world().with(of)
}
