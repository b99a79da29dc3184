//! What `strace` saw of one engine's life, as deeds in their order: what it did to the store's files, and when it told a
//! sender "kept".

use drover::model::clock::real_pause;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::Duration;

/// One thing that happened. Where a call took a while, `begun` and `done` are its first and last line of the trace.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) begun: usize,
    pub(super) done: usize,
    pub(super) deed: Deed,
}

/// Names are those of files beside each other in the store's folder.
#[derive(Debug)]
pub(super) enum Deed {
    Make(String),
    Write {
        name: String,
        at: usize,
        bytes: Vec<u8>,
    },
    Cut {
        name: String,
        length: usize,
    },
    /// What was written to this file before the call began is on disk.
    Sync(String),
    /// What was made and removed in the folder before the call began is on disk.
    SyncFolder,
    Remove(String),
    /// The first byte of a 2xx is about to leave.
    Kept {
        mark: u64,
        serial: Option<String>,
    },
    /// The first byte of a request that changes something outside is about to leave: its intent must be on record.
    Sent(&'static str),
}

/// Requests that change something, by a part of their first line, and the action each is recorded under.
const ORDERS: [(&str, &str); 4] = [
    (
        "PATCH /api/v4/computers-inventory-detail/",
        "jamf.mark_unmanaged",
    ),
    ("/remove-mdm-profile HTTP", "jamf.remove_mdm_profile"),
    ("POST /api/v1/fleet/hosts/transfer ", "fleet.transfer_host"),
    ("POST /api/v1/fleet/scripts/run ", "fleet.run_script"),
];

/// The words before the traced program's own. The program stays the caller's child (`-D`), and every byte is told.
pub(super) fn tracer(into: &Path) -> Vec<String> {
    let calls = "openat,open,creat,write,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,fsync,fdatasync,\
                 unlink,unlinkat,rename,renameat,renameat2,link,linkat,copy_file_range,sendfile,sendto,writev,recvfrom";
    let words = ["strace", "-D", "-f", "-q", "-y", "-xx", "-s", "500000"];
    let rest = [
        "--seccomp-bpf".to_owned(),
        "--signal=none".to_owned(),
        format!("--trace={calls}"),
        format!("--output={}", into.display()),
    ];
    words
        .iter()
        .map(|word| (*word).to_owned())
        .chain(rest)
        .collect()
}

/// Whether this machine can trace at all.
pub(crate) fn can_trace() -> bool {
    let said = std::process::Command::new("strace")
        .args(["-q", "-o", "/dev/null", "true"])
        .output();
    said.is_ok_and(|output| output.status.success())
}

/// The trace of a process that has ended, once its tracer has written the last line.
pub(super) fn finished(file: &Path, pid: u32) -> String {
    let (pid, ended) = (pid.to_string(), "+++");
    crate::support::until(crate::support::SOON, "the tracer is done", || {
        let text = std::fs::read_to_string(file).ok()?;
        let mut last = text.lines().next_back()?.split_whitespace();
        let is_done = (last.next(), last.next()) == (Some(&pid), Some(ended));
        if !is_done {
            real_pause(Duration::from_millis(50));
        }
        is_done.then_some(text)
    })
}

/// Reads a trace: the deeds on `folder`'s store files, and the answers.
pub(super) fn read(text: &str, folder: &Path) -> Vec<Event> {
    let mut reading = Reading {
        folder: folder.to_string_lossy().into_owned(),
        events: Vec::new(),
        heard: BTreeMap::new(),
        ordered: BTreeSet::new(),
    };
    let mut open: BTreeMap<&str, (usize, &str)> = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let Some((pid, rest)) = line.split_once(' ') else {
            continue;
        };
        let rest = rest.trim_start();
        if let Some(start) = rest.strip_suffix(" <unfinished ...>") {
            open.insert(pid, (number, start));
            reading.answers(start, number);
        } else if let Some((_, end)) = rest
            .strip_prefix("<... ")
            .and_then(|r| r.split_once(" resumed>"))
        {
            if let Some((begun, start)) = open.remove(pid) {
                reading.take(&[start, end].concat(), begun, number);
            }
        } else {
            reading.answers(rest, number);
            reading.take(rest, number, number);
        }
    }
    let mut events = reading.events;
    // A write is there from its beginning, as the cut may come before it returns; a sync counts from its end.
    events.sort_by_key(|event| match event.deed {
        Deed::Write { .. } | Deed::Cut { .. } | Deed::Kept { .. } | Deed::Sent(_) => event.begun,
        _ => event.done,
    });
    events
}

