//! The company put together: world, people and services, started, driven and stopped as one.

mod founding;
mod live;
mod moves;
mod moving;
#[cfg(test)]
mod moving_tests;
mod settings;
mod sim;
#[cfg(test)]
mod tests;

pub use live::Hooks;
pub use settings::{Addresses, Credentials, JAMF_CLIENT_ID, Ports, Settings, SimError};
pub use sim::Sim;
