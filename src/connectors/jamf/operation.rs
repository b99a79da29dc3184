//! One call of one action: its token, its cookies, and the record of what was said.

use super::connector::Jamf;
use super::said;
use super::token::Token;
use crate::connectors::action::{Exchange, Failure};
use crate::connectors::http::{Answer, Request};
use crate::model::fault::Fault;
use crate::model::time::Time;
use reqwest::cookie::Jar;
use std::sync::Arc;

/// Everything one call needs while it runs. Its cookies keep it on one node of the cluster, so that it reads what it
/// wrote (`api/jamf.md` §1.5).
pub(super) struct Operation<'a> {
    pub(super) jamf: &'a Jamf,
    jar: Arc<Jar>,
    pub(super) exchanges: Vec<Exchange>,
}

impl<'a> Operation<'a> {
    pub(super) fn new(jamf: &'a Jamf) -> Self {
        Self {
            jamf,
            jar: Arc::default(),
            exchanges: Vec::new(),
        }
    }

    pub(super) fn now(&self) -> Time {
        self.jamf.service.clock().now()
    }

    /// Sends with a token. After a 401 the same request goes out once more with a new one: a refused token proves that
    /// nothing happened, when the refusal is Jamf's own.
    pub(super) async fn send(&mut self, request: Request) -> Result<Answer, Fault> {
        let token = self.token().await?;
        let answer = self.once(request.clone(), &token).await?;
        let certain = !answer.mutates() || said::is_envelope(&answer);
        if answer.status != 401 || !certain {
            return Ok(answer);
        }
        self.jamf.tokens.refused(&token).await;
        let token = self.token().await?;
        self.once(request, &token).await
    }

    pub(super) async fn token(&mut self) -> Result<Token, Fault> {
        self.jamf
            .tokens
            .get(&self.jamf.service, &mut self.exchanges)
            .await
    }

    async fn once(&mut self, request: Request, token: &Token) -> Result<Answer, Fault> {
        let request = request.bearer(&token.secret).jar(self.jar.clone());
        match self.jamf.service.send(request).await {
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

    pub(super) fn failed(self, fault: Fault) -> Failure {
        Failure {
            fault,
            exchanges: self.exchanges,
        }
    }
}
