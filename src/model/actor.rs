//! Who does something: a person at the socket, the engine itself, or a simulated employee's hook.

use serde::{Deserialize, Serialize};

/// Who asked, as every record names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The engine, by schedule or by its own rules.
    Engine,
    /// A person, by the user name the kernel gave for the socket's peer.
    Person(String),
    /// A sender of events, by intake name.
    Intake(String),
}

impl std::fmt::Display for Actor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Engine => f.write_str("drover"),
            Self::Person(name) => f.write_str(name),
            Self::Intake(name) => write!(f, "intake {name}"),
        }
    }
}
