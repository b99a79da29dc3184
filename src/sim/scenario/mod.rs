//! What the company is like and what goes wrong in it, as data.
//!
//! A scenario is a TOML file: the company, the night, the remedies, one table per trouble (named by its number in the
//! failure catalogue) and one table per service. Nothing here acts; `world`, `people`, `fleet` and `wire` read it.

mod faults;
mod file;
mod handover;
mod operator;
mod trouble;

pub use faults::{Faults, Spell, SpellKind};
pub use file::{Answer, BadScenario, Company, Guilty, Night, Remedy, Scenario, ServiceName};
pub use handover::{Bounds, HandoverTable, Silent};
pub use operator::{ByHand, OperatorEntry, Stands, When};
pub use trouble::{Mode, Trouble};
