//! The thread that writes what is to be kept.

use super::file;
use super::record::Change;
use crate::tui::event::Event;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// How long leaving waits for the last of it, in real time.
const PATIENCE: Duration = Duration::from_millis(300);

/// Takes what is to be kept. Dropping it waits a moment for what is not written yet.
pub struct Keeper {
    changes: Option<Sender<Change>>,
    done: Receiver<()>,
}

impl Keeper {
    pub fn start(path: PathBuf, events: Sender<Event>) -> std::io::Result<Self> {
        let (changes, queue) = channel::<Change>();
        let (end, done) = channel();
        std::thread::Builder::new()
            .name("console-keep".into())
            .spawn(move || {
                while let Ok(first) = queue.recv() {
                    let mut waiting = vec![first];
                    waiting.extend(queue.try_iter());
                    if let Err(why) = keep(&path, &waiting) {
                        let _ = events.send(Event::NotKept(why));
                    }
                }
                drop(end);
            })?;
        Ok(Self {
            changes: Some(changes),
            done,
        })
    }

    pub fn keep(&self, change: Change) {
        if let Some(changes) = &self.changes {
            // A thread that is gone has nothing to keep for.
            let _ = changes.send(change);
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.changes = None;
        let _ = self.done.recv_timeout(PATIENCE);
    }
}

/// Onto what is there now, which another console may have written.
fn keep(path: &Path, changes: &[Change]) -> Result<(), String> {
    let kept = file::read(path);
    if kept.is_err() {
        file::set_aside(path);
    }
    let mut kept = kept.ok().flatten().unwrap_or_default();
    for change in changes {
        kept.apply(change);
    }
    file::write(path, &kept)
}

#[cfg(test)]
mod tests {
    use super::super::{View, read};
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn view(name: &str) -> Change {
        Change::Save {
            pipeline: "a-pipeline".into(),
            view: View {
                name: name.into(),
                filter: "phase:\"In Jamf\" it's".into(),
                sort: "-@age".into(),
                columns: vec!["serial".into(), "@phase".into()],
            },
        }
    }

    #[test]
    fn what_is_kept_is_read_again_and_is_the_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/console.toml");
        assert_eq!(read(&path), Ok(None));
        let (events, heard) = channel();
        // Two consoles at work on one file.
        let one = Keeper::start(path.clone(), events.clone()).unwrap();
        let two = Keeper::start(path.clone(), events).unwrap();
        one.keep(view("mine"));
        one.keep(Change::Used("stage off Host transfer".into()));
        drop(one);
        two.keep(Change::Columns {
            pipeline: "a-pipeline".into(),
            columns: vec!["serial".into()],
        });
        drop(two);
        let kept = read(&path).unwrap().unwrap();
        assert_eq!(kept.used, ["stage off Host transfer"]);
        let of = kept.of("a-pipeline");
        assert_eq!((of.views.len(), of.columns.len()), (1, 1));
        assert_eq!(of.views[0].columns, ["serial", "@phase"]);
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_broken_file_is_explained_and_kept_aside() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.toml");
        std::fs::write(&path, "used = 7").unwrap();
        let why = read(&path).unwrap_err();
        assert!(why.contains("console.toml cannot be used"), "{why}");
        keep(&path, &[Change::Met]).unwrap();
        assert_eq!(read(&path), Ok(Some(super::super::Kept::default())));
        let aside = folder.path().join("console.toml.broken");
        assert_eq!(std::fs::read_to_string(aside).unwrap(), "used = 7");
        // A folder in its place, and a folder that cannot be made.
        assert!(read(folder.path()).is_err());
        assert!(keep(&path.join("below/it.toml"), &[Change::Met]).is_err());
    }

    #[test]
    fn hostile_text_in_the_file_is_cleaned() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("console.toml");
        std::fs::write(&path, "used = [\"a\\u001b[31mb\"]").unwrap();
        let kept = read(&path).unwrap().unwrap();
        assert!(!kept.used[0].contains('\u{1b}'));
    }
}
