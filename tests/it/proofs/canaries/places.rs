//! Everywhere a secret could have got to: what every command says, what stands on the screen, every file, every cell of the
//! store, what the kernel shows of a process.

use crate::support::{Company, Engine, Terminal};
use portable_pty::CommandBuilder;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;

/// Where the secrets themselves lie: the one folder that is not looked into.
pub(super) const KEPT: &str = "kept";

/// A place and what is there.
pub(super) type Place = (String, Vec<u8>);

const COMMANDS: [&[&str]; 18] = [
    &["check"],
    &["check", "--json"],
    &["status"],
    &["status", "--json"],
    &["list"],
    &["list", "--json"],
    &["journal", "-n", "100000", "--level", "debug"],
    &["journal", "-n", "100000", "--json"],
    &["journal", "--verify"],
    &["export"],
    &["export", "--format", "json"],
    &["export", "--output", "all.csv"],
    &["report"],
    &["report", "--format", "html"],
    &["report", "--format", "csv"],
    &["pipeline", "show"],
    &["pipeline", "check"],
    &["backup", "backup.db"],
];

/// While the engine runs: commands, the console, its doors, the kernel's view of it.
pub(super) fn living(company: &Company, engine: &Engine, env: &[(String, String)]) -> Vec<Place> {
    let mut places = Vec::new();
    let mut says = |words: &[&str]| {
        let mut command = company.command(words);
        command.envs(env.iter().map(|(name, value)| (name, value)));
        let output = command.output().unwrap();
        let name = format!("drover {}", words.join(" "));
        places.push((format!("{name}: output"), output.stdout.clone()));
        places.push((format!("{name}: errors"), output.stderr));
        output.stdout
    };
    for words in COMMANDS {
        says(words);
    }
    let listed = says(&["list", "--json"]);
    for key in keys(&listed).iter().take(6) {
        says(&["show", key]);
        says(&["show", key, "--json"]);
    }
    for target in ["/healthz", "/metrics", "/hooks/migrate", "/nowhere"] {
        places.push((format!("GET {target}"), asked(company.hooks, target)));
    }
    for name in ["cmdline", "comm", "status", "limits"] {
        let bytes = std::fs::read(format!("/proc/{}/{name}", engine.id())).unwrap();
        places.push((format!("/proc of the engine: {name}"), bytes));
    }
    places.push(("frames of the console".into(), frames(company, env)));
    places
}

/// The keys of some rows, whichever way the list is shaped.
fn keys(listed: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(listed);
    let found = text
        .split("\"serial\":")
        .skip(1)
        .filter_map(|rest| rest.split('"').nth(1));
    found.map(str::to_owned).collect()
}

fn asked(port: u16, target: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) {
        let _ = stream.set_read_timeout(Some(crate::support::SOON));
        let _ = write!(
            stream,
            "GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
        );
        let _ = stream.read_to_end(&mut bytes);
    }
    bytes
}

/// Goes through every screen of the console, with what is open on each.
fn frames(company: &Company, env: &[(String, String)]) -> Vec<u8> {
    let mut command = CommandBuilder::new(env!("CARGO_BIN_EXE_drover"));
    command.cwd(company.path(""));
    command.env_clear();
    command.env("PATH", "/usr/bin:/bin");
    command.env("TERM", "xterm-256color");
    command.env("LANG", "C.UTF-8");
    command.env("XDG_STATE_HOME", company.path("state"));
    for (name, value) in company.secrets.iter().chain(env) {
        command.env(name, value);
    }
    let mut terminal = Terminal::start(command, (200, 60));
    terminal.wait_for("Waits for");
    for screen in ["", "5", "6", "7", "8", "4"] {
        // The screen, what stands first and last on it, and back to the table.
        terminal.press(&format!("{screen}g\rjjjG\r"));
        terminal.press("1\x7f1\x7f");
        terminal.wait("the table", |terminal| {
            terminal.text().contains("Waits for")
        });
    }
    terminal.signal(rustix::process::Signal::TERM);
    terminal.code();
    terminal.raw()
}

/// After its end: every file of the folder and every cell of every store in it.
pub(super) fn left(company: &Company) -> Vec<Place> {
    let mut places = Vec::new();
    files(&company.path(""), &mut places);
    for name in ["drover.db", "backup.db"] {
        if company.path(name).exists() {
            places.push((format!("cells of {name}"), cells(&company.path(name))));
        }
    }
    places
}

fn files(folder: &Path, places: &mut Vec<Place>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if path.is_dir() && name != KEPT {
            files(&path, places);
        } else if path.is_file() {
            places.push((path.display().to_string(), std::fs::read(&path).unwrap()));
        }
    }
}

/// As text, since a long text is spread over pages in the file.
fn cells(path: &Path) -> Vec<u8> {
    let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut tables = conn
        .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
        .unwrap();
    let tables: Vec<String> = tables
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert!(tables.len() > 8, "{tables:?}");
    let mut bytes = Vec::new();
    for table in tables {
        let mut select = conn.prepare(&format!("SELECT * FROM \"{table}\"")).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                if let ValueRef::Text(text) | ValueRef::Blob(text) = row.get_ref(column).unwrap() {
                    bytes.extend_from_slice(text);
                    bytes.push(b'\n');
                }
            }
        }
    }
    bytes
}
