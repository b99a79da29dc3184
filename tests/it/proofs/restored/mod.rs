//! An old backup is put back: what the world remembers is looked up, and nothing is done twice.

mod copies;
mod night;
mod witness;
