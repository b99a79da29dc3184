//! The people of the company: they click, look again, ignore windows, accept them, and read messages.

mod desk;
mod window;
