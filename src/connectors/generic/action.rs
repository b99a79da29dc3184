//! `http.request`, as data, and what its inputs mean.

use super::allow::FORBIDDEN_HEADERS;
use crate::model::action::{ActionSpec, Field, Nature};
use crate::model::fault::{Fault, FaultKind};
use crate::model::time::Span;
use crate::model::value::ValueType::{Boolean, Integer, Json as JsonType, Text};
use reqwest::{Method, Url};
use serde_json::{Map, Value as Json};

/// The actions of the `http` connector.
pub const ACTIONS: &[ActionSpec] = &[ActionSpec {
    name: "http.request",
    about: "Sends one HTTP request to an address that [connectors.http] allow names.",
    nature: Nature::Once,
    inputs: &[
        Field::required("method", Text, "GET, HEAD, POST, PUT, PATCH or DELETE"),
        Field::required("url", Text, "the whole URL, below an allowed one"),
        Field::optional(
            "headers",
            JsonType,
            "an object of texts; secrets belong into the configuration",
        ),
        Field::optional(
            "body",
            JsonType,
            "an object or list goes as JSON, text as it is",
        ),
        Field::optional(
            "repeatable",
            Boolean,
            "true when sending it twice does no more than once",
        ),
        Field::optional(
            "expect",
            JsonType,
            "the statuses that mean success; any 2xx unless told",
        ),
    ],
    outputs: &[
        Field::required("status", Integer, "the answer's status"),
        Field::optional("body", JsonType, "the answer's JSON, or its text"),
    ],
    destructive: false,
    settle: Span::from_mins(2),
    probe: false,
}];

/// What is to be sent, checked.
pub(super) struct Wish {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<Json>,
    expect: Vec<u64>,
    pub(super) nature: Nature,
}

impl Wish {
    pub(super) fn read(input: &Map<String, Json>) -> Result<Self, Fault> {
        let text = |name: &str| {
            input
                .get(name)
                .and_then(Json::as_str)
                .unwrap_or_default()
                .trim()
        };
        let url = Url::parse(text("url"))
            .map_err(|error| wrong(&format!("url is not a whole URL ({error})")))?;
        Ok(Self {
            method: method(text("method"))?,
            url,
            headers: headers(input.get("headers"))?,
            body: input.get("body").filter(|body| !body.is_null()).cloned(),
            expect: expect(input.get("expect"))?,
            nature: nature(input),
        })
    }

    pub(super) fn is_success(&self, status: u16) -> bool {
        if self.expect.is_empty() {
            (200..300).contains(&status)
        } else {
            self.expect.contains(&u64::from(status))
        }
    }
}

/// GET and HEAD are reads; the rest is at most once unless its author vouches for it.
pub(super) fn nature(input: &Map<String, Json>) -> Nature {
    let method = input
        .get("method")
        .and_then(Json::as_str)
        .unwrap_or_default()
        .trim();
    if method.eq_ignore_ascii_case("get") || method.eq_ignore_ascii_case("head") {
        Nature::Read
    } else if input.get("repeatable").and_then(Json::as_bool) == Some(true) {
        Nature::Repeatable
    } else {
        Nature::Once
    }
}

fn method(text: &str) -> Result<Method, Fault> {
    let methods = [
        Method::GET,
        Method::HEAD,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    methods
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
        .ok_or_else(|| {
            wrong(&format!(
                "\"{text}\" is not one of GET, HEAD, POST, PUT, PATCH, DELETE"
            ))
        })
}

fn headers(given: Option<&Json>) -> Result<Vec<(String, String)>, Fault> {
    let given = match given {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Object(given)) => given,
        Some(_) => return Err(wrong("headers is not an object of texts")),
    };
    given
        .iter()
        .map(|(name, value)| {
            if FORBIDDEN_HEADERS
                .iter()
                .any(|forbidden| forbidden.eq_ignore_ascii_case(name))
            {
                return Err(wrong(&format!(
                    "the header \"{name}\" is drover's own to set"
                )));
            }
            match value {
                Json::String(value) => Ok((name.clone(), value.clone())),
                Json::Number(value) => Ok((name.clone(), value.to_string())),
                _ => Err(wrong(&format!("the header \"{name}\" is not text"))),
            }
        })
        .collect()
}

fn expect(given: Option<&Json>) -> Result<Vec<u64>, Fault> {
    let statuses = match given {
        None | Some(Json::Null) => return Ok(Vec::new()),
        Some(Json::Array(list)) => list.iter().map(Json::as_u64).collect(),
        Some(one) => one.as_u64().map(|one| vec![one]),
    };
    let fits = |status: &u64| (100..600).contains(status);
    statuses
        .filter(|statuses: &Vec<u64>| statuses.iter().all(fits))
        .ok_or_else(|| wrong("expect is not a list of statuses such as [200, 409]"))
}

fn wrong(what: &str) -> Fault {
    Fault::new(FaultKind::Misconfigured, format!("http.request: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_method_and_the_author_decide_the_nature() {
        for (input, expected) in [
            (json!({"method": "get"}), Nature::Read),
            (json!({"method": "GET", "repeatable": true}), Nature::Read),
            (json!({"method": "POST"}), Nature::Once),
            (json!({"method": "POST", "repeatable": false}), Nature::Once),
            (
                json!({"method": "PUT", "repeatable": true}),
                Nature::Repeatable,
            ),
            (json!({}), Nature::Once),
        ] {
            assert_eq!(nature(input.as_object().unwrap()), expected, "{input}");
        }
    }

    #[test]
    fn wrong_inputs_are_named() {
        for (name, value) in [
            ("method", json!("TRACE")),
            ("url", json!("/relative")),
            ("headers", json!({"Host": "other"})),
            ("headers", json!(["a"])),
            ("expect", json!(["ok"])),
            ("expect", json!([20])),
        ] {
            let mut input = json!({"method": "POST", "url": "https://tickets.example.com/x"});
            input[name] = value;
            let read = Wish::read(input.as_object().unwrap());
            assert_eq!(
                read.err().map(|fault| fault.kind),
                Some(FaultKind::Misconfigured),
                "{input}"
            );
        }
    }
}
