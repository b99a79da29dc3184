//! Fleet's audit log and its webhook.

use super::agenda::Happening;
use super::post::{Post, PostKind};
use super::state::State;
use crate::model::random::Random;
use crate::model::time::{Span, Time};
use crate::sim::scenario::Trouble;
use serde_json::{Value as Json, json};

/// Who did it; none of it for system events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    pub id: u64,
    pub name: &'static str,
    pub email: &'static str,
}

impl Actor {
    /// The API-only user whose token the console has.
    pub const CONSOLE: Self = Self {
        id: 5,
        name: "migration-console",
        email: "migration-console@acme.example",
    };
}

/// One activity (`api/fleet.md` §7).
#[derive(Clone, Debug, PartialEq)]
pub struct Activity {
    pub id: u64,
    pub created_at: Time,
    /// When its row is committed: a little after the webhook went out.
    pub visible_at: Time,
    pub kind: &'static str,
    pub actor: Option<Actor>,
    pub host: Option<u64>,
    pub details: Json,
}

impl State {
    /// Logs an activity and sends its webhook: mostly at once, sometimes late, twice or never.
    pub(in crate::sim) fn log(
        &mut self,
        kind: &'static str,
        host: Option<u64>,
        actor: Option<Actor>,
        details: Json,
    ) {
        let id = 1 + self.activities.len() as u64;
        // A stream for each activity: how often others drew does not matter.
        let mut random = Random::named(self.seed, &format!("activity {id}"));
        let commit = Span::from_millis(random.between(50.0, 1_500.0) as i64);
        let body = json!({
            "timestamp": self.now.to_string(),
            "actor_full_name": actor.as_ref().map(|actor| actor.name),
            "actor_id": actor.as_ref().map(|actor| actor.id),
            "actor_email": actor.as_ref().map(|actor| actor.email),
            "type": kind,
            "details": details,
        });
        self.activities.push(Activity {
            id,
            created_at: self.now,
            visible_at: self.now.plus(commit),
            kind,
            actor,
            host,
            details,
        });
        self.announce(body, &mut random);
    }

    fn announce(&mut self, body: Json, random: &mut Random) {
        let chance = |random: &mut Random, trouble| random.chance(self.scenario.mode(trouble).rate);
        let lost = chance(random, Trouble::HookLost);
        let doubled = chance(random, Trouble::HookDoubled);
        let late = chance(random, Trouble::HookLate);
        let wait = self.scenario.mode(Trouble::HookLate).draw(random);
        let again = Span::from_secs(random.between(1.0, 50.0) as i64);
        if !self.hooked || lost {
            return;
        }
        let post = Post {
            kind: PostKind::Activity,
            body,
            tries: 0,
            first_at: self.now,
        };
        let at = if late { self.now.plus(wait) } else { self.now };
        if doubled {
            self.agenda
                .add(at.plus(again), Happening::Send(post.clone()));
        }
        self.agenda.add(at, Happening::Send(post));
    }

    /// The committed activities, oldest first.
    pub fn visible_activities(&self) -> impl Iterator<Item = &Activity> {
        self.activities
            .iter()
            .filter(|activity| activity.visible_at <= self.now)
    }
}
