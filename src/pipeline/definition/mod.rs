//! A pipeline as the other layers use it: names, gates, steps, templates compiled, settings applied.
//!
//! Ways to get this wrong: keeping line numbers here (they are [`super::Places`]), or anything that is known only while
//! the engine runs.

mod intake;
mod pipeline;
mod stage;
mod standing;
mod step;
mod table;

pub use intake::{Cron, Intake, Refresh, Rhythm, Source};
pub use pipeline::Pipeline;
pub use stage::{Brake, Ladder, Notify, Retry, Rung, Stage, Then};
pub use standing::{Act, Asks, Check, Mirror, MirrorList};
pub use step::{Helper, HelperInput, OnError, Step, Target, Wait};
pub use table::{Column, Phase, Setting, Tone, Wave, WaveMembers, Window};
