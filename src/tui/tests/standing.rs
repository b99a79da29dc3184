//! Checks, waves with a proof, mirrors and the pipeline's own acts, as the console tells them.

use super::handover::{HALF, check, handover, prove};
use super::keys::every_key;
use super::world::{Console, World};
use crate::model::actor::Actor;
use crate::model::row::RowId;
use crate::model::time::Span;
use crate::store::*;
use crate::tui::data::TopicWant;
use crate::tui::event::Event;
use crate::tui::look::{Look, ThemeName};
use crate::tui::state::Screen;

pub fn has(console: &Console, said: &[&str]) {
    let text = console.text();
    for said in said {
        assert!(text.contains(said), "\"{said}\" is missing in\n{text}");
    }
}

fn has_not(console: &Console, said: &str) {
    let text = console.text();
    assert!(!text.contains(said), "\"{said}\" is in\n{text}");
}

fn trip(world: &World) {
    world.write(|tx| {
        let why = "6 failures in 10m";
        tx.set_switch(SwitchKind::Brake, "silence", true, why, &Actor::Engine)
    });
}

fn fail_mirror(world: &World) {
    world.write(|tx| {
        let mut mirror = MirrorRecord {
            name: "split".into(),
            state: MirrorState::Failed,
            since: tx.now().minus(Span::from_mins(3)),
            told_at: Some(tx.now().minus(Span::from_mins(4))),
            told: String::new(),
            result: serde_json::json!({"percentage": 10}),
            text: String::new(),
        };
        mirror.text = "the proxy at 127.0.0.3 refused the token (401): set it anew".into();
        tx.set_mirror(&mirror)
    });
}

/// Every check is ok, and was asked just now.
fn mend(world: &World) {
    world.write(|tx| {
        ["scep", "certificate", "proxy"]
            .into_iter()
            .try_for_each(|name| check(tx, name, CheckState::Ok, (10, 1), ("fine", "")))
    });
}

#[test]
fn the_waves_the_checks_and_what_they_keep_back_at_four_sizes() {
    let world = handover();
    trip(&world);
    for size in [(40, 12), (80, 24), (120, 40), (220, 60)] {
        let mut console = world.console(size);
        for (name, keys) in [
            ("main", ""),
            ("stages", "2"),
            ("waves", "7 j j"),
            ("checks", "0"),
            ("check", "0 enter"),
            ("dossier", "1 G enter"),
        ] {
            console.begin(size);
            console.press(keys);
            let name = format!("standing-{name}-{}x{}", size.0, size.1);
            insta::assert_snapshot!(name, console.text());
        }
    }
}

#[test]
fn the_waves_say_how_far_each_is_and_what_opens_the_next() {
    let world = handover();
    let mut console = world.console((220, 60));
    console.press("7 j j");
    let (answer, rolled) = HALF;
    let settled = answer + rolled;
    has(
        &console,
        &[
            &format!("10 % proven; 50 % open: {settled} of 218 settled, 6 of them rolled back"),
            "Answers at",
            "opened 50m ago by drover",
            "after 50 %, 2h later",
            "212 of 218: Answers at the new server 206; Rolled back 6; still open 6",
            "not yet: it is once every row of it is settled",
            "opened    50m ago by drover: w10 is proven for 2h",
            "✓ Split of the proxy  told 4s ago: percentage 10 · listed 1,212 · replicas 2",
            "d acts on its rows",
        ],
    );
    has_not(&console, "brake");
    has_not(&console, "in no wave");
    console.press("k k");
    has(
        &console,
        &[
            "proven    5h 00m ago (19:10): 5 of 5 settled",
            "by anna: as agreed",
        ],
    );
}

#[test]
fn a_wave_that_waits_for_its_pause_says_when_it_opens() {
    let world = handover();
    prove(&world, "w50", "218 of 218 settled");
    mend(&world);
    for size in [(80, 24), (220, 60)] {
        let mut console = world.console(size);
        has(&console, &["wave 100 % opens 02:10"]);
        console.press("7 G");
        has(
            &console,
            &[
                "50 % proven; 100 % opens at 02:10",
                "opens     at 02:10, in 2h 00m",
            ],
        );
    }
    // A row of it says the same.
    let mut console = world.console((120, 40));
    console.press("G enter");
    has(
        &console,
        &[
            "waits for wave 100 % to open (Hand over), in 2h 00m",
            "Hand over  waits for wave 100 %",
            "next    Hand over once the wave 100 % is open, in 2h 00m",
        ],
    );
    trip(&world);
    let mut console = world.console((120, 40));
    has(&console, &["wave 100 % kept shut", "brake silence"]);
    console.press("7 G");
    has(
        &console,
        &[
            "B releases the brake Macs fall silent, tripped 0s ago: 6 failures in 10m; Hand over is stopped; no wave",
            "opens     once no brake is on",
        ],
    );
}

