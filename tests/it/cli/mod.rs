//! The binary as an operator types it.

mod acts;
mod bench;
mod linear;
mod reads;
