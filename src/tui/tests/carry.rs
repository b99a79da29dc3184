//! What is carried out of the console: to the clipboard, to files, to whoever is not looking.

use super::world::{Console, World};
use crate::store::{Level, NewEntry};
use crate::tui::data::{Export, ExportError, Sheet};
use crate::tui::event::{Effect, Engine, Event};
use crate::tui::state::Mode;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

/// Performs what was to be collected or written, as the console does on other threads.
fn perform(world: &World, console: &mut Console) {
    for effect in std::mem::take(&mut console.effects) {
        match effect {
            Effect::Collect(collect) => {
                let found = collect.read(&world.path(), console.now);
                let found = found.map_err(|error| error.to_string());
                console.event(Event::Collected(found));
            }
            Effect::Export(export) => {
                let names = console.state.facts.names.clone();
                let written = export.run(&world.path(), &names, console.now);
                console.event(Event::Exported(written));
            }
            other => console.effects.push(other),
        }
    }
}

fn copied(console: &mut Console) -> Option<String> {
    let found = console.effects.pop();
    match found {
        Some(Effect::Copy(text)) => Some(text),
        _ => None,
    }
}

fn said(console: &Console) -> &str {
    console.state.flash.as_ref().map_or("", |flash| &flash.text)
}

fn key_at(console: &Console, at: usize) -> String {
    let id = console.state.data.list.ids[at];
    console.state.data.lines[&id].row.key.clone()
}

#[test]
fn the_key_of_the_row_and_of_the_marked_rows_is_copied() {
    let world = World::new(300);
    let mut console = world.console((120, 40));
    console.press("j y");
    assert_eq!(copied(&mut console), Some(key_at(&console, 1)));
    assert_eq!(
        said(&console),
        "sent 9 B to the terminal's clipboard: 1 serial"
    );
    let first = key_at(&console, 0);
    console.press("* y");
    perform(&world, &mut console);
    let all = copied(&mut console).unwrap();
    assert_eq!(all.lines().count(), 300);
    assert_eq!(all.lines().next(), Some(first.as_str()));
    assert_eq!(
        said(&console),
        "sent 2,999 B to the terminal's clipboard: 300 serials"
    );
    console.press("/");
    console.type_text("phase:Complete");
    console.press("enter y");
    perform(&world, &mut console);
    assert!(said(&console).ends_with(": 300 serials, 258 of them hidden by the filter"));
}

#[test]
fn everything_about_a_row_is_copied_as_lines_and_the_dossier_as_its_page() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    console.press("Y");
    let row = copied(&mut console).unwrap();
    let key = key_at(&console, 0);
    assert!(
        row.lines().any(|line| line == format!("serial: {key}")),
        "{row}"
    );
    assert!(row.lines().all(|line| line.contains(": ")), "{row}");
    console.press("enter y");
    assert_eq!(copied(&mut console), Some(key.clone()));
    console.press("Y");
    let page = copied(&mut console).unwrap();
    assert!(page.starts_with(&format!("device {key}\n")), "{page}");
    assert!(page.contains("Stages") && page.lines().count() > 60);
    assert!(!page.contains('\u{1b}'));
}

#[test]
fn more_than_terminals_take_is_refused_and_nothing_is_sent() {
    let world = World::new(300);
    let mut console = world.console((120, 40));
    console.press("* Y");
    perform(&world, &mut console);
    assert_eq!(copied(&mut console), None);
    assert!(said(&console).contains("74,994 B"), "{}", said(&console));
    assert!(said(&console).contains("write a file with e"));
    console.press("/");
    console.type_text("nobody at all");
    console.press("enter esc esc");
    let empty = World::new(0);
    let mut console = empty.console((80, 24));
    console.press("y");
    assert!(said(&console).contains("nothing was sent"));
    assert_eq!(copied(&mut console), None);
}

/// The name proposed, in a folder of the test.
fn named(world: &World, console: &mut Console, name: &str) -> std::path::PathBuf {
    let path = world.folder.path().join(name);
    console.press("e ctrl-u");
    console.type_text(&path.display().to_string());
    console.press("enter");
    perform(world, console);
    path
}

