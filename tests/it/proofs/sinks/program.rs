//! The program from outside: values come in as a spreadsheet and are in the store, on lines, in exports, in reports, in the
//! journal and on the screen.

use super::calls::Tally;
use super::parsers::{csv, csv_cell, html, in_json, markdown, percent};
use crate::support::{Company, Engine, SOON, Terminal, journal, look, until};
use crate::wire::{Play, Wire};
use drover::model::text::clean;
use portable_pty::CommandBuilder;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

const PIPELINE: &str = r#"
name    = "sinks"
title   = "Sinks"
subject = "thing"
key     = "serial"
[settings]
base = { default = "BASE", about = "Where things are told." }
[columns]
serial  = { type = "text", title = "Serial", shown = true }
name    = { type = "text", title = "Name", shown = true, imported = true }
wanted  = { type = "boolean", imported = true }
told_at = "time"
[[stage]]
name  = "tell"
title = "Tell"
parallel = 20
then  = "hold"
retry = { attempts = 1 }
[stage.gate]
"wanted"   = "wanted"
"not told" = "told_at IS NULL"
[[stage.step]]
name = "tell"
call = "http.request"
with = { method = "POST", url = "{{ settings.base }}/of/{{ row.serial | url }}?name={{ row.name | url }}", body = { name = "{{ row.name }}", told = "Hello {{ row.name }}!" } }
fail_if   = "result.status == 201"
fail_text = "nobody knows {{ row.name }}"
[stage.set]
told_at = "{{ now }}"
"#;

struct Office {
    company: Company,
    wire: Wire,
    values: Vec<String>,
    /// What each is in the table, by key.
    stored: BTreeMap<String, String>,
}

fn key(at: usize) -> String {
    format!("S{at:04}")
}

