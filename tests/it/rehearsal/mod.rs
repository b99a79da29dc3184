//! Simulated services, engine and operator as processes of their own, over real HTTP.

mod hooks;
mod running;
mod wrong;
