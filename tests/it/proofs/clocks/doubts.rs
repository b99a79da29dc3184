//! What ends a doubt about the time, each cause alone.

use super::night::{Night, at};
use drover::control::protocol::Request;
use drover::model::time::Span;

#[test]
fn a_jump_stops_sending_until_services_bear_out_one_time() {
    let night = Night::begin(at("02T21:00:00"), "05:00", 0);
    assert_eq!(night.why(), None);
    night.witness.silence(true);
    night.pass(Span::from_secs(1));
    // By the wall the window is open.
    night.town.set_wall(2 * 3_600_000);
    night.world.wants("r1");
    night.pass(Span::from_secs(10));
    let why = night.why().unwrap();
    assert!(
        why.contains("jumped by +2h") && why.contains("drover resume"),
        "{why}"
    );
    night.pass_until(at("02T22:10:00"));
    assert!(
        night.witness.sends().is_empty(),
        "no service has said who is right"
    );
    night.witness.silence(false);
    night.pass(Span::from_secs(10));
    night.until_sent(1);
    assert_eq!(night.why(), None, "the count was right");
    assert_eq!(night.world.said("2h ahead: set it"), 1);
    night.town.set_wall(0);
    night.pass(Span::from_secs(10));
    night.world.until("the word that it is right", |world| {
        (world.said("is right again") == 1).then_some(())
    });
}

#[test]
fn a_clock_that_was_wrong_from_the_start_sends_nothing_and_spoils_no_record() {
    // By the wall it is eleven at night of the day after.
    let night = Night::begin(at("02T21:00:00"), "05:00", 26 * 3_600_000);
    let why = night.why().unwrap();
    assert!(why.contains("1d 2h ahead by that of Svc"), "{why}");
    let row = night.world.wants("r1");
    night.pass_until(at("02T22:30:00"));
    assert!(night.witness.sends().is_empty());
    let made = night
        .world
        .look(move |view| view.row(row))
        .unwrap()
        .created_at;
    assert!(made < at("02T21:01:00"), "{made}");
    night.town.set_wall(0);
    night.pass(Span::from_secs(10));
    night.until_sent(1);
    assert_eq!(night.why(), None);
}

#[test]
fn with_nobody_to_ask_an_operators_word_ends_the_doubt() {
    let mut night = Night::asleep(at("02T22:10:00"), "05:00");
    night.witness.silence(true);
    night.start();
    night.world.wants("r1");
    night.pass_until(at("02T22:30:00"));
    let why = night.why().unwrap();
    assert!(why.contains("no service has told its time"), "{why}");
    assert!(night.witness.sends().is_empty());
    night.world.obeys(Request::Resume {
        reason: "my watch says so too".into(),
    });
    night.until_sent(1);
    assert_eq!(night.why(), None);
}

#[test]
fn a_clock_behind_the_stores_own_records_is_told_so() {
    let mut night = Night::begin(at("02T22:10:00"), "05:00", 0);
    night.world.stop();
    night.witness.silence(true);
    night.town.set_wall(-5 * 3_600_000);
    night.start();
    night.pass(Span::from_secs(20));
    let why = night.why().unwrap();
    assert!(
        why.contains("the store has records of 2026-03-02T22:1"),
        "{why}"
    );
    night.town.set_wall(0);
    night.witness.silence(false);
    night.pass(Span::from_secs(20));
    night.until_believed();
}

#[test]
fn a_machine_that_slept_through_the_window_sends_nothing_when_it_wakes() {
    let night = Night::begin(at("02T21:30:00"), "05:00", 0);
    for row in 0..8 {
        night.world.wants(&format!("r{row}"));
    }
    night.town.sleep(Span::from_hours(8));
    night.settle();
    assert_eq!(night.world.said("this machine slept for 8h"), 1);
    night.pass(Span::from_secs(10));
    night.until_believed();
    assert!(night.witness.sends().is_empty());
    night.pass_until(at("03T22:00:10"));
    night.until_sent(8);
}

#[test]
fn a_machine_that_wakes_within_the_window_asks_for_the_time_before_it_sends() {
    let night = Night::begin(at("02T21:30:00"), "05:00", 0);
    night.world.wants("r1");
    night.witness.silence(true);
    night.town.sleep(Span::from_hours(1));
    night.settle();
    let why = night.why().unwrap();
    assert!(why.contains("this machine slept for 1h"), "{why}");
    assert!(night.witness.sends().is_empty());
    night.witness.silence(false);
    // What was about to be sent as it fell asleep stands aside for half a minute.
    night.pass(Span::from_secs(40));
    night.until_sent(1);
    assert_eq!(night.why(), None);
}