#[test]
fn a_mirror_that_is_not_taken_says_why_and_calls_somebody() {
    let world = handover();
    mend(&world);
    fail_mirror(&world);
    let mut console = world.console((120, 40));
    has(&console, &["Split of the proxy not told: 7"]);
    console.press("7");
    has(
        &console,
        &[
            "✗ Split of the proxy  failed for 3m: the proxy at 127.0.0.3 refused the token (401): set it anew; last taken 4m",
        ],
    );
}

#[test]
fn a_failed_check_that_keeps_a_stage_back_is_an_alarm_with_its_key() {
    let world = handover();
    for (size, said) in [
        ((40, 12), "! check fails: 0"),
        ((80, 24), "! check fails: TLS certificate of the…: 0"),
        (
            (120, 40),
            "! check fails: TLS certificate of the old name: 0",
        ),
    ] {
        let console = world.console(size);
        let header = console.text().lines().nth(1).unwrap().to_owned();
        assert!(header.contains(said), "{said}: {header}");
    }
    let console = world.console((80, 24));
    has(
        &console,
        &[
            "wave 50 %: 212/218",
            "Hand over waits for: TLS certificate of the old name",
        ],
    );
    has_not(&world.console((40, 12)), "wave 50 %");
    let mut console = world.console((120, 40));
    has(
        &console,
        &[
            "✗ check",
            "Hand over waits for: TLS certificate of the old n",
        ],
    );
    console.press("2");
    has(
        &console,
        &["Hand over waits for: TLS certificate of the old n"],
    );
    mend(&world);
    world.write(|tx| {
        let said = ("no answer", "Look.");
        check(tx, "proxy", CheckState::Unknown, (25, 5), said)
    });
    has(&world.console((120, 40)), &["nothing needs you", "? check"]);
    world.write(|tx| {
        let said = ("no answer", "Look.");
        check(tx, "proxy", CheckState::Unknown, (45, 5), said)
    });
    has(
        &world.console((120, 40)),
        &["! check unknown: The proxy answers: 0"],
    );
    mend(&world);
    let console = world.console((120, 40));
    has(&console, &["nothing needs you"]);
    has_not(&console, "waits for: ");
    has_not(&console, "✗ check");
}

#[test]
fn checks_come_failed_first_and_what_is_old_is_not_relied_on() {
    let world = handover();
    let mut console = world.console((120, 40));
    console.press("0");
    let text = console.text();
    let place = |said: &str| {
        text.find(said)
            .unwrap_or_else(|| panic!("{said} in\n{text}"))
    };
    let order = [
        "✗ TLS certificate of the old name",
        "? Public resolvers 東京",
        "? The proxy answers",
        "· Nobody is unknown",
        "· DNS of the old name",
        "✓ SCEP fingerprint",
    ];
    let places: Vec<usize> = order.iter().map(|said| place(said)).collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
    has(
        &console,
        &[
            "checks: 1 failed, 1 unknown, 1 stale, 1 not asked yet, 1 not due, 1 ok",
            "failed for 12m",
            "stale for 6m",
            "12s ago, every 1m",
            "change     Add mdm.old.example to the certificate",
            "holds back Hand over",
        ],
    );
    console.press("/");
    console.type_text("!ok");
    console.press("enter");
    has_not(&console, "✓ SCEP fingerprint");
    console.press("esc enter");
    assert!(matches!(console.state.screen(), Screen::Check { name, .. } if name == "certificate"));
    has(
        &console,
        &[
            "check: TLS certificate of the old name",
            "found      mdm.old.example",
            "after      SCEP fingerprint",
            "before     DNS of the old name",
            "about      Macs keep asking",
            "asks       its handshake at the new endpoint",
        ],
    );
    console.press("esc G enter");
    has(&console, &["for        Hand over"]);
}

