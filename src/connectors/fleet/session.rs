//! One call's conversation with Fleet.

use super::connector::Fleet;
use super::error::{Doing, fault};
use crate::connectors::action::{Exchange, Failure, Reply};
use crate::connectors::http::{Answer, Request};
use crate::model::fault::{Fault, FaultKind};
use crate::model::outcome::Outcome;
use serde_json::Value as Json;

/// What an action gives when it worked.
pub(super) type Done = Result<(Json, Outcome), Fault>;

/// The prefix every version serves (`api/fleet.md` §1.1).
pub(super) const API: &str = "/api/v1/fleet";

/// Sends requests one after the other and keeps what was said.
pub(super) struct Session<'a> {
    pub fleet: &'a Fleet,
    exchanges: Vec<Exchange>,
}

impl<'a> Session<'a> {
    pub fn new(fleet: &'a Fleet) -> Self {
        Self {
            fleet,
            exchanges: Vec::new(),
        }
    }

    /// Any answer, whatever its status. After a 401 the same request goes out once more if the token was changed where it
    /// is kept: Fleet judges the token before anything else, so nothing has happened when the refusal is its own.
    pub async fn send(&mut self, request: Request) -> Result<Answer, Fault> {
        let token = &self.fleet.token;
        let used = token.get();
        let answer = self.once(request.clone().bearer(&used)).await?;
        let certain = !answer.mutates() || answer.content_type.ends_with("json");
        if answer.status == 401 && certain && token.renewed(&used).await {
            return self.once(request.bearer(&token.get())).await;
        }
        Ok(answer)
    }

    async fn once(&mut self, request: Request) -> Result<Answer, Fault> {
        match self.fleet.service.send(request).await {
            Ok(answer) => {
                self.exchanges.push(answer.exchange.clone());
                Ok(answer)
            }
            Err(failure) => {
                self.exchanges.extend(failure.exchanges);
                Err(failure.fault)
            }
        }
    }

    /// The JSON of a success; everything else is a fault.
    pub async fn ask(&mut self, request: Request, doing: Doing) -> Result<Json, Fault> {
        let answer = self.send(request).await?;
        if !answer.is_success() {
            return Err(fault(&answer, doing));
        }
        let json = answer.json().map_err(|failure| failure.fault)?;
        match broken_off(&json, doing) {
            Some(fault) => Err(fault),
            None => Ok(json),
        }
    }

    /// A success whose JSON says nothing.
    pub async fn tell(&mut self, request: Request, doing: Doing) -> Result<(), Fault> {
        // The documented body is `{}`: an empty one, or a page, is somebody else's word and proves nothing.
        self.ask(request, doing).await.map(drop)
    }

    pub fn reply(self, (result, outcome): (Json, Outcome)) -> Reply {
        Reply {
            result,
            outcome,
            exchanges: self.exchanges,
        }
    }

    pub fn failure(self, fault: Fault) -> Failure {
        Failure {
            fault,
            exchanges: self.exchanges,
        }
    }
}

/// A list that is streamed breaks off with an `error` inside its 200 (`api/fleet.md` §3.4).
fn broken_off(json: &Json, doing: Doing) -> Option<Fault> {
    let error = json.get("error").filter(|error| !error.is_null())?;
    let said = error
        .as_str()
        .map_or_else(|| error.to_string(), str::to_owned);
    let kind = if doing.mutates {
        FaultKind::Unknown
    } else {
        FaultKind::BadReply
    };
    Some(Fault::new(
        kind,
        format!(
            "Fleet answered 200 to \"{}\" and then broke off: {}",
            doing.what,
            crate::model::text::clean_short(&said, 240)
        ),
    ))
}

/// A success in which something needed is missing.
pub(super) fn lacking(doing: Doing, what: &str) -> Fault {
    let kind = if doing.mutates {
        FaultKind::Unknown
    } else {
        FaultKind::BadReply
    };
    Fault::new(
        kind,
        format!(
            "Fleet's answer to \"{}\" has no readable {what}; look whether this Fleet version is newer than drover knows",
            doing.what
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_error_inside_a_success_is_no_success() {
        let reading = Doing::reading("list the hosts", "a role");
        let changing = Doing::changing("move the host", "a role");
        let json = json!({"hosts": [], "error": "context canceled"});
        assert_eq!(
            broken_off(&json, reading).unwrap().kind,
            FaultKind::BadReply
        );
        assert_eq!(
            broken_off(&json, changing).unwrap().kind,
            FaultKind::Unknown
        );
        assert_eq!(
            broken_off(&json!({"hosts": [], "error": null}), reading),
            None
        );
    }
}
