//! What the company's admins do outside drover, as the scenario has it.

use super::sim::Sim;
use crate::sim::scenario::ByHand;
use crate::sim::world::{Certificate, Endpoint, Redirect};

/// Does it, and says what it came to; the error says why it could not be done.
pub async fn by_hand(sim: &Sim, deed: ByHand) -> Result<String, String> {
    let Some(handover) = &sim.addresses().handover else {
        return Err(format!(
            "{} is for a company that moves under its old server's name",
            deed.word()
        ));
    };
    let unwritten = |error: std::io::Error| format!("a file cannot be written: {error}");
    Ok(match deed {
        ByHand::MendIdentities => {
            let unknown = unknown(sim);
            let mended = sim.world().with(|state| state.mend_identities());
            mended.map_err(unwritten)?;
            format!("the new server knows {unknown} more identities")
        }
        ByHand::RemoveLeftovers => {
            sim.world().with(|state| state.remove_leftovers());
            "what would stay behind is taken off the Macs".into()
        }
        ByHand::MoveName => {
            sim.move_name();
            format!(
                "{} has the address {}",
                handover.name,
                handover.new_endpoint.ip()
            )
        }
        ByHand::SaveOldDatabase => {
            sim.save_old_database().map_err(unwritten)?;
            format!(
                "the old server's database is saved to {}",
                handover.backup.display()
            )
        }
        ByHand::RestartProxy => {
            for replica in 0..handover.proxies.len() {
                let restarted = sim.restart_proxy(replica).await;
                restarted.map_err(|error| error.to_string())?;
            }
            "the migration proxy has forgotten what it was told".into()
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
            "the new endpoint redirects as it should".into()
        }
    })
}

/// Macs of the old server whose identity certificate the new one does not know.
fn unknown(sim: &Sim) -> usize {
    sim.world().with(|state| {
        let tenants = state.handover().map(|handover| &handover.tenants[..]);
        let unknown = |tenants: &[crate::sim::world::Tenant]| {
            let of = tenants.iter().filter(|one| one.enrolled && !one.known);
            of.count()
        };
        tenants.map_or(0, unknown)
    })
}
