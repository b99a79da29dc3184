//! The night that is photographed: one demo, in a terminal of its own, and consoles that attach to its store.

use crate::grid::Grid;
use crate::shots::Shot;
use crate::terminal::Terminal;
use portable_pty::CommandBuilder;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

/// The same company and the same weather every time, far into it within a minute or so.
const DEMO: &str = "demo --devices 300 --seed 7 --weather rough --speed 120";
/// How far the night has come when the pictures are taken: much is done, much is under way, some of it has failed.
const DONE: u32 = 55;
/// How long it may take to get there, and how long a console may take for each step.
const NIGHT: Duration = Duration::from_secs(150);
const STEP: Duration = Duration::from_secs(15);
/// What a console says of what it has not read yet.
const READING: [&str; 2] = ["reading…", "reading the store…"];

/// A demo under way; it ends with this.
pub struct Night {
    /// First, so that it has ended when its folder goes. Locked by nobody: consoles in several threads see the night.
    _demo: Mutex<Terminal>,
    drover: PathBuf,
    folder: tempfile::TempDir,
}

impl Night {
    /// Starts the demo, and waits until there is something to see.
    pub fn begin(drover: &Path) -> Result<Self, String> {
        let folder = tempfile::tempdir()
            .map_err(|error| format!("a folder for the demo's store cannot be made: {error}"))?;
        let mut command = program(drover, folder.path());
        command.args(DEMO.split(' '));
        let mut demo = Terminal::start(command, (120, 40))?;
        demo.wait(NIGHT, |screen| {
            done(screen) >= DONE && screen.contains(" held")
        })
        .map_err(|shown| format!("the demo did not come to {DONE} % done; {shown}"))?;
        Ok(Self {
            _demo: Mutex::new(demo),
            drover: drover.to_owned(),
            folder,
        })
    }

    /// Attaches a console as the shot wants it, types, waits, and looks.
    pub fn take(&self, shot: &Shot) -> Result<Grid, String> {
        let mut command = program(&self.drover, self.folder.path());
        command.args(shot.dress.flags);
        for (name, value) in shot.dress.environment {
            command.env(name, value);
        }
        let mut terminal = Terminal::start(command, shot.size)?;
        for (keys, texts) in shot.steps {
            terminal.keys(keys)?;
            let all = |screen: &str| texts.iter().all(|text| screen.contains(text));
            terminal.wait(STEP, all).map_err(|shown| {
                let texts = texts.join("\" and \"");
                format!("after the keys {keys:?}, \"{texts}\" did not appear; {shown}")
            })?;
        }
        // A screen that is up is not yet a screen that knows.
        terminal
            .wait(STEP, |screen| {
                READING.iter().all(|said| !screen.contains(said))
            })
            .map_err(|shown| format!("it goes on reading; {shown}"))?;
        Ok(terminal.picture(|screen| Grid::of(screen, shot.dress.palette)))
    }
}

/// drover on the night's store, with nothing of the caller's environment.
fn program(drover: &Path, folder: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(drover);
    command.env_clear();
    command.cwd(folder);
    for (name, value) in [
        ("TERM", "xterm-256color"),
        ("LANG", "C.UTF-8"),
        ("TZ", "UTC"),
        ("PATH", "/usr/bin:/bin"),
    ] {
        command.env(name, value);
    }
    command.env("HOME", folder);
    command.arg("--store");
    command.arg(folder.join("night.db"));
    command
}

/// The first percentage on the screen: how much of the night is done.
fn done(screen: &str) -> u32 {
    let before = screen.split_once('%').map_or("", |(before, _)| before);
    let digits = before.len() - before.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    before[before.len() - digits..].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::done;

    #[test]
    fn how_much_is_done_is_read_from_the_header() {
        assert_eq!(done(" 221/295 done  ████░░ 74%  ! 2 to watch"), 74);
        assert_eq!(done("reading…"), 0);
        assert_eq!(done("% of 12%"), 0);
    }
}
