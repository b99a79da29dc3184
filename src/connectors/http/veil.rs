//! Takes secrets out of whatever people will see.

use super::picked::Names;
use crate::model::secret::{ExposeSecret, SecretString, spellings};
use serde_json::Value as Json;
use std::borrow::Cow;

/// Stands where a body is not shown at all.
pub(super) const NOT_SHOWN: &str = "(not shown: it holds secrets)";
const MASK: &str = "***";
/// Shorter secrets are not searched for: masking them would eat ordinary text.
const SHORTEST: usize = 4;

/// The secrets that one request carries, in every spelling a service may echo them in.
#[derive(Clone, Default)]
pub(super) struct Veil(Vec<SecretString>);

impl Veil {
    pub(super) fn add(&mut self, secret: &SecretString) {
        if secret.expose_secret().len() >= SHORTEST {
            self.0.extend(spellings(secret));
        }
    }

    /// The text without the secrets of this request.
    pub(super) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        self.0
            .iter()
            .map(ExposeSecret::expose_secret)
            .fold(Cow::Borrowed(text), |text, secret| {
                if text.contains(secret) {
                    Cow::Owned(text.replace(secret, MASK))
                } else {
                    text
                }
            })
    }

    /// As [`Self::mask`], for every text in parsed JSON: a service may write a letter in many ways.
    pub(super) fn mask_json(&self, json: &mut Json) {
        match json {
            Json::String(text) => {
                if let Cow::Owned(masked) = self.mask(text) {
                    *text = masked;
                }
            }
            Json::Array(items) => items.iter_mut().for_each(|item| self.mask_json(item)),
            Json::Object(map) => map.values_mut().for_each(|value| self.mask_json(value)),
            _ => {}
        }
    }

    /// A service's answer as the history keeps it. Of a service whose answers drover knows, only what stands under a name
    /// that is known to hold no secret; of any other, as [`Self::shown`].
    pub(super) fn picked(&self, names: Option<Names>, body: &str) -> String {
        let Some(names) = names else {
            return self.shown(body);
        };
        if let Ok(mut json) = serde_json::from_str::<Json>(body) {
            names.pick(&mut json);
            self.mask_json(&mut json);
            return crate::model::payload::shown(&json.to_string());
        }
        // An error page, or an answer cut short: enough of it to be recognised.
        let head: String = self.mask(body).chars().take(LONGEST_PAGE).collect();
        crate::model::payload::shown(&without_named(&head))
    }

    /// A body as the history keeps it: secrets masked by value and, in JSON, by the name of their key; cleaned; capped.
    pub(super) fn shown(&self, body: &str) -> String {
        let mentions = |word: &str| contains_ignoring_case(body.as_bytes(), word.as_bytes());
        let named = SECRET_ENDINGS.iter().any(|word| mentions(word)) || mentions("_key");
        let by_name = named
            .then(|| serde_json::from_str::<Json>(body).ok())
            .flatten()
            .and_then(|mut json| {
                self.mask_json(&mut json);
                mask_named(&mut json).then(|| json.to_string())
            });
        crate::model::payload::shown(&self.mask(by_name.as_deref().unwrap_or(body)))
    }
}

/// What is kept of an answer that is no JSON.
const LONGEST_PAGE: usize = 600;

/// Text that is no JSON though it looks like some (cut short) is not shown from the first name of a secret on.
fn without_named(text: &str) -> Cow<'_, str> {
    if !text.trim_start().starts_with(['{', '[']) {
        return text.into();
    }
    let lower = text.to_ascii_lowercase();
    let first = SECRET_ENDINGS
        .iter()
        .filter_map(|word| lower.find(word))
        .min();
    match first {
        Some(at) => format!("{}{MASK}", &text[..at]).into(),
        None => text.into(),
    }
}

const SECRET_ENDINGS: [&str; 19] = [
    "token",
    "secret",
    "secrets",
    "password",
    "passcode",
    "apikey",
    "privatekey",
    "accesskey",
    "nodekey",
    "recoverykey",
    "encryptionkey",
    "authorization",
    "credentials",
    "keyvalue",
    "bypasscode",
    "unlockpin",
    "pin",
    "passphrase",
    "signature",
];

/// Whether a key or query parameter of this name holds a secret.
pub(super) fn is_secret_name(name: &str) -> bool {
    let plain: String = name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect();
    plain == "key" || SECRET_ENDINGS.iter().any(|word| plain.ends_with(word))
}

fn contains_ignoring_case(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len())
        .any(|part| part.eq_ignore_ascii_case(word))
}

/// Masks what stands under secret names, at any depth; true when it masked any.
fn mask_named(json: &mut Json) -> bool {
    let mut masked = false;
    match json {
        Json::Object(map) => {
            for (name, value) in map {
                // A bare "key" is as often the name of a pair as a secret.
                if name != "key" && is_secret_name(name) {
                    masked |= mask_texts(value);
                }
                masked |= mask_named(value);
            }
        }
        Json::Array(items) => {
            for item in items {
                masked |= mask_named(item);
            }
        }
        _ => {}
    }
    masked
}

/// Masks every text; true when there was one.
fn mask_texts(json: &mut Json) -> bool {
    let mut masked = false;
    match json {
        Json::String(text) if !text.is_empty() => {
            MASK.clone_into(text);
            masked = true;
        }
        Json::Array(items) => {
            for item in items {
                masked |= mask_texts(item);
            }
        }
        Json::Object(map) => {
            for value in map.values_mut() {
                masked |= mask_texts(value);
            }
        }
        _ => {}
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::percent::percent;

    #[test]
    fn an_echoed_secret_and_a_secret_by_name_are_masked() {
        let mut veil = Veil::default();
        veil.add(&"canary-1234".to_owned().into());
        let shown = veil.shown(
            r#"{"said":"bad canary-1234","access_token":"x9","teams":[{"secrets":[{"secret":"s3"}]}],"bootstrapTokenAllowed":"yes"}"#,
        );
        assert_eq!(
            shown,
            r#"{"said":"bad ***","access_token":"***","teams":[{"secrets":[{"secret":"***"}]}],"bootstrapTokenAllowed":"yes"}"#
        );
    }

    #[test]
    fn a_secret_is_masked_however_the_service_writes_it() {
        let secret = "pa\"ss+w/ör d<&>=";
        let mut veil = Veil::default();
        veil.add(&secret.to_owned().into());
        let form: String = form_urlencoded(secret);
        for echo in [
            secret.to_owned(),
            serde_json::to_string(secret).unwrap(),
            percent(secret),
            percent(secret).to_lowercase(),
            form,
            "pa&quot;ss+w/ör d&lt;&amp;&gt;=".to_owned(),
            "pa&#34;ss+w/ör d&lt;&amp;&gt;=".to_owned(),
        ] {
            let masked = veil.mask(&echo).into_owned();
            assert!(
                masked.contains(MASK) && !masked.contains("ss"),
                "{echo}: {masked}"
            );
        }
        let mut odd: Json =
            serde_json::from_str(r#"["pa\u0022ss\u002bw\/\u00f6r d\u003c\u0026>="]"#).unwrap();
        veil.mask_json(&mut odd);
        assert_eq!(odd[0], MASK);
    }

    fn form_urlencoded(text: &str) -> String {
        percent(text).replace("%20", "+")
    }

    #[test]
    fn ordinary_bodies_pass_as_they_are() {
        let body = "{ \"status\" : \"ok\" }";
        assert_eq!(Veil::default().shown(body), body);
    }
}
