//! An event that ends the whole process is set aside the fourth time it comes, and everything else goes on.
//!
//! The pipeline here writes one column through a template that squares the length of what was sent, and the engine may
//! have a gigabyte: a text of sixty thousand letters is more than it can have, and nothing can catch that.

use super::events::{click, event};
use super::office::{Office, TOKEN};
use super::sender::{Line, request, send};
use crate::proofs::{alone, figure};
use drover::model::clock::real_now;
use drover::store::{EventState, Query};
use std::sync::Arc;
use tokio::runtime::Runtime;

const HARMLESS: &str = r#"uuid = "{{ event.host.uuid }}""#;
const SQUARING: &str = r#"uuid = "{{ event.host.uuid | replace('x', event.host.uuid) }}""#;

fn poison(proof: &str, others: usize) {
    let shipped = include_str!("../../../../assets/pipelines/jamf-to-fleet.toml");
    assert_eq!(shipped.matches(HARMLESS).count(), 1);
    let pipeline = shipped.replace(HARMLESS, SQUARING);
    let mut office = Office::of(&pipeline, "ulimit -v 1000000");
    let runtime = Runtime::new().unwrap();
    let body = click("POISON", 1, &real_now().to_string());
    let body = body.replace("309A4B7D-1122-4A5B-8C9D-000000000001", &"x".repeat(60_000));
    let deadly = request("migrate", TOKEN, "", body.as_bytes());
    let (mut ends, mut answers, mut taken) = (0, Vec::new(), 0);
    for lot in 0..6 {
        let posts = (0..others / 6).map(|nth| event("OTHER", lot * others + nth));
        let posts: Vec<Arc<[u8]>> = posts
            .map(|event| Arc::from(request(event.hook, TOKEN, "", event.body.as_bytes())))
            .collect();
        taken += posts.len();
        let address = office.address();
        let (told, answer) = runtime.block_on(async {
            let told = send(address, 8, None, Arc::new(posts), Arc::default()).await;
            (told, Line::new(address).ask(&deadly).await)
        });
        assert_eq!(told.count(200) + told.count(201), told.statuses.len());
        if let Some(answer) = answer {
            answers.push(answer.status);
        } else {
            office.after_its_end();
            ends += 1;
        }
    }
    let (rows, malformed) = office.look(|view| {
        let malformed = view.events(Some(EventState::Malformed), None, 10)?;
        Ok((view.count(&Query::all())? as usize, malformed))
    });
    figure(
        proof,
        &[
            ("others", &taken),
            ("ends", &ends),
            ("answers_then", &format!("{answers:?}").replace(' ', "")),
            ("rows", &rows),
            ("set_aside", &malformed.len()),
        ],
    );
    assert_eq!((ends, answers), (3, vec![400, 400, 400]));
    assert_eq!(rows, taken, "everything else went on");
    assert_eq!((malformed.len(), malformed[0].repeats), (1, 2));
    assert!(
        malformed[0].note.contains("drover ended 3 times"),
        "{}",
        malformed[0].note
    );
}

#[test]
fn an_event_that_ends_the_process_is_set_aside_the_fourth_time() {
    poison("flood.poison.short", 60);
}

#[test]
#[ignore = "takes minutes"]
fn an_event_that_ends_the_process_is_set_aside_and_a_thousand_others_go_on() {
    let _alone = alone();
    poison("flood.poison", 1_002);
}
