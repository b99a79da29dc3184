//! What a store says, read as a console does.

use super::Company;
use drover::engine::{Settlement, settlement};
use drover::pipeline::{Pipeline, parse};
use drover::store::{Entry, EventState, Reader, StoreError, View};
use serde_json::Value as Json;
use std::collections::BTreeMap;

pub(crate) fn look<T>(
    company: &Company,
    work: impl FnOnce(&View<'_>) -> Result<T, StoreError>,
) -> T {
    Reader::open(&company.path("drover.db"))
        .and_then(|reader| reader.look(work))
        .unwrap()
}

/// Who is complete, who is left, who moves.
pub(crate) fn standing(company: &Company) -> Settlement {
    let pipeline = pipeline(company);
    look(company, |view| settlement(view, &pipeline, view.now()))
}

fn pipeline(company: &Company) -> Pipeline {
    let text = std::fs::read_to_string(company.path("jamf-to-fleet.toml")).unwrap();
    parse("jamf-to-fleet.toml", &text).unwrap()
}

/// Every line of the journal.
pub(crate) fn journal(company: &Company) -> Vec<Entry> {
    look(company, |view| {
        let mut all: Vec<Entry> = Vec::new();
        loop {
            let after = all.last().map_or(0, |entry| entry.id);
            let part = view.journal_after(after, 1_000)?;
            if part.is_empty() {
                return Ok(all);
            }
            all.extend(part);
        }
    })
}

/// The `mark` of every stored event that has one, and how often it is stored.
pub(crate) fn acknowledged(company: &Company) -> BTreeMap<u64, usize> {
    look(company, |view| {
        let (mut marks, mut before) = (BTreeMap::new(), None);
        loop {
            let part = view.events(None, before, 1_000)?;
            let Some(last) = part.last() else {
                return Ok(marks);
            };
            before = Some(last.id);
            let marked = part.iter().filter(|event| event.state != EventState::New);
            for event in marked {
                let raw: Option<Json> = serde_json::from_str(&event.raw).ok();
                if let Some(mark) = raw.and_then(|raw| raw["mark"].as_u64()) {
                    *marks.entry(mark).or_default() += 1;
                }
            }
        }
    })
}
