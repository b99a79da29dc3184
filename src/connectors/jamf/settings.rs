//! What the configuration says of Jamf Pro.

use crate::connectors::http::{Service, ServiceSettings};
use crate::model::clock::Clock;
use crate::model::fault::{Fault, FaultKind};
use crate::model::secret::Rotating;

/// The vendor asks for no more connections than this (`api/jamf.md` §1.5).
const MOST_PARALLEL: usize = 5;

/// How Jamf Pro is reached: `[connectors.jamf]`.
#[derive(Clone, Debug)]
pub struct Settings {
    pub url: String,
    /// An API client's id; its roles decide what drover may do.
    pub client_id: String,
    pub client_secret: Rotating,
    /// Requests a second of engine time; none means no limit of ours.
    pub rate: Option<f64>,
    /// Requests in flight at once, at most 5.
    pub parallel: usize,
    /// PEM certificates trusted beside the system's.
    pub extra_ca: Option<Vec<u8>>,
}

impl Settings {
    /// The usual: no rate of ours, 4 requests in flight.
    pub fn new(
        url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<Rotating>,
    ) -> Self {
        Self {
            url: url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            rate: None,
            parallel: 4,
            extra_ca: None,
        }
    }

    /// The door these settings describe.
    pub(super) fn service(&self, clock: Clock) -> Result<Service, Fault> {
        if self.parallel > MOST_PARALLEL {
            return Err(Fault::new(
                FaultKind::Misconfigured,
                format!(
                    "[connectors.jamf] parallel is {}; Jamf asks for at most {MOST_PARALLEL} connections",
                    self.parallel
                ),
            ));
        }
        if self.client_id.trim().is_empty() {
            return Err(Fault::new(
                FaultKind::Misconfigured,
                "[connectors.jamf] client_id is empty; make an API client in Jamf Pro and name it here",
            ));
        }
        Service::new(ServiceSettings {
            rate: self.rate,
            parallel: self.parallel,
            extra_ca: self.extra_ca.clone(),
            ..ServiceSettings::new("jamf", self.url.clone(), clock)
        })
    }
}
