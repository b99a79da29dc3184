//! What makes the world go on by itself: one task that follows its agenda, and the sending of Fleet's webhooks.

use crate::model::secret::{ExposeSecret, SecretString};
use crate::model::time::Span;
use crate::sim::world::{Post, PostKind, World};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Fleet waits this long for an answer, in real time, as sockets do (`api/fleet.md` §7.3, §8.3).
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a 429 is answered by trying again.
const RETRIES_FOR: Span = Span::from_mins(30);

/// Where Fleet's webhooks go.
#[derive(Clone)]
pub struct Hooks {
    /// Such as `http://127.0.0.1:8480`.
    pub base: String,
    pub token: SecretString,
}

/// Sends webhooks as Fleet does. Cheap to clone.
#[derive(Clone)]
pub(super) struct Poster {
    client: reqwest::Client,
    hooks: Arc<Mutex<Option<Hooks>>>,
}

impl Poster {
    pub(super) fn new() -> Result<Self, reqwest::Error> {
        // A second installation fails, and the first one stays.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = reqwest::Client::builder()
            .user_agent("Go-http-client/1.1")
            .timeout(PATIENCE)
            .build()?;
        Ok(Self {
            client,
            hooks: Arc::default(),
        })
    }

    pub(super) fn hook_to(&self, hooks: Hooks) {
        *self.hooks.lock().unwrap_or_else(PoisonError::into_inner) = Some(hooks);
    }

    /// The status of the answer; none when there was none.
    async fn post(&self, post: &Post) -> Option<u16> {
        let hooks = self
            .hooks
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()?;
        let url = format!("{}/hooks/{}", hooks.base.trim_end_matches('/'), post.path());
        let answer = self
            .client
            .post(url)
            .query(&[("token", hooks.token.expose_secret())])
            .json(&post.body)
            .send()
            .await
            .ok()?;
        Some(answer.status().as_u16())
    }
}

/// Follows the agenda until it is dropped.
pub(super) async fn drive(world: World, poster: Poster) {
    loop {
        {
            let _busy = world.clock().busy();
            let posts = world.with(|state| {
                let posts = std::mem::take(&mut state.outbox);
                state.flights += posts.len();
                posts
            });
            for post in posts {
                let busy = world.clock().busy();
                let (world, poster) = (world.clone(), poster.clone());
                tokio::spawn(async move {
                    let status = poster.post(&post).await;
                    landed(&world, post, status);
                    drop(busy);
                });
            }
        }
        world.next_moment().await;
    }
}

fn landed(world: &World, post: Post, status: Option<u16>) {
    world.with(|state| {
        state.flights -= 1;
        match post.kind {
            PostKind::Migrate { mac } => state.migrate_answered(mac, status),
            PostKind::Activity if status == Some(429) => state.send_again(post),
            // Everything but 429 is the end of it, good or bad.
            PostKind::Activity => {}
        }
    });
}

/// How long until the next try: from half a second, doubling, up to a minute.
pub(super) fn pause(tries: u32) -> Span {
    Span::from_millis((500_i64 << tries.min(7)).min(60_000))
}

impl crate::sim::world::State {
    fn send_again(&mut self, mut post: Post) {
        let at = self.now.plus(pause(post.tries));
        post.tries += 1;
        if at.since(post.first_at) <= RETRIES_FOR {
            self.agenda
                .add(at, crate::sim::world::agenda::Happening::Send(post));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_from_half_a_second_to_a_minute() {
        let pauses: Vec<i64> = (0..9).map(|tries| pause(tries).millis()).collect();
        assert_eq!(
            pauses,
            [
                500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000
            ]
        );
    }
}
