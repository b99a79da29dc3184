//! A journal that somebody changed is found out: any row by the chain, the end and the whole by heads that were told to
//! another trust domain (`reliability.md` H5).

use crate::proofs::figure;
use drover::model::clock::Clock;
use drover::model::hash::sha256_hex;
use drover::pipeline::parse;
use drover::store::{Had, Head, Level, NewEntry, Reader, Setup, Store};
use rusqlite::{Connection, params};
use std::fmt::Write;
use std::path::{Path, PathBuf};

const PIPELINE: &str = include_str!("../../assets/pipelines/jamf-to-fleet.toml");

struct Kept {
    folder: tempfile::TempDir,
    heads: Vec<Head>,
}

impl Kept {
    /// A journal of so many entries, and the heads that were told on the way.
    fn new(entries: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let pipeline = parse("jamf-to-fleet.toml", PIPELINE).unwrap();
        let path = folder.path().join("drover.db");
        let mut heads = Vec::new();
        runtime.block_on(async {
            let setup = Setup {
                shape: pipeline.shape(),
                rules: pipeline.rules(),
                clock: Clock::system(),
            };
            let store = Store::open(&path, setup).unwrap();
            let part = (entries / 10).max(1);
            for from in (0..entries).step_by(part) {
                let until = entries.min(from + part);
                let said = store.write(move |tx| {
                    for number in from..until {
                        tx.say(NewEntry {
                            level: if number % 7 == 0 {
                                Level::Warning
                            } else {
                                Level::Info
                            },
                            source: "test".into(),
                            row: None,
                            text: format!("entry number {number}: nothing lost, nothing doubled"),
                        })?;
                    }
                    Ok(())
                });
                said.await.unwrap();
                heads.extend(store.read(|view| view.journal_head()).await.unwrap());
            }
            store.close().await;
        });
        Self { folder, heads }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("drover.db")
    }

    /// Something done to a copy by other means; what the chain and the heads then say.
    fn after(&self, deed: impl FnOnce(&Connection)) -> Verdict {
        let copy = self.folder.path().join("copy.db");
        for suffix in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(with(&copy, suffix));
            let _ = std::fs::copy(with(&self.path(), suffix), with(&copy, suffix));
        }
        let conn = Connection::open(&copy).unwrap();
        deed(&conn);
        drop(conn);
        let reader = Reader::open(&copy).unwrap();
        let chain = reader.look(|view| view.verify_journal()).unwrap().1;
        let heads = self.heads.iter();
        let lost =
            heads.filter(|head| reader.look(|view| view.journal_has(head)).unwrap() != Had::Same);
        Verdict {
            chain: chain.is_some(),
            heads: lost.count(),
        }
    }
}

fn with(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Whether the chain shows it, and how many of the told heads are not there any more.
#[derive(Debug, PartialEq)]
struct Verdict {
    chain: bool,
    heads: usize,
}

/// The whole chain written anew with other words, each hash as drover makes them: what somebody can do who has the file and
/// the source. `reliability.md` §4: parts with their lengths before them.
fn forge(conn: &Connection) {
    let mut select = conn
        .prepare("SELECT id, at, level, source, row, text FROM journal ORDER BY id")
        .unwrap();
    let mut rows = select.query([]).unwrap();
    let mut before = String::new();
    let mut forged = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        let id: i64 = row.get(0).unwrap();
        let at: String = row.get(1).unwrap();
        let level: String = row.get(2).unwrap();
        let source: String = row.get(3).unwrap();
        let row_of: Option<i64> = row.get(4).unwrap();
        let text = row
            .get::<_, String>(5)
            .unwrap()
            .replace("nothing lost", "all is well");
        let row_of = row_of.map(|id| id.to_string()).unwrap_or_default();
        let mut told = String::new();
        for part in [
            &before,
            &id.to_string(),
            &at,
            &level,
            &source,
            &row_of,
            &text,
        ] {
            let _ = write!(told, "{}:{part}", part.len());
        }
        before = sha256_hex(told.as_bytes());
        forged.push((id, text, before.clone()));
    }
    for (id, text, hash) in forged {
        conn.execute(
            "UPDATE journal SET text = ?2, hash = ?3 WHERE id = ?1",
            params![id, text, hash],
        )
        .unwrap();
    }
}

/// What can be done to one entry; what was there is put back afterwards.
const DEEDS: [&str; 6] = [
    "UPDATE journal SET text = text || '.' WHERE id = ?1",
    "UPDATE journal SET at = '2001-01-01T00:00:00.000Z' WHERE id = ?1",
    "UPDATE journal SET level = 'debug' WHERE id = ?1",
    "UPDATE journal SET source = 'anna' WHERE id = ?1",
    "UPDATE journal SET hash = 'g' || substr(hash, 2) WHERE id = ?1",
    "DELETE FROM journal WHERE id = ?1",
];
const SWAP: &str = "UPDATE journal SET text = (SELECT text FROM was WHERE id = 2 * ?1 + 1 - journal.id) WHERE id IN (?1, ?1 + 1)";
const BACK: &str = "INSERT OR REPLACE INTO journal SELECT * FROM was WHERE id IN (?1, ?1 + 1)";