impl Office {
    fn open(values: &[String]) -> (Self, Engine, tokio::runtime::Runtime) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let wire = runtime.block_on(Wire::start(|_| {
            Play::json(201, serde_json::json!({"ok": 1}))
        }));
        let company = Company::open(600, &["--devices", "2"]);
        std::fs::write(
            company.path("sinks.toml"),
            PIPELINE.replace("BASE", &wire.url),
        )
        .unwrap();
        let config = format!(
            "pipeline = \"./sinks.toml\"\nstore = \"drover.db\"\n[listen]\naddress = \"127.0.0.1:{}\"\n[connectors.http]\nallow = [\"{}\"]\n",
            company.hooks, wire.url
        );
        std::fs::write(company.path("drover.toml"), config).unwrap();
        let checked = company.types(&["pipeline", "check"]);
        assert_eq!(checked.code, 0, "{checked:?}");
        let engine = Engine::with(&company, &["run"]);
        let mut sheet = "serial,name,wanted\n".to_owned();
        for (at, value) in values.iter().enumerate() {
            let _ = writeln!(sheet, "{},{},true", key(at), csv_cell(value));
        }
        std::fs::write(company.path("values.csv"), sheet).unwrap();
        until(SOON, "the values are imported", || {
            let made = company.types(&["import", "values.csv", "--yes", "--reason", "a proof"]);
            (made.code == 0).then_some(())
        });
        until(SOON * 4, "every row is told of and held", || {
            let made = look(&company, |view| view.attempts(None, 10_000));
            (made.iter().filter(|one| one.fault.is_some()).count() >= values.len()).then_some(())
        });
        let stored = look(&company, |view| {
            let mut stored = BTreeMap::new();
            for at in 0..values.len() {
                let row = view.row_by_key(&key(at))?.unwrap();
                stored.insert(
                    key(at),
                    row.get("name").as_text().unwrap_or_default().to_owned(),
                );
            }
            Ok(stored)
        });
        let office = Self {
            company,
            wire,
            values: values.to_vec(),
            stored,
        };
        (office, engine, runtime)
    }

    fn all_equal(&self) -> Tally {
        Tally {
            equal: self.values.len(),
            refused: 0,
        }
    }

    /// What came in as a cell is that text, cleaned of what no text may hold, and once only.
    fn sheet_in(&self) -> Tally {
        let mut refused = 0;
        for (at, value) in self.values.iter().enumerate() {
            let stored = &self.stored[&key(at)];
            let guard = value
                .strip_prefix('\'')
                .filter(|rest| rest.trim_start_matches('\'').starts_with('='));
            let meant = guard.unwrap_or(value);
            assert_eq!(stored.trim(), clean(meant).trim(), "{value:?}");
            assert!(!stored.chars().any(char::is_control), "{stored:?}");
            refused += usize::from(stored.trim() != meant.trim());
        }
        // Cleaned is neither equal nor refused; those are counted with what is not written as it is.
        Tally {
            equal: self.values.len() - refused,
            refused,
        }
    }

    fn url(&self) -> Tally {
        let seen = self.wire.seen();
        let mut told = BTreeSet::new();
        for one in &seen {
            let (path, query) = one.target.split_once('?').unwrap();
            let key = path.strip_prefix("/of/").unwrap();
            let name = &self.stored[key];
            assert_eq!(percent(query.strip_prefix("name=").unwrap()), *name);
            assert_eq!(in_json(&one.body, "$.name"), *name);
            assert_eq!(in_json(&one.body, "$.told"), format!("Hello {name}!"));
            told.insert(key.to_owned());
        }
        // "." and ".." cannot stand in a URL as a part of it; the engine holds such a row instead.
        let unsent: Vec<&String> = self
            .stored
            .iter()
            .filter(|(key, _)| !told.contains(*key))
            .map(|(_, name)| name)
            .collect();
        assert!(
            unsent
                .iter()
                .all(|name| [".", ".."].contains(&name.as_str())),
            "{unsent:?}"
        );
        Tally {
            equal: told.len(),
            refused: unsent.len(),
        }
    }

    fn json_out(&self) -> Tally {
        let out = self.company.types(&["export", "--format", "json"]).out;
        let conn = rusqlite::Connection::open_in_memory().unwrap();
        let whole: bool = conn
            .query_row("SELECT json_valid(?1)", [&out], |row| row.get(0))
            .unwrap();
        let documents: Vec<&str> = if whole {
            vec![&out]
        } else {
            out.lines().collect()
        };
        let mut found = BTreeMap::new();
        for document in documents {
            let sql = "SELECT fullkey, atom FROM json_tree(?1) WHERE key IN ('serial', 'name') AND type = 'text' ORDER BY id";
            let mut select = conn.prepare(sql).unwrap();
            let pairs = select.query_map([document], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            });
            let mut serial = String::new();
            for (path, text) in pairs.unwrap().map(Result::unwrap) {
                if path.ends_with("serial") {
                    serial = text;
                } else {
                    found.insert(serial.clone(), text);
                }
            }
        }
        assert_eq!(found, self.stored);
        self.all_equal()
    }

    fn sheet_out(&self) -> Tally {
        let lines = csv(&self.company.types(&["export"]).out);
        let column = |name: &str| lines[0].iter().position(|title| title == name).unwrap();
        let (serial, name) = (column("serial"), column("name"));
        assert_eq!(lines.len(), self.values.len() + 1);
        for line in &lines[1..] {
            assert_eq!(line.len(), lines[0].len());
            let (cell, stored) = (&line[name], &self.stored[&line[serial]]);
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\u{ff1d}']),
                "{cell:?} is run by a spreadsheet"
            );
            // An apostrophe before what would be run, and before what already looks like that.
            let back = cell.strip_prefix('\'').unwrap_or(cell);
            assert!(cell == stored || back == stored, "{cell:?} for {stored:?}");
        }
        // And back in: the same values again.
        std::fs::write(
            self.company.path("again.csv"),
            self.company
                .types(&["list", "--columns", "serial,name", "--format", "csv"])
                .out,
        )
        .unwrap();
        let again = self
            .company
            .types(&["import", "again.csv", "--yes", "--reason", "again"]);
        assert_eq!(again.code, 0, "{again:?}");
        for (key, stored) in &self.stored {
            let row = look(&self.company, |view| view.row_by_key(key)).unwrap();
            assert_eq!(
                row.get("name").as_text().unwrap_or_default(),
                stored,
                "after a round trip"
            );
        }
        self.all_equal()
    }

    /// The reasons for which rows are held, each with its value: one table, the same cells on every line.
    fn reports(&self) -> [Tally; 3] {
        let report = |format: &str| self.company.types(&["report", "--format", format]).out;
        let reasons: BTreeSet<String> = self
            .stored
            .values()
            .map(|name| format!("nobody knows {name}"))
            .collect();
        let judge = |lines: Vec<Vec<String>>, what: &str| {
            assert!(lines.len() > 5, "{what}: {lines:?}");
            let wide = lines[0].len();
            for line in &lines {
                assert_eq!(line.len(), wide, "{what}: {line:?}");
            }
            let known = |cell: &&String| {
                let at = cell.find("nobody knows ").unwrap();
                let cell = &cell[at..];
                reasons.iter().any(|reason| {
                    let flat: Vec<&str> = reason.split_whitespace().collect();
                    let told: Vec<&str> = cell.trim_end_matches('…').split_whitespace().collect();
                    flat.join(" ").starts_with(&told.join(" "))
                })
            };
            let told = lines
                .iter()
                .flatten()
                .filter(|cell| cell.contains("nobody knows"));
            let (good, bad): (Vec<&String>, Vec<&String>) = told.partition(known);
            assert!(bad.is_empty(), "{what}: {bad:#?}");
            good.len()
        };
        let md = judge(markdown(&report("md"), "Parked"), "markdown");
        let page = judge(html(&report("html"), "Parked"), "html");
        let sheet: Vec<Vec<String>> = csv(&report("csv"))
            .into_iter()
            .filter(|line| line[0] == "Parked")
            .collect();
        let sheet = judge(sheet, "csv");
        println!("  reports show {md}, {page} and {sheet} reasons");
        assert_eq!((md, page), (page, sheet));
        [(); 3].map(|()| self.all_equal())
    }

    /// A reason with a value in it: one line of the journal, of its JSON, and of the engine's log.
    fn journal(&self) -> Tally {
        for (at, value) in self.values.iter().enumerate() {
            let reason = format!("because {value}").replace('\0', "");
            let verb = ["stop", "resume"][at % 2];
            let said = self.company.types(&[verb, "--reason", &reason]);
            assert_eq!(said.code, 0, "{said:?}");
        }
        let entries = journal(&self.company);
        let plain = self
            .company
            .types(&["journal", "-n", "1000000", "--level", "debug"])
            .out;
        let json = self
            .company
            .types(&["journal", "-n", "1000000", "--level", "debug", "--json"])
            .out;
        let said = entries
            .iter()
            .filter(|entry| entry.text.contains("because "))
            .count();
        assert!(said >= self.values.len(), "{said}");
        assert_eq!(plain.lines().count(), entries.len());
        assert_eq!(json.lines().count(), entries.len());
        assert!(!plain.contains('\u{1b}') && !json.contains('\u{1b}'));
        self.all_equal()
    }

    /// The lines that commands print, and the frames of the console.
    fn terminal(&self) -> [Tally; 2] {
        let hostile = |text: &str, what: &str| {
            let found = text.chars().find(|c| {
                let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}');
                bidi || (c.is_control() && !matches!(c, '\n' | '\r'))
            });
            let at = found.and_then(|c| text.find(c)).unwrap_or_default();
            let around: String = text[..at].chars().rev().take(60).collect();
            assert_eq!(found, None, "{what}, after (backwards) {around:?}");
        };
        let listed = self.company.types(&["list"]).out;
        let lines = listed
            .lines()
            .filter(|line| line.starts_with('S') && line[1..5].bytes().all(|b| b.is_ascii_digit()));
        assert_eq!(lines.count(), self.values.len(), "one row is one line");
        hostile(&listed, "list");
        for at in 0..self.values.len().min(44) {
            hostile(&self.company.types(&["show", &key(at)]).out, "show");
        }
        hostile(&self.company.types(&["status"]).out, "status");
        let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_drover"));
        command.cwd(self.company.path(""));
        command.env_clear();
        for (name, value) in [
            ("TERM", "xterm-256color"),
            ("LANG", "C.UTF-8"),
            ("PATH", "/usr/bin:/bin"),
        ] {
            command.env(name, value);
        }
        command.env("XDG_STATE_HOME", self.company.path("state"));
        let mut terminal = Terminal::start(command, (200, 60));
        terminal.wait_for(&key(0));
        // Dossiers, failures and the log, then the table from its end.
        for screen in ["", "5", "6"] {
            terminal.press(&format!("{screen}G\r"));
            terminal.press("1\x7f1\x7f");
        }
        terminal.press("G");
        let count = self.values.len();
        terminal.wait_for(&format!("{count}/{count}"));
        terminal.press("q");
        assert_eq!(terminal.code(), 0);
        let raw = String::from_utf8(terminal.raw()).unwrap();
        // Titles, clipboard and everything else that is no drawing: none with a value in it.
        for (at, _) in raw.match_indices("\x1b]") {
            let said: String = raw[at..].chars().take(60).collect();
            assert!(
                self.stored
                    .values()
                    .all(|name| name.len() < 4 || !said.contains(name.as_str())),
                "{said:?}"
            );
        }
        let mut drawn = String::new();
        let mut chars = raw.chars();
        while let Some(c) = chars.next() {
            match c {
                '\u{1b}' => match chars.next() {
                    Some('[') => drop(chars.find(|c| {
                        !matches!(c, '0'..='9' | ';' | '?' | ':' | '>' | '=' | '<' | '$')
                    })),
                    Some(']') => drop(chars.find(|c| *c == '\u{7}' || *c == '\\')),
                    _ => {}
                },
                c => drawn.push(c),
            }
        }
        hostile(&drawn, "frames");
        [self.all_equal(), self.all_equal()]
    }
}

pub(super) fn sinks(values: &[String]) -> Vec<(&'static str, Tally)> {
    let (office, engine, _runtime) = Office::open(values);
    let mut sinks = vec![
        ("csv_import", office.sheet_in()),
        ("url_template", office.url()),
        ("json_export", office.json_out()),
        ("csv_export", office.sheet_out()),
    ];
    let [md, page, sheet] = office.reports();
    sinks.extend([
        ("report_md", md),
        ("report_html", page),
        ("report_csv", sheet),
    ]);
    sinks.push(("journal", office.journal()));
    let [lines, frames] = office.terminal();
    sinks.extend([("lines", lines), ("frames", frames)]);
    assert!(engine.terminate().success());
    // The journal on standard error: heads and how the store is kept apart, one line is one entry.
    let log = std::fs::read_to_string(office.company.path("run.log")).unwrap();
    let store = office.company.path("drover.db").display().to_string();
    let forged = log
        .lines()
        .filter(|line| !line.starts_with("journal head ") && !line.starts_with("20"))
        .filter(|line| !line.starts_with(&store));
    let forged: Vec<&str> = forged.collect();
    assert_eq!(forged, [""; 0], "a line that is no entry of the journal");
    sinks.push(("log", office.all_equal()));
    sinks
}
