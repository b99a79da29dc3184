//! The checker and the trials, with the real catalogue and the real SQL judge.

mod check;
mod shipped;
mod standing;
mod trials;
mod typed;

use drover::connectors::{dns, endpoint, fleet, generic, jamf, mdmproxy, micromdm, slack};
use drover::model::action::Catalogue;

fn catalogue() -> Catalogue {
    let actions = fleet::ACTIONS
        .iter()
        .chain(jamf::ACTIONS)
        .chain(&slack::ACTIONS)
        .chain(generic::ACTIONS)
        .chain(mdmproxy::ACTIONS)
        .chain(micromdm::ACTIONS)
        .chain(endpoint::ACTIONS)
        .chain(dns::ACTIONS);
    Catalogue::new(actions)
}
