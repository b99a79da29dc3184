//! Reads that show what was before: a cluster's other node has not heard of the write yet (`api/jamf.md` §1.5).

use crate::model::time::{Span, Time};
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Response, StatusCode};
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

/// Answers larger than this, or more than this many addresses, are not remembered.
const MOST_BYTES: usize = 256 * 1024;
const MOST_ADDRESSES: usize = 2_000;

/// The last true answer of each address, while it may still be shown again.
#[derive(Default)]
pub(super) struct Memory(Mutex<HashMap<String, Remembered>>);

struct Remembered {
    at: Time,
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Memory {
    /// Answers again what this address showed, when that is no older than `most`.
    pub(super) fn recall(&self, address: &str, now: Time, most: Span) -> Option<Response<Body>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let old = all.get(address).filter(|old| now.since(old.at) <= most)?;
        let mut response = Response::new(Body::from(old.body.clone()));
        *response.status_mut() = old.status;
        *response.headers_mut() = old.headers.clone();
        Some(response)
    }

    /// Keeps a good answer and hands it back.
    pub(super) async fn keep(
        &self,
        address: &str,
        now: Time,
        most: Span,
        answer: Response<Body>,
    ) -> Response<Body> {
        if !answer.status().is_success() {
            return answer;
        }
        let (parts, body) = answer.into_parts();
        let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
            return super::answer::cut();
        };
        if body.len() <= MOST_BYTES {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if all.len() >= MOST_ADDRESSES {
                all.retain(|_, old| now.since(old.at) <= most);
            }
            if all.len() < MOST_ADDRESSES {
                all.insert(
                    address.to_owned(),
                    Remembered {
                        at: now,
                        status: parts.status,
                        headers: parts.headers.clone(),
                        body: body.clone(),
                    },
                );
            }
        }
        Response::from_parts(parts, Body::from(body))
    }
}