#[test]
fn checks_are_read_only_while_their_screen_is_open() {
    let world = handover();
    let mut console = world.console((80, 24));
    assert_eq!(console.state.want().topic, None);
    console.press("C");
    let search = String::new();
    assert_eq!(
        console.state.want().topic,
        Some(TopicWant::Checks { search })
    );
    console.press("esc");
    assert_eq!(console.state.want().topic, None);
}

#[test]
fn a_dossier_shows_the_checks_of_its_stage_and_why_it_is_not_taken() {
    let world = handover();
    // A row of the open wave that is not handed over yet.
    world.write(|tx| {
        let values = ["moved_at", "answers_at"];
        let values = values.map(|name| (name.to_owned(), crate::model::value::Value::Null));
        tx.set(RowId(46), &values.into(), &Cause::Schedule)
            .map(|_| ())
    });
    let mut console = world.console((120, 60));
    console.press("/");
    console.type_text("M0046");
    console.press("enter");
    has(&console, &["waits for the check TLS certificate of the"]);
    console.press("enter");
    has(
        &console,
        &[
            "does not go on by itself",
            "now     waits for the check TLS certificate of the old name, which fails (Hand over)",
            "next    Hand over once the check \"TLS certificate of the old name\" is ok",
            "Hand over  waits for a check",
            "✓ check: SCEP fingerprint",
            "✗ check: TLS certificate of the old name",
            "to change: Add mdm.old.example",
            "? check: The proxy answers — stale: version 1.4",
        ],
    );
    trip(&world);
    let mut console = world.console((120, 60));
    console.press("/");
    console.type_text("M0046");
    console.press("enter enter");
    has(&console, &["stopped by the brake Macs fall silent"]);
    mend(&world);
    let now = world.clock.now();
    let by = Actor::Engine;
    world.write(move |tx| tx.set_switch(SwitchKind::Brake, "silence", false, "fine", &by));
    console.now = now;
    console.refresh();
    has(&console, &["its turn: Hand over"]);
}

#[test]
fn opening_a_wave_before_its_turn_says_so() {
    let world = handover();
    let mut console = world.console((120, 40));
    console.press("7 G o");
    has(
        &console,
        &[
            "Open wave Everybody",
            "It follows 50 %, which is not proven yet: 6 devices of it not settled.",
        ],
    );
}

#[test]
fn every_key_on_the_new_screens_is_harmless() {
    let world = handover();
    let places = [
        "0",
        "0 enter",
        "7 j j",
        "7 j j d",
        "7 j j d enter",
        "d",
        ": r o l l",
    ];
    every_key(&world, (80, 24), &places);
    every_key(&world, (40, 12), &places[..4]);
}

#[test]
fn screens_of_any_size_draw_with_and_without_colour() {
    let world = handover();
    trip(&world);
    fail_mirror(&world);
    for size in [
        (1, 1),
        (40, 12),
        (64, 19),
        (79, 20),
        (100, 30),
        (160, 25),
        (300, 100),
    ] {
        for (ascii, keys) in [
            (false, ["", "7 j j", "0 j", "0 enter"]),
            (true, ["", "7 j j", "0 j", "0 enter"]),
        ] {
            for keys in keys {
                let mut console = world.console(size);
                if ascii {
                    console.state.facts.look = Look::new(ThemeName::Mono, true, false).unwrap();
                }
                console.press(keys);
                let text = console.text();
                let widest = text.lines().map(crate::tui::text::width).max();
                assert!(
                    widest.unwrap_or(0) <= usize::from(size.0),
                    "{size:?} {keys}"
                );
                let odd = |c: &char| !c.is_ascii() && !"東京×…\u{b7}".contains(*c);
                let odd: String = text.chars().filter(|c| ascii && odd(c)).collect();
                assert_eq!(odd, "", "{size:?} {keys}\n{text}");
                assert!(!text.contains(['\u{1b}', '\u{202e}']), "{size:?} {keys}");
            }
        }
    }
    let mut console = world.console((120, 40));
    console.press("0 enter");
    console.event(Event::Resize(40, 12));
    console.press("G k j");
    has(&console, &["check: TLS"]);
}
