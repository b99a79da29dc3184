//! Filter, sort and page of a list (`api/jamf.md` §1.6).

use super::answers::{Refusal, bad_query};
use super::filter::Scalar;
use super::rsql::Rsql;
use axum::extract::Query;
use axum::http::Uri;
use serde_json::{Value as Json, json};

/// The vendor's largest page.
const LARGEST_PAGE: usize = 2_000;

/// What a list's query asks for.
pub(super) struct Listing {
    pairs: Vec<(String, String)>,
    page: usize,
    page_size: usize,
    pub(super) filter: Option<Rsql>,
}

impl Listing {
    pub(super) fn read(uri: &Uri) -> Result<Self, Refusal> {
        let pairs = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|_| bad_query("The query cannot be read"))?
            .0;
        let value = |name: &str| {
            pairs
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let number = |name: &str, absent: usize| match value(name) {
            None => Ok(absent),
            Some(text) => text
                .parse::<usize>()
                .map_err(|_| bad_query(format!("{name} must be a number"))),
        };
        let (page, page_size) = (number("page", 0)?, number("page-size", 100)?);
        if !(1..=LARGEST_PAGE).contains(&page_size) {
            return Err(bad_query("page-size must be between 1 and 2000"));
        }
        let filter = match value("filter").filter(|text| !text.trim().is_empty()) {
            None => None,
            Some(text) => Some(Rsql::parse(text).map_err(bad_query)?),
        };
        Ok(Self {
            pairs,
            page,
            page_size,
            filter,
        })
    }

    /// Every value of a parameter that may be repeated or hold several, separated by commas.
    pub(super) fn values(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(key, _)| key == name)
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .collect()
    }

    /// The first field of the filter that `known` refuses.
    pub(super) fn unknown_field(&self, known: impl Fn(&str) -> bool) -> Option<Refusal> {
        let filter = self.filter.as_ref()?;
        let stranger = filter
            .comparisons()
            .into_iter()
            .find(|one| !known(&one.field))?;
        Some(bad_query(format!(
            "Field {} is not allowed in the filter",
            stranger.field
        )))
    }

    /// Sorts by the query's `sort`, or by `usual`.
    pub(super) fn sort<T>(
        &self,
        items: &mut [T],
        usual: &str,
        known: impl Fn(&str) -> bool,
        value: impl Fn(&T, &str) -> Scalar,
    ) -> Result<(), Refusal> {
        let mut wanted = self.values("sort");
        if wanted.is_empty() {
            wanted.push(usual);
        }
        let mut keys = Vec::new();
        for one in wanted {
            let (field, direction) = one.split_once(':').unwrap_or((one, "asc"));
            if !known(field) || !["asc", "desc"].contains(&direction) {
                return Err(bad_query(format!(
                    "Field {field} is not allowed in the sort"
                )));
            }
            keys.push((field, direction == "desc"));
        }
        items.sort_by(|a, b| {
            keys.iter()
                .map(|(field, down)| {
                    let order = value(a, field).order(&value(b, field));
                    if *down { order.reverse() } else { order }
                })
                .find(|order| order.is_ne())
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(())
    }

    /// The wanted page of the items.
    pub(super) fn page<T>(&self, items: &[T], show: impl Fn(&T) -> Json) -> Json {
        let results: Vec<Json> = items
            .iter()
            .skip(self.page.saturating_mul(self.page_size))
            .take(self.page_size)
            .map(show)
            .collect();
        json!({"totalCount": items.len(), "results": results})
    }
}
