//! `drover.toml`: found, read, and refused with every fault at once.
//!
//! [`load`] finds the file and turns it into a [`Config`]: plain structs whose fields carry the names of the file. Each
//! fault is a [`Finding`] with its line; a wrong file yields all of them, never only the first. Secrets are not read
//! here: a [`Secret`] says where one is kept and reads it when asked, so that `drover status` needs none of them.
//!
//! Promises: [`Env`] is the only place that reads the environment; no value of a secret's slot is ever repeated in a
//! finding; a relative path means "beside the file".
//!
//! Ways to get this wrong: importing this from a layer (wiring hands each layer its own settings); a default written
//! here and again in [`sample()`] without the test that compares the two.

mod choice;
mod connectors;
mod console;
mod env;
mod finding;
mod listen;
mod load;
mod operators;
mod parse;
mod sample;
mod secret;
mod section;
mod settings;

pub use choice::PipelineChoice;
pub use env::Env;
pub use finding::{Finding, Findings, nearest};
pub use load::{ConfigError, anybody_may_change, find, load};
pub use parse::parse;
pub use sample::{SampleSetting, sample};
pub use secret::{Secret, SecretError, SecretSource};
pub use settings::{
    Config, Console, Control, Endpoint, Fleet, Http, Jamf, Limits, Listen, Messages, Rate, Roles,
    Route, Slack, SlackDoor, Tls, WindowOverride,
};
