#![doc = include_str!("ARCHITECTURE.md")]

pub mod connectors;
pub mod control;
pub mod model;
pub mod pipeline;
pub mod sim;
pub mod store;
