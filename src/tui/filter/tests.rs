//! What is typed, asked of a real store.

use super::*;
use crate::store::Reader;
use crate::tui::data::{List, ListWant, Names};
use crate::tui::tests::world::{World, midnight, pipeline};
use std::sync::Arc;

const ROWS: usize = 70;

struct Asker {
    reader: Reader,
    names: Names,
}

impl Asker {
    fn new(world: &World) -> Self {
        Self {
            reader: Reader::open(&world.path()).unwrap(),
            names: Names::new(Some(Arc::new(pipeline()))),
        }
    }

    /// How many rows match, or the sentence why that cannot be said.
    fn count(&self, typed: &str) -> Result<usize, String> {
        let condition = read(typed, self.reader.shape(), &self.names)?;
        let want = ListWant {
            condition,
            order: Vec::new(),
        };
        let look = self
            .reader
            .look_at(midnight(), |view| List::read(view, &want, None));
        let list = look.map_err(|error| error.to_string())?;
        list.fault.map_or(Ok(list.ids.len()), Err)
    }

    fn complete(&self, before: &str) -> Completion {
        complete(
            before,
            self.reader.shape(),
            &self.names,
            &["it".into(), "first floor".into()],
        )
    }
}

/// What is typed, and how many of the rows match.
const PARTS: &[(&str, usize)] = &[
    ("", 70),
    ("=", 70),
    ("= fleet_id = 150", 1),
    ("c02", 70),
    ("\"mac 7\"", 1),
    ("computer_name:=\"mac 7\"", 1),
    ("Name:mac", 70),
    ("NAME:\"Mac 69\"", 1),
    ("o'neil", 9),
    ("müller", 8),
    ("100%", 1),
    ("%", 1),
    ("c_2", 0),
    ("\\", 0),
    // Columns of every type, by name and by title.
    ("fleet_id:150", 1),
    ("\"fleet id\":>100", 1),
    ("FleetID:<=149", 0),
    ("fleet_id:none", 69),
    ("online:yes", 56),
    ("fleet_online:no", 14),
    ("\"in fleet's mdm\":yes", 30),
    ("asked:>2h", 60),
    ("asked:<2h", 0),
    ("requested_at:none", 10),
    ("requested_at:2026-03-02", 60),
    ("idle:>1m", 70),
    ("idle:<1m", 0),
    // Beside the columns.
    ("phase:\"In Jamf\"", 10),
    ("phase:in", 30),
    ("phase:none", 0),
    ("wave:it", 1),
    ("wave:IT", 1),
    ("wave:\"it's 100%\"", 1),
    ("wave:none", 68),
    ("wave:", 68),
    ("stage:transfer/waiting", 4),
    ("stage:\"host transfer\"/waiting", 4),
    ("stage:trans/waiting", 4),
    ("stage:removal/running", 2),
    ("is:running", 2),
    ("is:waiting", 4),
    ("held:yes", 2),
    ("held:no", 68),
    ("is:held", 2),
    ("is:unknown", 0),
    ("is:done", 10),
    ("is:begun", 60),
    ("fault:any", 2),
    ("fault:none", 68),
    ("fault:maintainer", 2),
    ("fault:\"role 403\"", 2),
    ("fault:forbidden", 2),
    ("fault:timeout", 0),
];

#[test]
fn each_part_lets_its_rows_through_and_no_others() {
    let world = World::new(ROWS);
    world.write(|tx| {
        let cause = crate::store::Cause::Schedule;
        tx.set_wave(crate::model::row::RowId(1), Some("it"), &cause)?;
        tx.set_wave(crate::model::row::RowId(2), Some("it's 100%"), &cause)?;
        let id = [(
            "fleet_id".to_owned(),
            crate::model::value::Value::Integer(150),
        )]
        .into();
        tx.set(crate::model::row::RowId(3), &id, &cause).map(|_| ())
    });
    let asker = Asker::new(&world);
    let count = |typed: &str| {
        asker
            .count(typed)
            .unwrap_or_else(|why| panic!("{typed}: {why}"))
    };
    for (typed, rows) in PARTS {
        assert_eq!(count(typed), *rows, "{typed}");
        // Turned round, the others.
        let word = !typed.is_empty() && !typed.starts_with('=');
        if word {
            assert_eq!(count(&format!("!{typed}")), ROWS - *rows, "!{typed}");
        }
    }
    let group = asker.reader.look(|view| view.faults()).unwrap()[0]
        .id
        .clone();
    assert_eq!(count(&format!("fault:{group}")), 2);
    assert_eq!(count(&format!("fault:{group} is:held !wave:it c02")), 2);
    assert!(count("stage:transfer") > count("stage:transfer/queued"));
    assert!(count("is:moving") > 0);
}

