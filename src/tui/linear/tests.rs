//! Dialogues on a store with a night in it, from the lines that are heard to the lines that are told.

use super::dialogue::{Dialogue, Sides};
use super::hearing::listen;
use super::paper::Paper;
use crate::model::actor::Actor;
use crate::store::{Level, NewEntry, Reader, SwitchKind};
use crate::tui::run::Parts;
use crate::tui::settings::Settings;
use crate::tui::tests::world::{World, catalogue, pipeline};
use std::sync::mpsc::channel;

fn parts(world: &World, read_only: bool) -> Parts {
    let clock = world.clock.clone();
    Parts {
        reader: Reader::open(&world.path()).unwrap(),
        store: world.path(),
        pipeline: Some(pipeline()),
        catalogue: catalogue(),
        now: std::sync::Arc::new(move || clock.now()),
        settings: Settings {
            read_only,
            ..Settings::default()
        },
        at: None,
        demo: None,
    }
}

/// What is told when these lines are piped in.
fn told_by(parts: Parts, lines: &str) -> String {
    let (sender, heard) = channel();
    listen(lines.as_bytes(), &sender);
    drop(sender);
    let mut out = Vec::new();
    let sides = Sides {
        keyboard: false,
        once: false,
        width: || None,
    };
    let paper = Paper::new(&mut out, 80, false);
    let mut dialogue = Dialogue::new(parts, paper, heard, sides).unwrap();
    dialogue.run().unwrap();
    drop(dialogue);
    let told = String::from_utf8(out).unwrap();
    for line in told.lines() {
        let odd = |c: char| c.is_control() || ('\u{2500}'..='\u{28ff}').contains(&c);
        assert!(!line.contains(odd), "{line:?}");
        assert!(crate::tui::text::width(line) <= 80, "{line:?}");
    }
    told
}

fn told(world: &World, lines: &str) -> String {
    told_by(parts(world, false), lines)
}

#[test]
fn it_begins_with_the_four_answers() {
    let world = World::new(300);
    let told = told(&world, "");
    // What comes last names the folder.
    let (told, _) = told.split_once("  No: no engine runs on").unwrap();
    insta::assert_snapshot!("state", told);
    let calm = World::new(3);
    let told = told_by(parts(&calm, true), "");
    assert!(told.contains("read-only"), "{told}");
    assert!(told.contains("Nothing stands still"), "{told}");
}

#[test]
fn every_order_is_obeyed_in_words() {
    let world = World::new(60);
    let orders = "list\nmore\n2\nsort age\nfilter phase:Complete\nlist\nfilter nope:1\nfilter = serial =\n\
                  filter\nfaults\nstages\nlog 3\nhistory\ninbox\nwaves\nservices\nhelp\nC0200000Q\nno such row\nsort nothing\nquit\nlist\n";
    let told = told(&world, orders);
    let (_, told) = told.split_once("\n> ").unwrap();
    insta::assert_snapshot!("orders", told);
}

#[test]
fn a_number_means_the_row_it_was_told_for() {
    let world = World::new(30);
    let told = told(&world, "7\nlist\n21\nhold 30 --- why\nhold 1-0\n1\n");
    assert!(told.contains("\"7\" is no order"), "{told}");
    assert!(told.contains("\"21\" is no order"), "{told}");
    assert!(
        told.contains("not among the numbers told last, 1 to 20"),
        "{told}"
    );
    assert!(told.contains("device C0200000Q"), "{told}");
    assert_eq!(told.matches("asked.").count(), 2, "{told}");
}

#[test]
fn an_act_is_previewed_and_left_without_the_word() {
    let world = World::new(40);
    for (lines, parts) in [
        (
            "retry all --- again\n39\n",
            &[
                "40 rows: 1 will, 39 will not",
                "because: nothing has failed here",
                "It makes 2 calls to Fleet",
                "Cannot be called back once sent",
                "Type yes",
                "Nothing was asked.",
            ][..],
        ),
        (
            "skip transfer all --- x\nyes\n",
            &["40 rows: 40 will", "Type 40", "Nothing was asked."],
        ),
        ("hold C0200000Q\n\n", &["Why?", "Without a reason"]),
        (
            "hold C0200000Q\ndesk move\nno\n",
            &["Type yes", "Nothing was asked."],
        ),
        (
            "hold C0200000Q --- x\n",
            &["Type yes", "Nothing was asked."],
        ),
        (
            "hold C0200000Q --- x\nyes\n",
            &["start one with `drover run`"],
        ),
        ("hold\n", &["say which rows"]),
        (
            "hold c0200000q --- x\nyes\n",
            &["no row answers to \"c0200000q\""],
        ),
        ("filter nobody\nhold all --- x\nyes\n", &["say which rows"]),
        ("retry fault:9 --- x\n", &["no fault is called"]),
        ("faults\nretry fault:1 --- x\nno\n", &["1 row: 1 will"]),
        ("skip C0200000Q --- x\n", &["say which stage or ladder"]),
        (
            "skip transfer C0200000Q --- x\nno\n",
            &["Skip", "1 row: 1 will"],
        ),
        ("trigger transfer complete all --- x\n", &["name one stage"]),
        (
            "trigger transfer all --- x\nno\n",
            &["Trigger", "will not because"],
        ),
        (
            "remedy stuck_in_jamf C0200000Q --- x\nyes\n",
            &["0 will, 1 will not", "nothing to ask"],
        ),
        ("resume --- x\n", &["nothing is stopped"]),
        (
            "stop smoke\nyes\n",
            &["Nothing more is sent", "start one with"],
        ),
    ] {
        let told = told(&world, lines);
        for part in parts {
            assert!(told.contains(part), "\"{part}\" after {lines}:\n{told}");
        }
    }
}

