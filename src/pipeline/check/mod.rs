//! Every fault of a pipeline at once, with file, line and a hint (DESIGN §2).
//!
//! What can be called comes from the action catalogue, what SQL means from a judge; both are given. [`examine`] reads
//! and checks a text in one go, [`check`] looks at a pipeline that was read before.
//!
//! Ways to get this wrong: reporting one mistake twice (an unknown action has no inputs to complain of); knowing SQL.

mod asks;
mod calls;
mod encode;
mod flow;
mod mirrors;
mod run;
mod scope;
mod shape;
mod sql;
mod templates;
mod waves;

pub use run::{check, examine};
