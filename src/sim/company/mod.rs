//! The company put together: world, people and services, started, driven and stopped as one.

mod by_hand;
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

pub use by_hand::by_hand;
pub use live::Hooks;
pub use settings::{
    Addresses, Credentials, HandoverAddresses, JAMF_CLIENT_ID, Ports, Settings, SimError,
};
pub use sim::Sim;
