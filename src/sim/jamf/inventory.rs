//! The inventory: list, one record, and marking a record (`api/jamf.md` §2.1, §3.5).

use super::answers::{Answer, Refusal, bad_query, empty, no_such_computer};
use super::fields::{field, sorts};
use super::filter::Scalar;
use super::listing::Listing;
use super::record::{has_section, record};
use super::tenant::Jamf;
use crate::sim::ledger::{Effect, verb};
use crate::sim::wire::json;
use crate::sim::world::Computer;
use axum::http::Uri;
use serde_json::Value as Json;

impl Jamf {
    pub(super) fn list(&self, uri: &Uri, version: u8) -> Answer {
        self.try_list(uri, version)
            .unwrap_or_else(Refusal::into_answer)
    }

    fn try_list(&self, uri: &Uri, version: u8) -> Result<Answer, Refusal> {
        let listing = Listing::read(uri)?;
        let sections = sections(&listing, version)?;
        self.note_bare_values(&listing);
        let sample = self
            .world()
            .with(|state| state.computers().into_iter().next());
        let known = |name: &str| {
            sample
                .as_ref()
                .is_none_or(|computer| field(computer, name, version).is_some())
        };
        if let Some(refusal) = listing.unknown_field(known) {
            return Err(refusal);
        }
        let mut found = self.candidates(&listing);
        let value = |computer: &Computer, name: &str| {
            field(computer, name, version).unwrap_or(Scalar::Nothing)
        };
        if let Some(filter) = &listing.filter {
            found.retain(|computer| filter.holds(&|one| value(computer, &one.field).meets(one)));
        }
        listing.sort(
            &mut found,
            "general.name:asc",
            |name| sorts(name, version),
            value,
        )?;
        let page = listing.page(&found, |computer| {
            record(computer, version, |section| {
                sections.iter().any(|s| s == section)
            })
        });
        Ok(json(200, &page))
    }

    /// The records to judge: those of the serials the filter insists on, or all.
    fn candidates(&self, listing: &Listing) -> Vec<Computer> {
        let serials = listing
            .filter
            .as_ref()
            .and_then(|filter| filter.only("hardware.serialNumber"));
        self.world().with(|state| match serials {
            Some(serials) => serials
                .iter()
                .flat_map(|serial| state.find_by_serial(serial))
                .collect(),
            None => state.computers(),
        })
    }

    /// A value without quotes is read, but one with a comma or a bracket in it would have changed the filter.
    fn note_bare_values(&self, listing: &Listing) {
        let bare = listing
            .filter
            .iter()
            .flat_map(|filter| filter.comparisons())
            .find(|one| {
                let plain = |text: &str| {
                    text.parse::<i64>().is_ok()
                        || ["true", "false"].contains(&text)
                        || crate::model::time::Time::parse(text).is_ok()
                };
                one.values
                    .iter()
                    .any(|value| !value.quoted && !plain(&value.text))
            });
        if let Some(one) = bare {
            self.ledger().violation(format!(
                "jamf: the filter's value for {} is not quoted",
                one.field
            ));
        }
    }

    /// One record with the sections the query names, or with all.
    pub(super) fn one(&self, uri: &Uri, id: &str, version: u8, all: bool) -> Answer {
        let listing = match Listing::read(uri) {
            Ok(listing) => listing,
            Err(refusal) => return refusal.into_answer(),
        };
        let sections = match sections(&listing, version) {
            Ok(sections) => sections,
            Err(refusal) => return refusal.into_answer(),
        };
        match self.computer(id) {
            None => no_such_computer(id),
            Some(computer) => json(
                200,
                &record(&computer, version, |section| {
                    all || sections.iter().any(|s| s == section)
                }),
            ),
        }
    }

    pub(super) fn computer(&self, id: &str) -> Option<Computer> {
        let id = id.parse().ok()?;
        self.world().with(|state| state.computer(id))
    }

    /// `general.managed` is the only field the world keeps; what else the body names is taken and forgotten.
    pub(super) fn patch(&self, id: &str, version: u8, body: &[u8]) -> Answer {
        let Ok(Json::Object(change)) = serde_json::from_slice::<Json>(body) else {
            return bad_query("The body is not a JSON object").into_answer();
        };
        let Some(computer) = self.computer(id) else {
            return no_such_computer(id);
        };
        let managed = change
            .get("general")
            .and_then(|general| general.get("managed"));
        if let Some(managed) = managed {
            let Some(managed) = managed.as_bool() else {
                return bad_query("general.managed must be a boolean").into_answer();
            };
            self.world()
                .with(|state| state.set_managed(computer.id, managed));
            self.ledger().record(
                Effect::new(self.now(), "jamf", verb::MARK, &computer.serial, body)
                    .detail(format!("managed={managed}")),
            );
        }
        if version > 1 {
            return empty(204);
        }
        match self.computer(id) {
            None => no_such_computer(id),
            Some(computer) => json(200, &record(&computer, version, |_| true)),
        }
    }
}

/// The sections asked for; only GENERAL when none is.
fn sections(listing: &Listing, version: u8) -> Result<Vec<String>, Refusal> {
    let wanted = listing.values("section");
    if let Some(stranger) = wanted.iter().find(|name| !has_section(name, version)) {
        return Err(bad_query(format!("Section {stranger} does not exist")));
    }
    if wanted.is_empty() {
        return Ok(vec!["GENERAL".to_owned()]);
    }
    Ok(wanted.into_iter().map(str::to_owned).collect())
}
