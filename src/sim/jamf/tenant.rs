//! The tenant: its version, its API client, its knobs.

use super::token::Tokens;
use crate::model::clock::Clock;
use crate::model::secret::SecretString;
use crate::model::time::{Span, Time};
use crate::sim::ledger::Ledger;
use crate::sim::scenario::Faults;
use crate::sim::world::World;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Privileges as Jamf spells them (`api/jamf.md` §1.3).
pub mod privilege {
    pub const READ: &str = "Read Computers";
    pub const UPDATE: &str = "Update Computers";
    pub const UNMANAGE: &str = "Send Computer Unmanage Command";
    pub const COMMANDS: &str = "View MDM command information in Jamf Pro API";
}

/// What remove-mdm-profile answers for a computer Jamf cannot push to; which one real tenants give is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Incapable {
    /// 500 "unable to queue command".
    Refused,
    /// 200 with a command's id that nothing will ever know.
    Accepted,
}

/// How the tenant is set up; [`Jamf::change`] turns the knobs while it runs.
pub struct Settings {
    /// Such as `11.30.1`; below 11.30 there is no v4.
    pub version: String,
    pub client_id: String,
    pub client_secret: SecretString,
    pub privileges: BTreeSet<String>,
    /// Of an access token, in engine time.
    pub token_life: Span,
    /// Share of tokens that are refused before their time.
    pub token_dies: f64,
    /// Whether `/api/v1/oauth/token` is known; `/api/oauth/token` always is.
    pub versioned_token_path: bool,
    /// What remove-mdm-profile answers for an id that does not exist: 404 or 500.
    pub unknown_id: u16,
    pub incapable: Incapable,
    /// A queued command shows up in the command list only this much later: a probe is blind for so long.
    pub commands_visible_after: Span,
    /// Shows a `commandType` that no list of types documents, instead of `REMOVE_PROFILE`.
    pub odd_command_type: bool,
}

impl Settings {
    /// A current tenant, half an hour of token life, and the privileges a migration needs.
    pub fn simple(client_id: &str, client_secret: SecretString) -> Self {
        use privilege::{COMMANDS, READ, UNMANAGE, UPDATE};
        Self {
            version: "11.30.1".into(),
            client_id: client_id.to_owned(),
            client_secret,
            privileges: [READ, UPDATE, UNMANAGE, COMMANDS].map(str::to_owned).into(),
            token_life: Span::from_mins(30),
            token_dies: 0.0,
            versioned_token_path: true,
            unknown_id: 404,
            incapable: Incapable::Refused,
            commands_visible_after: Span::ZERO,
            odd_command_type: false,
        }
    }

    /// With the token life a night's weather gives.
    pub fn under(mut self, faults: &Faults) -> Self {
        if faults.token_life > Span::ZERO {
            self.token_life = faults.token_life;
        }
        self.token_dies = faults.token_dies;
        self
    }

    /// Whether the tenant knows this version of the inventory (`api/jamf.md` §0.2).
    pub(super) fn knows(&self, inventory: u8) -> bool {
        let mut parts = self.version.split('.').map(|part| {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            digits.parse::<u32>().unwrap_or_default()
        });
        let version = (
            parts.next().unwrap_or_default(),
            parts.next().unwrap_or_default(),
        );
        inventory < 4 || version >= (11, 30)
    }
}

/// The pretended tenant. Cheap to clone; clones are the same tenant.
#[derive(Clone)]
pub struct Jamf(Arc<Inner>);

struct Inner {
    clock: Clock,
    ledger: Ledger,
    world: World,
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) settings: Settings,
    pub(super) tokens: Tokens,
}

impl Jamf {
    pub fn new(world: World, ledger: Ledger, settings: Settings) -> Self {
        let seed = world.with(|state| state.seed());
        Self(Arc::new(Inner {
            clock: world.clock().clone(),
            ledger,
            world,
            state: Mutex::new(State {
                settings,
                tokens: Tokens::new(seed),
            }),
        }))
    }

    /// Turns knobs while the tenant runs.
    pub fn change(&self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state().settings);
    }

    /// Refuses every token given out so far.
    pub fn expire_tokens(&self) {
        self.state().tokens.expire_all();
    }

    /// How many tokens were given out.
    pub fn tokens_issued(&self) -> u64 {
        self.state().tokens.issued()
    }

    pub(super) fn now(&self) -> Time {
        self.0.clock.now()
    }

    pub(super) fn ledger(&self) -> &Ledger {
        &self.0.ledger
    }

    pub(super) fn world(&self) -> &World {
        &self.0.world
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Settings as they are now.
    pub(super) fn with<T>(&self, read: impl FnOnce(&Settings) -> T) -> T {
        read(&self.state().settings)
    }
}
