//! No secret is found anywhere but where it was put (`reliability.md` H3).
//!
//! Every slot of the configuration holds a secret that is like no other text, from every kind of source. Two scenes: a
//! stormy night with secrets that the services take; and secrets that they do not take, refused by services that repeat
//! all they were told. Then everything that was said, shown and kept is searched, in every spelling. The environment of a
//! process is not looked into: a source that is an environment variable stands there by its nature.

mod canary;
mod echo;
mod places;
mod scenes;

use self::canary::{Canary, Hit, Search};
use self::places::Place;
use crate::proofs::{alone, figure};
use std::collections::BTreeSet;
use std::time::Duration;

/// What a scene leaves: what was hidden, and all there is to be looked through.
struct Scene {
    name: &'static str,
    canaries: Vec<Canary>,
    /// Slots by the configuration's own word.
    slots: BTreeSet<String>,
    places: Vec<Place>,
}

/// The slots that the configuration's own code asks for: its keys, read from the source, so that a new one is missed here.
fn slots_in_source() -> Vec<String> {
    let mut keys = Vec::new();
    for source in crate::source::sources("src/config") {
        let text = std::fs::read_to_string(crate::source::top().join(&source.path)).unwrap();
        let code = text.split("#[cfg(test)]").next().unwrap();
        for rest in code.split(".secret(\"").skip(1) {
            keys.push(rest.split('"').next().unwrap().to_owned());
        }
    }
    keys.sort();
    keys
}

/// A slot without the name that its user chose.
fn plain(slot: &str) -> String {
    let parts: Vec<&str> = slot.split('.').collect();
    match parts[..] {
        ["connectors", "http", _, key] => format!("connectors.http.*.{key}"),
        _ => slot.to_owned(),
    }
}

fn judge(scenes: Vec<Scene>) {
    let slots: BTreeSet<String> = scenes
        .iter()
        .flat_map(|scene| scene.slots.iter().map(|slot| plain(slot)))
        .collect();
    let mut keys: Vec<String> = slots
        .iter()
        .map(|slot| slot.rsplit('.').next().unwrap().to_owned())
        .collect();
    keys.sort();
    assert_eq!(
        keys,
        slots_in_source(),
        "every slot has its canary: {slots:?}"
    );
    let (mut places, mut bytes, mut needles, mut hits): (usize, usize, usize, Vec<(&str, Hit)>) =
        Default::default();
    let (mut controls, mut controls_found) = (0, 0);
    for scene in &scenes {
        for slot in &scene.slots {
            assert!(
                scene.canaries.iter().any(|canary| canary.slot == *slot),
                "{slot} has no canary"
            );
        }
        let search = Search::new(&scene.canaries);
        needles += search.needles();
        places += scene.places.len();
        for (place, content) in &scene.places {
            bytes += content.len();
            hits.extend(
                search
                    .hits(place, content)
                    .into_iter()
                    .map(|hit| (scene.name, hit)),
            );
        }
        // The same search over the same places, each with one canary put in by hand: it cannot be blind.
        for (number, (place, content)) in scene.places.iter().enumerate() {
            let canary = &scene.canaries[number % scene.canaries.len()];
            let mut seeded = content.clone();
            let needle = &canary.needles()[number % canary.needles().len()];
            let middle = seeded.len() / 2;
            seeded.splice(middle..middle, needle.iter().copied());
            controls += 1;
            controls_found += usize::from(
                search
                    .hits(place, &seeded)
                    .iter()
                    .any(|hit| hit.slot == canary.slot),
            );
        }
    }
    let all: usize = scenes.iter().map(|scene| scene.canaries.len()).sum();
    figure(
        "canaries",
        &[
            ("scenes", &scenes.len()),
            ("slots", &slots.len()),
            ("canaries", &all),
            ("spellings", &needles),
            ("places", &places),
            ("bytes", &bytes),
            ("hits", &hits.len()),
            ("controls", &controls),
            ("controls_found", &controls_found),
        ],
    );
    assert_eq!(controls_found, controls, "the search is blind");
    assert!(hits.is_empty(), "{hits:#?}");
}

#[test]
fn no_secret_is_found_where_it_was_not_put() {
    judge(vec![
        scenes::night(
            &["--devices", "8", "--weather", "storm", "--seed", "5"],
            900,
            60,
            Duration::from_mins(1),
        ),
        scenes::refused(),
    ]);
}

/// `cargo test --release --test it -- --ignored proofs::canaries --nocapture`
#[test]
#[ignore = "takes minutes"]
fn no_secret_is_found_after_a_whole_night_in_a_storm() {
    let _alone = alone();
    judge(vec![
        scenes::night(
            &["--devices", "60", "--weather", "storm", "--seed", "6"],
            600,
            1_500,
            Duration::from_mins(3),
        ),
        scenes::refused(),
    ]);
}