#[test]
fn what_is_not_understood_is_explained_with_the_nearest() {
    let world = World::new(3);
    let asker = Asker::new(&world);
    for (typed, why) in [
        ("nope:1", "no column \"nope\""),
        ("asigned_user:x", "did you mean assigned_user?"),
        ("fault_id:1", "no column"),
        ("Asekd:>1h", "did you mean Asked?"),
        ("https://x", "quotes keep a colon"),
        ("fleet_id:many", "fleet_id is a number"),
        ("online:maybe", "yes or no"),
        ("held:maybe", "held:yes or held:no"),
        ("asked:>soon", "no age"),
        ("idle:2h", "idle:>2h"),
        ("idle:>soon", "idle:>2h"),
        ("stage:trnsfer", "did you mean transfer?"),
        ("stage:re", "may be removal or removal_check"),
        ("stage:transfer/hold", "did you mean held?"),
        ("stage:", "which stage?"),
        ("is:hold", "did you mean held?"),
        ("= nope = 1", "no such column"),
        ("= id IN (SELECT row FROM hold)", "subquery"),
    ] {
        let said = asker.count(typed).expect_err(typed);
        assert!(said.contains(why), "{typed}: {said}");
    }
    // Without a pipeline the columns' names and the store's word remain.
    let bare = Names::default();
    let shape = asker.reader.shape();
    assert!(read("assigned_user:x stage:anything", shape, &bare).is_ok());
    assert!(read("User:x", shape, &bare).is_err());
    assert!(
        read("is:done", shape, &bare)
            .unwrap_err()
            .contains("pipeline file")
    );
}

#[test]
fn tab_knows_names_and_values() {
    let world = World::new(1);
    let asker = Asker::new(&world);
    for (before, from, words) in [
        ("", 0, &[][..]),
        ("sta", 0, &["stage:"][..]),
        ("x !sta", 3, &["stage:"]),
        (
            "c02 stage:removal_",
            10,
            &[
                "removal",
                "removal_check",
                "removal_failed",
                "removal_silent",
            ],
        ),
        ("stage:transfer/h", 6, &["transfer/held"]),
        ("wave:", 5, &["it", "\"first floor\"", "none"]),
        ("wave:\"fi", 5, &["\"first floor\""]),
        ("fleet_online:", 13, &["yes", "no", "none"]),
        ("is:h", 3, &["held"]),
        ("= sta", 0, &[]),
        ("nope:x", 5, &[]),
    ] {
        let found = asker.complete(before);
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        assert_eq!(
            (found.words, found.from * usize::from(!words.is_empty())),
            (words.clone(), from * usize::from(!words.is_empty())),
            "{before}"
        );
    }
    assert_eq!(
        asker.complete("phase:in").word("in").as_deref(),
        Some("\"In production\"")
    );
    assert_eq!(
        asker.complete("stage:r").word("r").as_deref(),
        Some("removal")
    );
    assert_eq!(
        asker.complete("stage:removal").word("removal").as_deref(),
        Some("removal")
    );
    // By its title, a column's name.
    assert!(
        asker
            .complete("asked")
            .words
            .contains(&"requested_at:".to_owned())
    );
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 200, ..Default::default() })]
    #[test]
    fn whatever_is_typed_is_only_ever_text(
        typed in "[a-z'\"%_\\\\;:!()@?=<>/ \u{0}-]{0,24}",
        name in proptest::sample::select(vec!["", "serial:", "phase:", "wave:", "fault:", "stage:", "fleet_id:"]),
    ) {
        thread_local!(static ASKER: (World, Asker) = {
            let world = World::new(2);
            let asker = Asker::new(&world);
            (world, asker)
        });
        let line = format!("{name}{typed}");
        proptest::prop_assume!(!line.trim().starts_with('='));
        ASKER.with(|(_, asker)| {
            // What cannot be understood is said here; what is handed on the store always understands.
            if read(&line, asker.reader.shape(), &asker.names).is_ok() {
                let found = asker.count(&line);
                assert!(found.is_ok(), "{line}: {found:?}");
            }
            asker.complete(&line);
        });
    }
}
