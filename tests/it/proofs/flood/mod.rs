//! Intake under attack: every event once, the slow cut, the good sender served.
//!
//! The engine is a process of its own with the shipped pipeline, all its sending stopped; the senders are threads here.

mod events;
mod greetings;
mod hostile;
mod office;
mod once;
mod orders;
mod poison;
mod sender;
mod shapes;
mod slow;
