#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod config;
pub mod connectors;
pub mod control;
pub mod engine;
pub mod intake;
pub mod model;
pub mod pipeline;
pub mod sim;
pub mod store;
pub mod tui;
