//! A night with Macs that Fleet does not know, so that each of them ends parked, and names that nobody should have.

use crate::support::{Company, Engine, SOON, Terminal, until};
use portable_pty::CommandBuilder;

/// What machines are called, and worse.
pub(super) const NAMES: [&str; 10] = [
    "plain",
    "a\u{1b}[31mred\u{1b}[2J",
    "\u{1b}]0;title\u{7}bell",
    "\u{202e}drow\u{2066}",
    "zero\u{200b}wi\u{feff}dth",
    "東京 太郎のMac",
    "👩\u{200d}💻 dev 🇩🇪",
    "c1\u{9b}31m\u{85}next",
    "zoe\u{308}\u{301}\u{300}\u{302}",
    "LONG",
];

/// The company, its engine, and [`NAMES`] many Macs parked in the stage `unenroll`.
pub(super) struct Night {
    pub(super) company: Company,
    pub(super) engine: Engine,
}

impl Night {
    pub(super) fn new() -> Self {
        let company = Company::open(60, &["--devices", "2"]);
        let engine = company.engine();
        let mut lines = vec!["serial,fleet_id,requested_at,computer_name,assigned_user".to_owned()];
        for (at, name) in NAMES.iter().enumerate() {
            let long = "x".repeat(10_000);
            let name = if *name == "LONG" { &long } else { *name };
            lines.push(format!(
                "HOST{at:02},{},2026-03-01T01:00:00Z,\"{name}\",\"{name}\"",
                9_000 + at
            ));
        }
        let night = Self { company, engine };
        night.add(&lines.join("\n"));
        night.wait_for_parked(NAMES.len() as u64);
        night
    }

    /// Imports a CSV file.
    pub(super) fn add(&self, lines: &str) {
        std::fs::write(self.company.path("more.csv"), lines).unwrap();
        let made = self
            .company
            .types(&["import", "more.csv", "--yes", "--reason", "a test"]);
        assert_eq!(made.code, 0, "{made:?}");
    }

    /// Waits until so many rows are parked in the stage.
    pub(super) fn wait_for_parked(&self, rows: u64) {
        until(SOON, "they are parked", || {
            (self.faulty_attempts().0 == rows).then_some(())
        });
    }

    /// Rows of the first group of failures, and the attempts made on them.
    pub(super) fn faulty_attempts(&self) -> (u64, u64) {
        let status = self.company.json(&["status"]);
        let count = |name: &str| status["faults"][0][name].as_u64().unwrap_or(0);
        (count("rows"), count("attempts"))
    }

    /// The console in a terminal; `before` is what a shell does first, `words` are its arguments.
    pub(super) fn console(&self, size: (u16, u16), before: &str, words: &str) -> Terminal {
        let program = env!("CARGO_BIN_EXE_drover");
        self.start(
            size,
            &["sh", "-c", &format!("{before} exec '{program}' {words}")],
        )
    }

    /// A shell that somebody types into.
    pub(super) fn shell(&self, size: (u16, u16)) -> Terminal {
        self.start(size, &["bash", "--norc", "--noprofile", "-i"])
    }

    fn start(&self, size: (u16, u16), words: &[&str]) -> Terminal {
        let mut command = CommandBuilder::from_argv(words.iter().map(Into::into).collect());
        command.cwd(self.company.path(""));
        command.env_clear();
        command.env("PATH", "/usr/bin:/bin");
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("XDG_STATE_HOME", self.company.path("state"));
        for (name, value) in &self.company.secrets {
            command.env(name, value);
        }
        Terminal::start(command, size)
    }
}

/// From wherever to the main screen with all rows.
pub(super) fn home(terminal: &mut Terminal) {
    let has_form = |terminal: &Terminal| terminal.text().contains("┌─");
    if has_form(terminal) {
        // What comes right behind an escape would be taken for a part of it.
        terminal.press("\x1b");
        terminal.wait("no form", |terminal| !has_form(terminal));
    }
    terminal.press("1\x7f");
    terminal.wait("the main screen", |terminal| {
        let text = terminal.text();
        text.contains("Waits for") && text.contains("enter open ") && !text.contains(" match /")
    });
}
