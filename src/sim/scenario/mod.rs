mod faults;
pub use faults::{Faults, Spell, SpellKind};
