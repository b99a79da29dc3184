//! The pretended Fleet server (`api/fleet.md`): the real paths, bodies, errors and limits over the world's truth.

mod migration;

pub(in crate::sim) use migration::Pressed;
