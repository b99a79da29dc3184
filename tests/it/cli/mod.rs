//! The binary as an operator types it.

mod acts;
mod bench;
mod checks;
mod linear;
mod reads;
mod waves;
