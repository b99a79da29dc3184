//! One method of the Web API: sent, and its answer judged.

use super::connector::wait_after;
use super::error::{of_api, said};
use crate::connectors::action::{Exchange, Failure};
use crate::connectors::http::{Answer, Request, Service};
use crate::model::fault::{Fault, FaultKind};
use crate::model::secret::Rotating;
use crate::model::text::clean_short;
use serde_json::Value as Json;

/// A method's good answer.
pub(super) struct Told {
    pub json: Json,
    pub answer: Answer,
}

impl Told {
    pub fn exchange(&self) -> Exchange {
        self.answer.exchange.clone()
    }
}

/// What Slack says of a token it does not take (`api/slack.md`). It judges the token first, so nothing has happened.
const NO_TOKEN: [&str; 5] = [
    "invalid_auth",
    "token_revoked",
    "token_expired",
    "account_inactive",
    "not_authed",
];

/// Sends a request of this method; `mutates` as the request's nature. A refused token is read again where it is kept, and
/// the request goes out once more if there is another.
pub(super) async fn ask(
    service: &Service,
    token: &Rotating,
    method: &str,
    request: Request,
    mutates: bool,
) -> Result<Told, Failure> {
    let used = token.get();
    let mut answer = service.send(request.clone().bearer(&used)).await?;
    if refuses_token(&answer) && token.renewed(&used).await {
        answer = service.send(request.bearer(&token.get())).await?;
    }
    if answer.status == 429 {
        let mut failure = answer.fault("one message a second and channel is allowed", &[]);
        failure.fault.retry_after = Some(wait_after(&answer));
        return Err(failure);
    }
    if !answer.is_success() {
        return Err(answer.fault(answer.head(), &[]));
    }
    let json = answer.json()?;
    match json.get("ok").and_then(Json::as_bool) {
        Some(true) => Ok(Told { json, answer }),
        Some(false) => Err(refusal(method, &json, &answer, mutates)),
        None => Err(answer.unreadable("it has no ok")),
    }
}

fn refuses_token(answer: &Answer) -> bool {
    let json = answer.json().unwrap_or_default();
    let word = json.get("error").and_then(Json::as_str);
    word.is_some_and(|word| NO_TOKEN.contains(&word))
}

fn refusal(method: &str, json: &Json, answer: &Answer, mutates: bool) -> Failure {
    let word = json.get("error").and_then(Json::as_str).unwrap_or_default();
    let meaning = of_api(word, mutates);
    let wait = match meaning.kind {
        FaultKind::RateLimited => Some(wait_after(answer)),
        _ => meaning.wait,
    };
    let said = clean_short(&said(json), 300);
    Failure {
        fault: Fault::new(
            meaning.kind,
            format!("Slack refused {method}: {said}; {}", meaning.advice),
        )
        .status(answer.status)
        .retry_after(wait),
        exchanges: vec![answer.exchange.clone()],
    }
}
