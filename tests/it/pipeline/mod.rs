//! The checker and the trials, with the real catalogue and the real SQL judge.

mod check;
mod shipped;
mod standing;
mod trials;
mod typed;

use drover::connectors::{fleet, generic, jamf, mdmproxy, slack};
use drover::model::action::Catalogue;

fn catalogue() -> Catalogue {
    let actions = fleet::ACTIONS
        .iter()
        .chain(jamf::ACTIONS)
        .chain(&slack::ACTIONS)
        .chain(generic::ACTIONS)
        .chain(mdmproxy::ACTIONS);
    Catalogue::new(actions)
}
