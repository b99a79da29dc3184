//! OAuth client credentials (`api/jamf.md` §1.1).

use super::answers::Answer;
use super::tenant::Jamf;
use crate::model::random::Random;
use crate::model::secret::ExposeSecret;
use crate::model::time::{Span, Time};
use crate::sim::wire::json;
use axum::body::{Body, Bytes};
use axum::extract::{Form, FromRequest};
use axum::http::Request;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use serde_json::json;
use std::collections::HashMap;

const FORM: &str = "application/x-www-form-urlencoded";

/// The tokens given out.
pub(super) struct Tokens {
    random: Random,
    /// Until when each holds.
    given: HashMap<String, Time>,
    issued: u64,
}

impl Tokens {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            random: Random::named(seed, "jamf tokens"),
            given: HashMap::new(),
            issued: 0,
        }
    }

    fn issue(&mut self, now: Time, life: Span, dies: f64) -> String {
        let early = self.random.chance(dies);
        let share = self.random.between(0.1, 0.9);
        let holds = if early { life.times(share) } else { life };
        let token = format!(
            "eyJhbGciOiJIUzI1NiJ9.{}.{}",
            self.random.uuid().replace('-', ""),
            self.random.uuid().replace('-', "")
        );
        self.given.retain(|_, until| *until > now);
        self.given.insert(token.clone(), now.plus(holds));
        self.issued += 1;
        token
    }

    fn holds(&self, token: &str, now: Time) -> bool {
        self.given.get(token).is_some_and(|until| *until > now)
    }

    pub(super) fn expire_all(&mut self) {
        self.given.clear();
    }

    pub(super) fn issued(&self) -> u64 {
        self.issued
    }
}

impl Jamf {
    /// `POST /api/v1/oauth/token` and its unversioned spelling.
    pub(super) async fn token(&self, parts: &Parts, body: Bytes) -> Answer {
        if parts.uri.query().is_some_and(|q| q.contains("secret")) {
            self.ledger()
                .violation("jamf: the client's secret was sent in a URL");
        }
        let Some(fields) = read(parts, body).await else {
            return refuse("invalid_request", "content type");
        };
        let field = |name: &str| fields.get(name).map(String::as_str);
        if field("grant_type") != Some("client_credentials") {
            return refuse("unsupported_grant_type", "grant_type");
        }
        let now = self.now();
        let mut state = self.state();
        let known = field("client_id") == Some(&state.settings.client_id)
            && field("client_secret") == Some(state.settings.client_secret.expose_secret());
        if !known {
            return refuse("invalid_client", "client_id");
        }
        let scope = field("scope").unwrap_or("api-role:1");
        if scope.split(' ').any(|role| role != "api-role:1") {
            return refuse("invalid_scope", "scope");
        }
        let (life, dies) = (state.settings.token_life, state.settings.token_dies);
        let token = state.tokens.issue(now, life, dies);
        // One second less than the client's setting, as real tenants say.
        let seconds = (life.millis() / 1_000 - 1).max(1);
        json(
            200,
            &json!({"access_token": token, "token_type": "Bearer", "scope": scope, "expires_in": seconds}),
        )
    }

    /// Whether the request carries a token that holds.
    pub(super) fn knows_caller(&self, parts: &Parts) -> bool {
        let now = self.now();
        parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .is_some_and(|token| self.state().tokens.holds(token, now))
    }
}

async fn read(parts: &Parts, body: Bytes) -> Option<HashMap<String, String>> {
    let kind = parts.headers.get(CONTENT_TYPE)?.to_str().ok()?;
    if kind.split(';').next()?.trim() != FORM {
        return None;
    }
    let request = Request::post("/")
        .header(CONTENT_TYPE, FORM)
        .body(Body::from(body))
        .ok()?;
    Some(Form::from_request(request, &()).await.ok()?.0)
}

fn refuse(error: &str, parameter: &str) -> Answer {
    json(
        400,
        &json!({"error": error, "error_description": format!("OAuth 2.0 Parameter: {parameter}"),
            "error_uri": "https://datatracker.ietf.org/doc/html/rfc6749#section-5.2"}),
    )
}