#[test]
fn a_read_only_console_refuses_every_act() {
    let world = World::new(5);
    for (verb, rows) in super::orders::ACTS {
        let line = format!("{verb} {} --- x\nyes\n", if *rows { "all" } else { "" });
        let told = told_by(parts(&world, true), &line);
        assert!(told.contains("this console is read-only"), "{verb}: {told}");
        assert!(!told.contains("Type"), "{verb}: {told}");
    }
}

#[test]
fn what_is_stopped_or_braked_lets_nobody_sleep() {
    let world = World::new(5);
    assert!(told(&world, "").contains("No: no engine runs"));
    world.write(|tx| {
        let anna = Actor::Person("anna".into());
        tx.set_switch(SwitchKind::Stop, "*", true, "looks wrong", &anna)?;
        tx.set_switch(SwitchKind::Brake, "transfers", true, "5 of 9 failed", &anna)?;
        tx.set_switch(SwitchKind::Stage, "transfer", false, "desk move", &anna)
    });
    let told = told(&world, "");
    for part in [
        "all sending was stopped by anna",
        "The brake transfers was tripped",
        "Host transfer was switched off by anna",
        "No: all sending is stopped.",
        "No: a brake was tripped",
    ] {
        assert!(told.contains(part), "{part}:\n{told}");
    }
}

#[test]
fn the_log_is_followed_until_a_line_is_heard() {
    let world = World::new(5);
    let (sender, heard) = channel();
    let (mut reading, writing) = std::io::pipe().unwrap();
    let parts = parts(&world, false);
    let dialogue = std::thread::spawn(move || {
        let sides = Sides {
            keyboard: true,
            once: false,
            width: || None,
        };
        let paper = Paper::new(writing, 80, false);
        Dialogue::new(parts, paper, heard, sides).unwrap().run()
    });
    let mut told = String::new();
    let mut wait_for = |part: &str| {
        while !told.contains(part) {
            let mut bytes = [0; 4096];
            let count = std::io::Read::read(&mut reading, &mut bytes).unwrap();
            assert!(count > 0, "no \"{part}\" in:\n{told}");
            told.push_str(&String::from_utf8_lossy(&bytes[..count]));
        }
    };
    let line = |text: &str| {
        sender
            .send(super::hearing::Heard::Line(text.into()))
            .unwrap();
    };
    line("follow");
    wait_for("enter ends it");
    world.write(|tx| {
        tx.say(NewEntry {
            level: Level::Warning,
            source: "transfer".into(),
            row: None,
            text: "refused \u{1b}[31mred".into(),
        })
    });
    wait_for("warning, transfer: refused");
    line("");
    wait_for("no longer followed");
    line("quit");
    dialogue.join().unwrap().unwrap();
}

#[test]
fn checks_waves_and_the_pipelines_own_acts_are_told_and_asked_in_words() {
    use crate::tui::tests::handover::handover;
    let world = handover();
    world.write(|tx| {
        let why = "6 failures in 10m";
        tx.set_switch(SwitchKind::Brake, "silence", true, why, &Actor::Engine)
    });
    let parts = Parts {
        pipeline: Some(world.pipeline.clone()),
        ..parts(&world, false)
    };
    let orders = "checks\nwaves\nstages\nact\nact nope M0260\nact roll_back M0260 M0001 --- silent\nno\n\
                  act \"Roll back to the old server\" M0260\n\n";
    let told = told_by(parts, orders);
    let (night, orders) = told.split_once("\n> ").unwrap();
    for said in [
        "The brake silence was tripped 0s ago: 6 failures in 10m. Hand over takes no",
        "Hand over takes no rows: the check TLS certificate of the old name is failed",
        "To change: Add mdm.old.example",
        "Waves: 10 % proven; 50 % open: 212 of 218 settled, 6 of them rolled back.",
        "The wave 100 % opens after 50 %, 2h later.",
        "No: the check TLS certificate of the old name fails; checks tells what to",
    ] {
        assert!(
            night.replace("\n    ", " ").contains(said),
            "\"{said}\" in\n{night}"
        );
    }
    insta::assert_snapshot!("standing", orders);
}