struct Reading {
    folder: String,
    events: Vec<Event>,
    /// What each socket brought since its last answer.
    heard: BTreeMap<String, Vec<u8>>,
    /// First line and body of each order given: a connector may send one again with a fresh token, or a script under the
    /// number it has in the team the Mac has just come to, all for one intent.
    ordered: BTreeSet<(String, String)>,
}

impl Reading {
    /// An answer counts when its call begins: from then on the sender may have it.
    fn answers(&mut self, call: &str, number: usize) {
        let Some((name, arguments)) = call.split_once('(') else {
            return;
        };
        if !matches!(name, "sendto" | "writev" | "write") {
            return;
        }
        let Some(sent) = quoted(arguments) else {
            return;
        };
        if !sent.starts_with(b"HTTP/1.1 20") {
            return self.orders(arguments, number);
        }
        let Some(asked) = self.heard.remove(socket(arguments)) else {
            return;
        };
        let asked = String::from_utf8_lossy(&asked).into_owned();
        let Some(mark) = after(&asked, "\"mark\":") else {
            return;
        };
        let digits: String = mark.chars().take_while(char::is_ascii_digit).collect();
        let serial =
            after(&asked, "\"hardware_serial\":\"").and_then(|rest| rest.split('"').next());
        self.events.push(Event {
            begun: number,
            done: number,
            deed: Deed::Kept {
                mark: digits.parse().unwrap(),
                serial: serial.map(str::to_owned),
            },
        });
    }

    fn orders(&mut self, arguments: &str, number: usize) {
        let texts = arguments.split('"').skip(1).step_by(2);
        let sent: Vec<u8> = texts.flat_map(bytes).collect();
        let sent = String::from_utf8_lossy(&sent);
        let (Some(line), Some((_, body))) = (sent.lines().next(), sent.split_once("\r\n\r\n"))
        else {
            return;
        };
        let Some((_, action)) = ORDERS.iter().find(|(part, _)| line.contains(part)) else {
            return;
        };
        let whom = body.split(",\"script_").next().unwrap_or_default();
        if self.ordered.insert((line.to_owned(), whom.to_owned())) {
            self.events.push(Event {
                begun: number,
                done: number,
                deed: Deed::Sent(action),
            });
        }
    }

    fn take(&mut self, call: &str, begun: usize, done: usize) {
        let Some((name, arguments)) = call.split_once('(') else {
            return;
        };
        let Some((arguments, result)) = arguments.rsplit_once(" = ") else {
            return;
        };
        let Some(result) = number(result) else { return };
        let deed = match name {
            "recvfrom" => return self.hear(arguments, result),
            "openat" => self.made(arguments),
            "pwrite64" => self.file(arguments).map(|name| {
                let mut bytes = quoted(arguments).unwrap();
                bytes.truncate(result);
                let at = arguments.rsplit_once(", ").and_then(|(_, at)| number(at));
                Deed::Write {
                    name,
                    at: at.unwrap(),
                    bytes,
                }
            }),
            "ftruncate" => self.file(arguments).map(|name| {
                let length = arguments.rsplit_once(", ").and_then(|(_, at)| number(at));
                Deed::Cut {
                    name,
                    length: length.unwrap(),
                }
            }),
            "fsync" | "fdatasync" if self.is_folder(arguments) => Some(Deed::SyncFolder),
            "fsync" | "fdatasync" => self.file(arguments).map(Deed::Sync),
            "unlink" | "unlinkat" => self.named(arguments).map(Deed::Remove),
            "sendto" | "writev" => None,
            _ => {
                let touched = self.file(arguments).or_else(|| self.named(arguments));
                assert_eq!(touched, None, "{name} is not replayed yet");
                None
            }
        };
        self.events
            .extend(deed.map(|deed| Event { begun, done, deed }));
    }

    fn hear(&mut self, arguments: &str, count: usize) {
        let mut bytes = quoted(arguments).unwrap_or_default();
        bytes.truncate(count);
        self.heard
            .entry(socket(arguments).to_owned())
            .or_default()
            .extend(bytes);
    }

    fn made(&self, arguments: &str) -> Option<Deed> {
        let name = self.named(arguments)?;
        assert!(
            !arguments.contains("O_TRUNC"),
            "{name} is emptied by opening it, which is not replayed yet"
        );
        arguments.contains("O_CREAT").then_some(Deed::Make(name))
    }

    /// The store's file behind the first argument, a descriptor with its path: `12<\x2f…>`.
    fn file(&self, arguments: &str) -> Option<String> {
        self.ours(&path(arguments)?)
    }