#[test]
fn what_is_shown_is_written_whole_for_its_owner_alone() {
    let world = World::new(300);
    world.write(|tx| {
        let row = tx.row_of("=HYPERLINK(1)").map(|(row, _)| row)?;
        let name = crate::model::value::Value::Text("+cmd".into());
        let values = [("assigned_user".to_owned(), name)].into();
        tx.set(row, &values, &crate::store::Cause::Schedule)
            .map(|_| ())
    });
    let mut console = world.console((80, 24));
    console.press("e");
    assert!(
        console
            .text()
            .contains("drover-devices-20260302T231000Z.csv"),
        "{}",
        console.text()
    );
    console.press("esc i");
    let path = named(&world, &mut console, "all.csv");
    let text = std::fs::read_to_string(&path).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(said(&console).contains("301 rows"), "{}", said(&console));
    assert!(said(&console).contains(&crate::tui::text::thousands(text.len() as u64)));
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    assert!(headings.iter().any(|name| name == "phase_since"));
    assert_eq!(headings.iter().next_back(), Some("waits_for"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 301, "all rows, not those in sight");
    assert_eq!(
        &rows[300][0], "'=HYPERLINK(1)",
        "sorted as shown, and guarded"
    );
    assert!(rows[300].iter().any(|cell| cell == "'+cmd"));
    let left: Vec<_> = std::fs::read_dir(world.folder.path())
        .unwrap()
        .filter(|entry| {
            entry
                .as_ref()
                .unwrap()
                .file_name()
                .to_string_lossy()
                .contains("part")
        })
        .collect();
    assert!(left.is_empty());
}

#[test]
fn a_file_that_is_there_is_replaced_only_when_that_is_said() {
    let world = World::new(5);
    let mut console = world.console((120, 40));
    let path = named(&world, &mut console, "rows.json");
    let first: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!(first.as_array().map(Vec::len), Some(5));
    assert_eq!(first[0]["serial"], key_at(&console, 0));
    std::fs::write(&path, "precious").unwrap();
    named(&world, &mut console, "rows.json");
    assert!(
        said(&console).contains("is there already"),
        "{}",
        said(&console)
    );
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "precious");
    assert!(
        matches!(console.state.mode, Mode::Line(..)),
        "the name can be mended"
    );
    assert!(
        console.text().contains("is there already"),
        "{}",
        console.text()
    );
    console.type_text("!");
    console.press("enter");
    perform(&world, &mut console);
    assert!(said(&console).contains("5 rows"), "{}", said(&console));
    assert_ne!(std::fs::read_to_string(&path).unwrap(), "precious");
    let nowhere = named(&world, &mut console, "no/such/folder.csv");
    assert!(
        said(&console).contains("cannot be written"),
        "{}",
        said(&console)
    );
    assert!(!nowhere.exists());
    console.press("e ctrl-u enter");
    assert!(said(&console).contains("needs a name"));
    let file = Export {
        path: "/".into(),
        over: true,
        what: Sheet::Lines {
            heading: Vec::new(),
            lines: Vec::new(),
        },
    };
    let names = console.state.facts.names.clone();
    assert!(matches!(
        file.run(&world.path(), &names, console.now),
        Err(ExportError::Failed(_))
    ));
}

#[test]
fn other_screens_write_their_lists_and_pages() {
    let world = World::new(20);
    let mut console = world.console((120, 40));
    console.press("enter");
    let path = named(&world, &mut console, "dossier.csv");
    let text = std::fs::read_to_string(path).unwrap();
    assert!(
        text.starts_with("line\n") && text.contains("Stages"),
        "{text}"
    );
    console.press("esc 4");
    named(&world, &mut console, "faults.csv");
    assert!(said(&console).starts_with("wrote "), "{}", said(&console));
}

fn tick(console: &mut Console, secs: u64) -> Vec<String> {
    console.event(Event::Tick {
        now: console.now,
        demo: None,
        up: Duration::from_secs(secs),
    });
    let notices = console.effects.drain(..).filter_map(|effect| match effect {
        Effect::Notice(said) => Some(said),
        _ => None,
    });
    notices.collect()
}

fn alarm(world: &World, said: &'static str) {
    world.write(move |tx| {
        tx.say(NewEntry {
            level: Level::Alarm,
            source: "engine".into(),
            row: None,
            text: said.into(),
        })
    });
}

#[test]
fn whoever_looks_elsewhere_is_called_at_a_new_alarm() {
    let world = World::new(5);
    alarm(&world, "an old one");
    let mut console = world.console((80, 24));
    console.state.terminal.calls = true;
    console.event(Event::Focus(false));
    assert_eq!(tick(&mut console, 5), [""; 0], "older than the console");
    alarm(&world, "the brake is on");
    console.refresh();
    assert_eq!(tick(&mut console, 6), ["the brake is on (and 1 more)"]);
    alarm(&world, "again");
    console.refresh();
    assert_eq!(tick(&mut console, 10), [""; 0], "not so soon");
    assert_eq!(tick(&mut console, 16), ["again (and 2 more)"]);
    console.event(Event::Focus(true));
    alarm(&world, "seen");
    console.refresh();
    assert_eq!(tick(&mut console, 60), [""; 0]);
    console.event(Event::Focus(false));
    console.event(Event::Engine(Engine::Silent("gone".into())));
    assert_eq!(
        tick(&mut console, 61),
        ["the engine does not answer any more"]
    );
}