/// Every deed to every entry; how many there were, and how many drover's own walk along the chain found.
fn deeds(kept: &Kept, last: i64) -> (u64, u64) {
    let conn = Connection::open(kept.path()).unwrap();
    conn.execute_batch("PRAGMA synchronous = OFF; CREATE TEMP TABLE was AS SELECT * FROM journal")
        .unwrap();
    let reader = Reader::open(&kept.path()).unwrap();
    let (mut done, mut found) = (0, 0);
    for id in 1..=last {
        for sql in DEEDS.into_iter().chain([SWAP]) {
            // The last entry has nobody to change places with, and its loss is a cut tail, which only heads show.
            if id == last && (sql == SWAP || sql.starts_with("DELETE")) {
                continue;
            }
            conn.prepare_cached(sql).unwrap().execute([id]).unwrap();
            let (_, broken) = reader.look(|view| view.verify_journal()).unwrap();
            done += 1;
            found += u64::from(broken.is_some_and(|at| at == id || at == id + 1));
            conn.prepare_cached(BACK).unwrap().execute([id]).unwrap();
        }
    }
    (done, found)
}

fn prove(entries: usize) {
    let kept = Kept::new(entries);
    let whole = kept.after(|_| {});
    let nothing = Verdict {
        chain: false,
        heads: 0,
    };
    assert_eq!(whole, nothing, "nothing was done to it");
    let last = entries as i64;
    let (done, found) = deeds(&kept, last);
    assert_eq!(found, done, "changed, deleted and swapped");
    assert_eq!(kept.after(|_| {}), nothing, "all was put back");
    let added = kept.after(|conn| {
        let sql = "INSERT INTO journal (id, at, level, source, text, hash) \
                   VALUES (?1, '2026-01-01T00:00:00.000Z', 'info', 'x', 'y', 'z')";
        conn.execute(sql, [last + 1]).unwrap();
    });
    assert!(added.chain, "appended");
    let cut = kept.after(|conn| {
        conn.execute("DELETE FROM journal WHERE id > ?1", [last - 1])
            .unwrap();
    });
    assert_eq!(
        cut,
        Verdict {
            chain: false,
            heads: 1
        },
        "only a head shows a cut tail"
    );
    let all = kept.heads.len();
    let forged = kept.after(forge);
    assert_eq!(
        forged,
        Verdict {
            chain: false,
            heads: all
        },
        "only heads show a chain written anew"
    );
    let emptied = kept.after(|conn| {
        conn.execute("DELETE FROM journal", []).unwrap();
    });
    assert_eq!(
        emptied,
        Verdict {
            chain: false,
            heads: all
        },
        "emptied"
    );
    figure(
        "tampering",
        &[
            ("entries", &entries),
            ("deeds", &done),
            ("found_by_chain", &found),
            ("cut_rewritten_emptied_found_by_heads", &3),
        ],
    );
}

#[test]
fn whatever_is_done_to_the_journal_shows() {
    prove(60);
}

/// `cargo test --release --test it -- --ignored tampering --nocapture`
#[test]
#[ignore = "takes minutes"]
fn proofs_whatever_is_done_to_a_long_journal_shows() {
    let _alone = crate::proofs::alone();
    prove(1_500);
}

#[test]
fn the_engine_tells_its_head_and_verify_holds_the_chain_against_it() {
    let company = crate::support::Company::open(600, &["--devices", "2"]);
    let engine = company.engine();
    assert!(engine.terminate().success());
    let log = std::fs::read_to_string(company.path("run.log")).unwrap();
    let told: Vec<Head> = log.lines().filter_map(Head::in_line).collect();
    assert!(!told.is_empty(), "{log}");
    let well = company.types(&["journal", "--verify", "--heads", "run.log"]);
    assert_eq!(well.code, 0, "{well:?}");
    assert!(well.out.contains("told heads are in it"), "{well:?}");
    let head = told.last().unwrap();
    let one = company.types(&[
        "journal",
        "--verify",
        "--head",
        &format!("{}:{}", head.id, head.hash),
    ]);
    assert_eq!(one.code, 0, "{one:?}");
    for (head, code) in [
        ("4711", 2),
        ("1:abc", 2),
        ("x:y", 2),
        (&*format!("{}:{}", head.id, "0".repeat(64)), 3),
    ] {
        let typed = company.types(&["journal", "--verify", "--head", head]);
        assert_eq!(typed.code, code, "{typed:?}");
    }
    let conn = Connection::open(company.path("drover.db")).unwrap();
    conn.execute("DELETE FROM journal WHERE id = ?1", [head.id])
        .unwrap();
    drop(conn);
    let alone = company.types(&["journal", "--verify"]);
    assert_eq!(
        alone.code, 0,
        "a chain does not show its cut tail: {alone:?}"
    );
    let cut = company.types(&["journal", "--verify", "--heads", "run.log"]);
    assert_eq!(cut.code, 3, "{cut:?}");
    assert!(cut.out.contains("cut off"), "{cut:?}");
}
