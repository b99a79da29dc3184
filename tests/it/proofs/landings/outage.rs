//! A service goes down while many rows want something of it, and comes back: nobody is failed for it, and it is not
//! stormed.

use super::deeds::Deed;
use super::office::{Chat, Office};
use crate::proofs::figure;
use crate::support::until;
use drover::model::time::Span;
use drover::sim::ledger::verb;
use drover::sim::scenario::Faults;
use drover::store::{AttemptState, StoreError};
use std::time::Duration;

const SPEED: f64 = 600.0;
/// Who post the wishes, at once.
const SENDERS: usize = 8;

/// So many rows want to be read anew while Fleet answers with a proxy's page for this long.
/// At most this share of the calls may be ones that failed.
pub(super) fn comes_back(proof: &str, (rows, most): (usize, f64), lasts: Span, limit: Duration) {
    let office = Office::open(SPEED, rows, Chat::Bot, false);
    let fleet = office.wire("fleet");
    let _life = office.engine();
    let calls_before = office.sim.report().ledger.calls;
    fleet.set_faults(Faults {
        pages: 1.0,
        ..Faults::default()
    });
    let began = fleet.clock().now();
    let serials = office.sim.serials();
    std::thread::scope(|scope| {
        for some in serials.chunks(rows.div_ceil(SENDERS)) {
            let office = &office;
            scope.spawn(move || {
                let wanted = some
                    .iter()
                    .filter_map(|serial| Deed::Refetch.row(office, serial));
                wanted.for_each(|row| office.wants(&row));
            });
        }
    });
    office.pause(lasts);
    fleet.set_faults(Faults::default());
    let back = fleet.clock().now();
    let lasted = back.since(began);
    until(limit, "every row is done", || {
        let done = office.look(|view| {
            let done = |serial: &String| {
                let row = view.row_by_key(serial)?;
                Ok(row.is_some_and(|row| !row.get("done_at").is_null()))
            };
            let all: Result<Vec<bool>, StoreError> = serials.iter().map(done).collect();
            Ok(all?.iter().all(|done| *done))
        });
        done.then_some(())
    });
    let calls = office.sim.report().ledger.calls - calls_before;
    let effects = office.effects();
    let landed: Vec<_> = effects
        .iter()
        .filter(|effect| effect.verb == verb::REFETCH)
        .collect();
    let first = landed[0].at.since(back);
    let attempts = office.look(|view| view.attempts(None, 100_000));
    let failed = attempts
        .iter()
        .filter(|attempt| attempt.state == AttemptState::Failed)
        .count();
    let share = failed as f64 / calls as f64;
    figure(
        proof,
        &[
            ("rows", &rows),
            ("outage_minutes", &(lasted.millis() / 60_000)),
            ("calls", &calls),
            ("failed_calls", &failed),
            ("retry_share", &format!("{share:.3}")),
            ("landed", &landed.len()),
            ("first_after_s", &(first.millis() / 1_000)),
            ("most_at_once", &fleet.most_open()),
        ],
    );
    assert_eq!(landed.len(), rows, "each landed once");
    // Those that were out when it began, and then one every three quarters of a minute.
    let trials = lasted.millis() as usize / 45_000 + 20;
    assert!(failed <= trials, "{failed} calls failed in {lasted}");
    assert!(share <= most, "{failed} of {calls} calls failed");
    assert!(fleet.most_open() <= 8, "{}", fleet.most_open());
}
