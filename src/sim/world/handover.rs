//! A move from an old MDM server to Fleet under the old server's own name, as it truly stands: no profile leaves a Mac;
//! what changes is where its requests end.

use crate::model::hash::fnv1a32;
use crate::model::time::{Span, Time};
use std::collections::BTreeSet;
use std::path::PathBuf;

/// Where a Mac's requests end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Old,
    New,
}

impl Side {
    pub fn word(self) -> &'static str {
        match self {
            Self::Old => "old",
            Self::New => "new",
        }
    }
}

/// What the migration proxy remembers, which is all there is: a restart forgets it (`api/fleet.md` §12.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Routing {
    pub percentage: u32,
    pub listed: BTreeSet<String>,
}

impl Routing {
    pub fn side(&self, udid: &str) -> Side {
        let under = fnv1a32(udid.as_bytes()) % 100 < self.percentage;
        if under || self.listed.contains(udid) {
            Side::New
        } else {
            Side::Old
        }
    }
}

/// What the new endpoint answers on one path of the old server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redirect {
    /// 307: the method is kept.
    Kept,
    /// 302: a client may turn its PUT into a GET.
    Turned,
    /// 308 to a place that is not there.
    Astray,
    /// 404.
    Missing,
}

/// The certificate the new endpoint shows for the old name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Certificate {
    Good,
    /// Of another name.
    OtherName,
    Expired,
    /// Of a CA nobody trusts.
    Unknown,
}

/// The new endpoint: what stands before Fleet under the old name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub checkin: Redirect,
    pub connect: Redirect,
    pub scep: Redirect,
    pub certificate: Certificate,
}

/// One Mac of the old server, by the index of its [`super::mac::Mac`].
#[derive(Clone, Debug)]
pub struct Tenant {
    /// The old server's record says it is enrolled, with push information.
    pub enrolled: bool,
    /// The new server was given its record.
    pub given: bool,
    /// The new server knows the identity certificate of this Mac: else it answers 401 and the Mac is silent.
    pub known: bool,
    pub old_seen: Option<Time>,
    pub new_seen: Option<Time>,
    pub refused: u32,
    /// When its identity certificate ends.
    pub identity_until: Time,
    /// Renewed by the new server.
    pub renewed_at: Option<Time>,
    /// Identifiers of the profiles on it.
    pub profiles: Vec<&'static str>,
    /// The serial in the record that the new server was given, when it is another one.
    pub given_serial: Option<String>,
    /// When the new server's record of it was written by an import; an import counts as contact there, as the tool's
    /// statements set `last_seen_at` and `authenticate_at` to their own time.
    pub imported_at: Option<Time>,
    pub refused_at: Option<Time>,
    /// How often it came by at the new server.
    pub visits: u32,
    /// When the new server had sent it everything.
    pub profiled_at: Option<Time>,
}

impl Tenant {
    /// The new server takes what it says.
    pub fn accepted(&self) -> bool {
        self.given && self.known
    }

    /// Its last request was refused.
    pub fn is_silent(&self) -> bool {
        self.refused_at
            .is_some_and(|at| Some(at) > self.old_seen.max(self.new_seen))
    }
}

/// The whole move.
#[derive(Clone, Debug)]
pub struct Handover {
    /// The old server's name, which stays: `mdm.acme.example`.
    pub name: String,
    /// One for each replica of the proxy.
    pub proxies: Vec<Routing>,
    pub endpoint: Endpoint,
    /// When the name's address was changed.
    pub moved_at: Option<Time>,
    /// How long resolvers go on with what they know.
    pub ttl: Span,
    /// The SCEP CA of the new server is the old one.
    pub same_ca: bool,
    /// The push certificate of the new server is the old one.
    pub same_topic: bool,
    pub tenants: Vec<Tenant>,
    /// When the old server's database was saved last.
    pub saved_at: Option<Time>,
    /// The APNs topic is `com.apple.mgmt.External.` and this.
    pub topic: String,
    /// Where the export lies that the new server was given.
    pub records: Option<PathBuf>,
}

impl Handover {
    /// Where a request of this Mac ends at `now`: by the name's address, then by the proxy. A replica is chosen by the
    /// Mac, as a balancer that keeps its clients does.
    pub fn side(&self, udid: &str, now: Time) -> Side {
        if self.moved_at.is_some_and(|at| now.since(at) >= self.ttl) {
            return Side::New;
        }
        let replicas = self.proxies.len().max(1);
        let replica = fnv1a32(udid.as_bytes()) as usize / 100 % replicas;
        self.proxies
            .get(replica)
            .map_or(Side::Old, |routing| routing.side(udid))
    }
}
