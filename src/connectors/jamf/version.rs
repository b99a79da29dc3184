//! Which Jamf Pro this is, and so which paths it knows (`api/jamf.md` §0.2).

use super::operation::Operation;
use super::paths::{self, Inventory, Removal};
use super::said;
use crate::connectors::http::Request;
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::text_at;
use crate::model::time::{Span, Time};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Servers are updated now and then: engine time after which the version is asked for again.
const ASK_AGAIN: Span = Span::from_hours(1);
const NEWEST_PATHS: Version = Version(11, 30, 0);

/// `major.minor.patch`; what follows (a build) is not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Version(pub(super) u32, pub(super) u32, pub(super) u32);

impl Version {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.trim().split('.').map(|part| {
            let end = part
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(part.len());
            part[..end].parse::<u32>().ok()
        });
        let major = numbers.next()??;
        let minor = numbers.next()??;
        let patch = numbers.next().flatten().unwrap_or(0);
        Some(Self(major, minor, patch))
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// What is known of the server's paths.
#[derive(Clone, Copy)]
struct Known {
    asked_at: Option<Time>,
    version: Option<Version>,
    inventory: Inventory,
    /// An answer of 200 has shown that this inventory's paths exist.
    confirmed: bool,
    removal: Removal,
}

/// The paths this server is known to take, shared by all calls.
pub(super) struct Paths {
    known: Mutex<Known>,
    /// Held while the version is asked for, so that it is asked once.
    asking: tokio::sync::Mutex<()>,
}

impl Default for Paths {
    fn default() -> Self {
        Self {
            known: Mutex::new(Known {
                asked_at: None,
                version: None,
                inventory: Inventory::V4,
                confirmed: false,
                removal: Removal::V4,
            }),
            asking: tokio::sync::Mutex::default(),
        }
    }
}

impl Paths {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_fresh(&self, now: Time) -> bool {
        let asked_at = self.known().asked_at;
        asked_at.is_some_and(|at| now.since(at) < ASK_AGAIN)
    }

    /// Asks for the version at first use and then hourly. A server that will not tell keeps what was known; one that
    /// never told is taken for new, and found out by its 404s.
    async fn refresh(&self, op: &mut Operation<'_>) -> Result<(), Fault> {
        if self.is_fresh(op.now()) {
            return Ok(());
        }
        let _asking = self.asking.lock().await;
        if self.is_fresh(op.now()) {
            return Ok(());
        }
        match ask(op).await {
            Ok((version, _)) => self.settle(op.now(), version),
            Err(_) if self.known().asked_at.is_some() => {}
            Err(fault)
                if matches!(
                    fault.kind,
                    FaultKind::Forbidden | FaultKind::NotFound | FaultKind::BadReply
                ) =>
            {
                self.settle(op.now(), None);
            }
            Err(fault) => return Err(fault),
        }
        Ok(())
    }

    fn settle(&self, now: Time, version: Option<Version>) {
        let mut known = self.known();
        known.asked_at = Some(now);
        let changed = known.version != version;
        known.version = version.or(known.version);
        if changed || !known.confirmed {
            let old = known.version.is_some_and(|version| version < NEWEST_PATHS);
            known.confirmed = false;
            (known.inventory, known.removal) = if old {
                (Inventory::V3, Removal::V1)
            } else {
                (Inventory::V4, Removal::V4)
            };
        }
    }

    pub(super) async fn inventory(&self, op: &mut Operation<'_>) -> Result<Inventory, Fault> {
        self.refresh(op).await?;
        Ok(self.known().inventory)
    }

    pub(super) async fn removal(&self, op: &mut Operation<'_>) -> Result<Removal, Fault> {
        self.refresh(op).await?;
        Ok(self.known().removal)
    }

    pub(super) fn confirm(&self, inventory: Inventory) {
        let mut known = self.known();
        if known.inventory == inventory {
            known.confirmed = true;
            // Without a version, the inventory's age is the best guess of the removal's spelling.
            if known.version.is_none() && inventory != Inventory::V4 {
                known.removal = Removal::V1;
            }
        }
    }

    pub(super) fn is_confirmed(&self, inventory: Inventory) -> bool {
        let known = self.known();
        known.confirmed && known.inventory == inventory
    }

    /// Goes from `from` to the next older inventory; false when there is none, and then starts at the newest again:
    /// a server that knows none of them is starting up, or no Jamf.
    pub(super) fn step_down(&self, from: Inventory) -> bool {
        let mut known = self.known();
        if known.inventory != from {
            return true;
        }
        known.confirmed = false;
        known.inventory = from.older().unwrap_or(Inventory::V4);
        from.older().is_some()
    }

    /// Remembers the spelling that the server took.
    pub(super) fn took_removal(&self, removal: Removal) {
        self.known().removal = removal;
    }
}

/// The version as the server tells it, parsed where it can be, and in its own words.
pub(super) async fn ask(op: &mut Operation<'_>) -> Result<(Option<Version>, String), Fault> {
    let answer = op.send(Request::get(paths::VERSION)).await?;
    if !answer.is_success() {
        return Err(said::no(&answer, "any; a valid token is enough"));
    }
    let json = answer.json().map_err(|failure| failure.fault)?;
    let text =
        text_at(&json, "version").ok_or_else(|| answer.unreadable("it has no version").fault)?;
    Ok((Version::parse(text), text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_leading_numbers_of_a_version_count() {
        for (text, version) in [
            ("11.30.1-t1784555528405", Some(Version(11, 30, 1))),
            ("11.29.0", Some(Version(11, 29, 0))),
            ("11.30", Some(Version(11, 30, 0))),
            ("12.0.0-b1", Some(Version(12, 0, 0))),
            ("unknown", None),
        ] {
            assert_eq!(Version::parse(text), version, "{text}");
        }
        assert!(Version(11, 30, 0) <= Version(12, 0, 0) && Version(11, 4, 0) < Version(11, 30, 0));
    }
}
