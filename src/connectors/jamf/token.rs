//! The access token: asked for once however many wait, renewed before it expires, dropped when refused.

use super::paths;
use crate::connectors::action::Exchange;
use crate::connectors::http::{Answer, Request, Service};
use crate::model::fault::{Fault, FaultKind};
use crate::model::payload::{at, text_at};
use crate::model::secret::{ExposeSecret, Rotating, SecretString};
use crate::model::time::{Span, Time};
use serde_json::Value as Json;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::Mutex;

/// The renewal is never more than this ahead of the expiry.
const LONGEST_MARGIN: Span = Span::from_secs(60);
/// Taken for the lifetime when the server names none.
const SHORT_LIFE: Span = Span::from_secs(60);

/// A token, and which one it is.
#[derive(Clone)]
pub(super) struct Token {
    pub(super) secret: SecretString,
    serial: u64,
}

pub(super) struct Tokens {
    client_id: String,
    client_secret: Rotating,
    /// Counts requests for a token, so that those who waited share one's failure.
    asked: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    held: Option<(Token, Time)>,
    failed: Option<Fault>,
    /// Which of [`paths::TOKEN`] this server knows.
    path: usize,
}

impl Tokens {
    pub(super) fn new(client_id: String, client_secret: Rotating) -> Self {
        Self {
            client_id,
            client_secret,
            asked: AtomicU64::new(0),
            state: Mutex::default(),
        }
    }

    /// The token to use now. Whoever finds none asks for it; the others wait for the same answer.
    pub(super) async fn get(
        &self,
        service: &Service,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<Token, Fault> {
        let seen = self.asked.load(Ordering::SeqCst);
        let mut state = self.state.lock().await;
        let now = service.clock().now();
        if let Some((token, renew_at)) = &state.held
            && now < *renew_at
        {
            return Ok(token.clone());
        }
        if self.asked.load(Ordering::SeqCst) != seen
            && let Some(fault) = &state.failed
        {
            return Err(fault.clone());
        }
        let asked = self.fetch(service, &mut state, exchanges).await;
        let serial = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        match asked {
            Ok((secret, lifetime)) => {
                let token = Token { secret, serial };
                state.held = Some((token.clone(), renewal(now, lifetime)));
                state.failed = None;
                Ok(token)
            }
            Err(fault) => {
                state.held = None;
                state.failed = Some(fault.clone());
                Err(fault)
            }
        }
    }

    /// Forgets this token, unless a newer one is held already.
    pub(super) async fn refused(&self, token: &Token) {
        let mut state = self.state.lock().await;
        if state
            .held
            .as_ref()
            .is_some_and(|(held, _)| held.serial == token.serial)
        {
            state.held = None;
        }
    }

    async fn fetch(
        &self,
        service: &Service,
        state: &mut State,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<(SecretString, Span), Fault> {
        let mut answer = self
            .ask(service, paths::TOKEN[state.path], exchanges)
            .await?;
        if matches!(answer.status, 404 | 405 | 410) {
            let other = 1 - state.path;
            answer = self.ask(service, paths::TOKEN[other], exchanges).await?;
            if matches!(answer.status, 404 | 405 | 410) {
                return Err(Fault::new(
                    FaultKind::NotFound,
                    "the server has no place to ask for a token: is it Jamf Pro 10.49 or newer, and is [connectors.jamf] url right?",
                )
                .status(answer.status));
            }
            state.path = other;
        }
        // Changed where it is kept, perhaps. Asking for a token changes nothing, so it may be asked again.
        let used = self.client_secret.get();
        if matches!(answer.status, 400 | 401) && self.client_secret.renewed(&used).await {
            let path = paths::TOKEN[state.path];
            answer = self.ask(service, path, exchanges).await?;
        }
        if !answer.is_success() {
            return Err(refusal(&answer));
        }
        let json = answer.json().map_err(|failure| failure.fault)?;
        let token = text_at(&json, "access_token")
            .ok_or_else(|| answer.unreadable("it has no access_token").fault)?;
        Ok((token.to_owned().into(), lifetime(&json)))
    }

    /// Asking changes nothing that matters, so it is a read: trouble with it never makes a call's outcome unknown.
    async fn ask(
        &self,
        service: &Service,
        path: &str,
        exchanges: &mut Vec<Exchange>,
    ) -> Result<Answer, Fault> {
        let client_secret = self.client_secret.get();
        let request = Request::post(path, crate::model::action::Nature::Read)
            .form(&[
                ("grant_type", "client_credentials"),
                ("client_id", &self.client_id),
                ("client_secret", client_secret.expose_secret()),
            ])
            .veil(&client_secret)
            .secret_body();
        match service.send(request).await {
            Ok(answer) => {
                exchanges.push(answer.exchange.clone());
                Ok(answer)
            }
            Err(failure) => {
                exchanges.extend(failure.exchanges);
                Err(failure.fault)
            }
        }
    }
}

fn refusal(answer: &Answer) -> Fault {
    let json = answer.json().unwrap_or(Json::Null);
    let error = text_at(&json, "error").unwrap_or("no reason given");
    if matches!(answer.status, 400 | 401 | 403) {
        return Fault::new(
            FaultKind::Unauthorized,
            format!(
                "Jamf gave no token ({} {error}): check client_id and client_secret, and that the API client is enabled",
                answer.status
            ),
        )
        .status(answer.status);
    }
    answer.fault(String::new(), &[]).fault
}

fn lifetime(json: &Json) -> Span {
    let seconds = at(json, "expires_in").and_then(|value| match value {
        Json::String(text) => text.trim().parse::<f64>().ok(),
        other => other.as_f64(),
    });
    seconds.map_or(SHORT_LIFE, |seconds| {
        Span::from_millis((seconds * 1_000.0) as i64)
    })
}

/// When to renew a token that was asked for at `asked_at`: a minute, or a third of a short life, before it expires.
fn renewal(asked_at: Time, lifetime: Span) -> Time {
    let margin = LONGEST_MARGIN.min(lifetime.times(1.0 / 3.0));
    asked_at.plus(lifetime).minus(margin)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_token_is_renewed_before_it_expires_however_short_its_life() {
        let asked_at = Time::parse("2026-03-02T12:00:00Z").unwrap();
        for (expires_in, renewed_after) in [
            (json!(60), 40_000),
            (json!(299), 239_000),
            (json!(1800), 1_740_000),
            (json!("3"), 2_000),
            (json!(null), 40_000),
        ] {
            let lifetime = lifetime(&json!({"expires_in": expires_in}));
            let renewed = renewal(asked_at, lifetime).since(asked_at).millis();
            assert_eq!(renewed, renewed_after, "{expires_in}");
        }
    }
}
