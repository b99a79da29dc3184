//! Without any tool: the log's tail is torn off at every length, and what is left is a beginning of what was written.

use super::disk::Image;
use super::found::Desk;
use super::record::found;
use crate::support::{Company, Line};
use drover::pipeline::parse;

/// How much of the log is torn off, sector by sector.
const SECTORS: usize = 48;

/// One sender that waits for each answer: so whatever is found must hold the marks 1, 2, … up to some mark, and nothing
/// after a gap. The engine is killed so that the log stays as it was.
#[test]
fn a_log_torn_off_anywhere_holds_the_beginning_of_what_was_acknowledged() {
    let company = Company::open(60, &["--devices", "2"]);
    let engine = company.engine();
    let target = format!("/hooks/activity?token={}", company.token());
    let mut line = Line::to(company.hooks);
    const EVENTS: u64 = 40;
    for mark in 1..=EVENTS {
        let body = format!(r#"{{"type":"edited_script","mark":{mark}}}"#);
        let status = line.post(&target, body.as_bytes());
        assert_eq!(status, Some(200), "event {mark}");
    }
    engine.kill();
    let whole = found(&company.path(""));
    let text = std::fs::read_to_string(company.path("jamf-to-fleet.toml")).unwrap();
    let desk = Desk::for_stores_of(&parse("jamf-to-fleet.toml", &text).unwrap());
    let mut known = EVENTS;
    for torn in 0..SECTORS {
        let mut image: Image = whole.clone();
        let log = image.get_mut("drover.db-wal").unwrap();
        log.truncate(log.len().saturating_sub(torn * 512));
        let finding = desk.look(&image);
        assert!(finding.damage.is_empty(), "{torn}: {:?}", finding.damage);
        let last = finding.marks.last().copied().unwrap_or_default();
        assert!(
            finding.marks.iter().copied().eq(1..=last),
            "{torn}: a gap in {:?}",
            finding.marks
        );
        assert!(last <= known, "{torn}: less of the log holds more");
        assert!(torn > 0 || last == EVENTS, "whole, it holds all: {last}");
        known = last;
    }
    assert!(known < EVENTS, "the last commit was reached");
}
