//! The console as it is used: the real program in a real terminal, on an engine that works.

mod acts;
mod endings;
mod hostile;
mod journey;
mod night;
mod sizes;
mod talk;