    fn is_folder(&self, arguments: &str) -> bool {
        path(arguments).is_some_and(|path| path == self.folder)
    }

    /// The store's file whose path is the first text among the arguments.
    fn named(&self, arguments: &str) -> Option<String> {
        self.ours(&String::from_utf8(quoted(arguments)?).ok()?)
    }

    /// The index (`-shm`) is memory of the machine: it is gone with the power.
    fn ours(&self, path: &str) -> Option<String> {
        let name = path.strip_prefix(&self.folder)?.strip_prefix('/')?;
        super::disk::FILES.contains(&name).then(|| name.to_owned())
    }
}

fn path(arguments: &str) -> Option<String> {
    let (_, rest) = arguments.split_once('<')?;
    let (path, _) = rest.split_once('>')?;
    String::from_utf8(bytes(path)).ok()
}

/// Descriptor and socket together: `9<socket:[4711]>`, in hexadecimal.
fn socket(arguments: &str) -> &str {
    arguments.split('>').next().unwrap_or_default()
}

/// The first quoted argument.
fn quoted(arguments: &str) -> Option<Vec<u8>> {
    let (_, rest) = arguments.split_once('"')?;
    let (text, rest) = rest.split_once('"')?;
    assert!(!rest.starts_with("..."), "strace cut a text short");
    Some(bytes(text))
}

/// `\x2f\x74…`, as bytes.
fn bytes(text: &str) -> Vec<u8> {
    let digit = |d: u8| (d as char).to_digit(16).unwrap_or_default() as u8;
    let pairs = text.as_bytes().chunks_exact(4);
    pairs.map(|p| digit(p[2]) << 4 | digit(p[3])).collect()
}

fn number(text: &str) -> Option<usize> {
    let digits = text
        .trim_start()
        .split(|c: char| !c.is_ascii_digit())
        .next()?;
    digits.parse().ok()
}

fn after<'a>(text: &'a str, mark: &str) -> Option<&'a str> {
    text.rfind(mark).map(|at| &text[at + mark.len()..])
}

#[test]
fn a_trace_is_read_in_the_order_of_what_must_hold() {
    let hex = |text: &str| {
        text.bytes()
            .fold(String::new(), |all, b| format!("{all}\\x{b:02x}"))
    };
    let wal = hex("/s/drover.db-wal");
    let ask = hex(r#"POST … {"mark":7}"#);
    let lines = [
        format!(
            "1 openat(AT_FDCWD<{}>, \"{wal}\", O_RDWR|O_CREAT, 0600) = 3<{wal}>",
            hex("/s")
        ),
        format!("2 recvfrom(9<{}>, <unfinished ...>", hex("socket:[5]")),
        format!("1 pwrite64(3<{wal}>, \"{}\", 2, 40) = 2", hex("ab")),
        format!("1 fsync(3<{wal}> <unfinished ...>"),
        format!(
            "2 <... recvfrom resumed>\"{ask}\", 100, 0, NULL, NULL) = {}",
            ask.len() / 4
        ),
        "1 <... fsync resumed>)              = 0".to_owned(),
        format!(
            "2 sendto(9<{}>, \"{}\", 20, MSG_NOSIGNAL, NULL, 0 <unfinished ...>",
            hex("socket:[5]"),
            hex("HTTP/1.1 201 Created\r\n")
        ),
        format!("1 fsync(4<{}>) = 0", hex("/s")),
        "2 <... sendto resumed>) = 20".to_owned(),
        format!(
            "2 writev(8<{}>, [{{iov_base=\"{}\", iov_len=9}}, {{iov_base=\"{}\", iov_len=9}}], 2) = 18",
            hex("socket:[6]"),
            hex("POST /api/v1/fleet/scripts/run HTTP/1.1\r\n\r\n"),
            hex("{}")
        ),
        "1 fsync(4) = -1 EIO (Input/output error)".to_owned(),
    ];
    let told: Vec<_> = read(&lines.join("\n"), Path::new("/s"))
        .into_iter()
        .map(|event| format!("{}-{} {:?}", event.begun, event.done, event.deed))
        .collect();
    assert_eq!(
        told,
        [
            r#"0-0 Make("drover.db-wal")"#,
            r#"2-2 Write { name: "drover.db-wal", at: 40, bytes: [97, 98] }"#,
            r#"3-5 Sync("drover.db-wal")"#,
            "6-6 Kept { mark: 7, serial: None }",
            "7-7 SyncFolder",
            r#"9-9 Sent("fleet.run_script")"#,
        ]
    );
}
