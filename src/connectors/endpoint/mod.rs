//! wip
mod actions;
pub use actions::ACTIONS;
