//! One request, read: its query, its body, its paging.

use super::error::Error;
use axum::body::Bytes;
use axum::http::request::Parts;
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// A request on its way to its handler.
pub(super) struct Call {
    pub(super) query: BTreeMap<String, String>,
    pub(super) body: Bytes,
    pub(super) content_type: String,
}

/// Which part of a list is asked for (`api/fleet.md` §1.5).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Paging {
    pub(super) page: usize,
    pub(super) per_page: usize,
    pub(super) order_key: Option<String>,
    pub(super) descending: bool,
    pub(super) after: Option<String>,
}

impl Call {
    pub(super) fn new(parts: &Parts, body: Bytes) -> Self {
        let header = |name: &str| {
            let value = parts
                .headers
                .get(name)
                .and_then(|value| value.to_str().ok());
            value.unwrap_or_default().to_owned()
        };
        Self {
            query: axum::extract::Query::try_from_uri(&parts.uri)
                .map(|axum::extract::Query(query)| query)
                .unwrap_or_default(),
            body,
            content_type: header("content-type"),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.query
            .get(name)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    /// A number in the query; 400 when it is none.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, Error> {
        self.get(name)
            .map(|text| {
                text.parse()
                    .map_err(|_| Error::bad_request(format!("{name} must be a number")))
            })
            .transpose()
    }

    /// The team in the query, under its old or new name; both at once are refused (`api/fleet.md` §2).
    pub(super) fn team(&self, both_names: bool) -> Result<Option<u64>, Error> {
        if !both_names {
            return self.number("team_id");
        }
        match (self.number("team_id")?, self.number("fleet_id")?) {
            (Some(_), Some(_)) => Err(one_name_only()),
            (old, new) => Ok(old.or(new)),
        }
    }

    /// The JSON object in the body.
    pub(super) fn object(&self) -> Result<Map<String, Json>, Error> {
        if self.body.is_empty() {
            return Err(Error::bad_request("Expected JSON Body"));
        }
        match serde_json::from_slice(&self.body) {
            Ok(Json::Object(map)) => Ok(map),
            Ok(_) => Err(Error::bad_request(
                "json decoder error: json: cannot unmarshal value into Go value",
            )),
            Err(error) => Err(Error::bad_request(format!("json decoder error: {error}"))),
        }
    }

    pub(super) fn paging(&self) -> Result<Paging, Error> {
        let page = match self.get("page").map(str::parse::<i64>) {
            None => None,
            Some(Ok(page)) if page < 0 => return Err(Error::bad_request("negative page value")),
            Some(Ok(page)) => Some(page as usize),
            Some(Err(_)) => return Err(Error::bad_request("non-int page value")),
        };
        let per_page = match self.get("per_page").map(str::parse::<usize>) {
            None => None,
            Some(Ok(count)) if count > 0 => Some(count),
            Some(_) => return Err(Error::bad_request("invalid per_page value")),
        };
        let order_key = self.get("order_key").map(str::to_owned);
        let descending = match self.get("order_direction") {
            None | Some("asc") => false,
            Some("desc") => true,
            Some(other) => {
                return Err(Error::bad_request(format!(
                    "unknown order_direction: {other}"
                )));
            }
        };
        for other in ["order_direction", "after"] {
            if order_key.is_none() && self.get(other).is_some() {
                let reason = format!("order_key must be specified with {other}");
                return Err(Error::bad_request(reason));
            }
        }
        let default = if page.is_some() { 20 } else { 1_000_000 };
        Ok(Paging {
            page: page.unwrap_or(0),
            per_page: per_page.unwrap_or(default),
            order_key,
            descending,
            after: self.get("after").map(str::to_owned),
        })
    }
}

impl Paging {
    /// The asked part of a whole list, and the `meta` beside it. A cursor makes pages meaningless: then the first part.
    pub(super) fn cut<T>(&self, all: Vec<T>) -> (Vec<T>, Json) {
        let page = if self.after.is_some() { 0 } else { self.page };
        let start = page.saturating_mul(self.per_page).min(all.len());
        let end = start.saturating_add(self.per_page).min(all.len());
        let meta = serde_json::json!({
            "has_next_results": end < all.len(),
            "has_previous_results": start > 0,
        });
        let part = all.into_iter().skip(start).take(end - start).collect();
        (part, meta)
    }
}

pub(super) fn one_name_only() -> Error {
    Error::bad_request(r#"Specify only one of "team_id" or "fleet_id""#)
}

/// A number in a JSON body; 400 when it is there and is none.
pub(super) fn whole(map: &Map<String, Json>, name: &str) -> Result<Option<u64>, Error> {
    match map.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(value) => value.as_u64().map(Some).ok_or_else(|| {
            let kind = if value.is_string() { "string" } else { "value" };
            Error::bad_request(format!(
                "json decoder error: json: cannot unmarshal {kind} into Go struct field .{name} of type uint"
            ))
        }),
    }
}
