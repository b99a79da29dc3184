//! A webhook on its way out of Fleet.

use crate::model::time::Time;
use serde_json::Value as Json;

/// Which webhook, and whose answer matters to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PostKind {
    /// A click: one attempt, the status goes back to the Mac (`api/fleet.md` §8).
    Migrate { mac: usize },
    /// An activity: repeated on 429 only, for half an hour (`api/fleet.md` §7.3).
    Activity,
}

/// One webhook request.
#[derive(Clone, Debug, PartialEq)]
pub struct Post {
    pub kind: PostKind,
    pub body: Json,
    /// How often it has been sent before.
    pub tries: u32,
    pub first_at: Time,
}

impl Post {
    /// The intake's name: the last part of `/hooks/…`.
    pub fn path(&self) -> &'static str {
        match self.kind {
            PostKind::Migrate { .. } => "migrate",
            PostKind::Activity => "activity",
        }
    }
}
