//! Tells senders from strangers.
//!
//! Hashes are compared, not the texts, and all of them each time: neither the length nor the first wrong byte of a guess
//! can be told from how long the answer takes.

use super::settings::Settings;
use crate::model::hash::sha256_hex;
use crate::model::secret::ExposeSecret;
use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use serde::Deserialize;
use subtle::{Choice, ConstantTimeEq};

/// The hashes of the tokens that are taken.
pub(super) struct Tokens(Vec<String>);

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
}

impl Tokens {
    /// An empty token is none: it would let everybody in.
    pub(super) fn new(settings: &Settings) -> Self {
        let all = std::iter::once(&settings.token).chain(&settings.older_tokens);
        let set = all.map(ExposeSecret::expose_secret);
        Self(
            set.filter(|token| !token.is_empty())
                .map(|token| sha256_hex(token.as_bytes()))
                .collect(),
        )
    }

    /// Whether the request carries a token, as `Authorization: Bearer …` or as `?token=…`.
    pub(super) fn admit(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        bearer(headers).is_some_and(|token| self.knows(token))
            || Query::<Given>::try_from_uri(uri)
                .ok()
                .and_then(|Query(given)| given.token)
                .is_some_and(|token| self.knows(&token))
    }

    fn knows(&self, token: &str) -> bool {
        let hash = sha256_hex(token.as_bytes());
        let known = self.0.iter().fold(Choice::from(0), |known, one| {
            known | one.as_bytes().ct_eq(hash.as_bytes())
        });
        known.into()
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(token: &str, older: &[&str]) -> Tokens {
        let mut settings = Settings::new(([127, 0, 0, 1], 0).into(), token.into());
        settings.older_tokens = older.iter().map(|&token| token.into()).collect();
        Tokens::new(&settings)
    }

    #[test]
    fn the_token_and_the_one_before_it_are_taken_and_nothing_else() {
        let tokens = tokens("new-secret", &["old-secret"]);
        let none = HeaderMap::new();
        for (query, admitted) in [
            ("?token=new-secret", true),
            ("?a=b&token=old-secret", true),
            ("?token=new%2Dsecret", true),
            ("?token=new-secre", false),
            ("?token=", false),
            ("", false),
            ("?token=new-secret&token=new-secret", false),
        ] {
            let uri: Uri = format!("/hooks/migrate{query}").parse().unwrap();
            assert_eq!(tokens.admit(&uri, &none), admitted, "{query}");
        }
        let uri = Uri::from_static("/hooks/migrate");
        for (value, admitted) in [
            ("Bearer new-secret", true),
            ("bearer old-secret", true),
            ("Basic new-secret", false),
            ("new-secret", false),
        ] {
            let headers = [(header::AUTHORIZATION, value.parse().unwrap())];
            let headers = HeaderMap::from_iter(headers);
            assert_eq!(tokens.admit(&uri, &headers), admitted, "{value}");
        }
    }

    #[test]
    fn an_empty_token_lets_nobody_in() {
        let uri = Uri::from_static("/hooks/migrate?token=");
        assert!(!tokens("", &[]).admit(&uri, &HeaderMap::new()));
    }
}
