//! What a night with kills came to: counts first, judged by whoever asked for the night.

use super::load::{Kept, STRANGER};
use super::night::{Lives, Night};
use crate::support::{Company, acknowledged, journal, look, standing};
use drover::engine::Settlement;
use drover::model::clock::Stopwatch;
use drover::sim::ledger::LedgerReport;
use drover::store::AttemptState;
use rusqlite::{Connection, OpenFlags};
use std::path::Path;

/// What it came to.
pub(crate) struct Morning {
    pub(crate) settlement: Settlement,
    pub(crate) ledger: LedgerReport,
    pub(crate) acknowledged: usize,
    /// Marks that were acknowledged and are not in the inbox.
    pub(crate) lost: Vec<u64>,
    /// Requests to leave that were acknowledged and are in no row.
    pub(crate) forgotten: Vec<String>,
    /// Marks that are in the inbox more than once.
    pub(crate) twice: Vec<u64>,
    /// Calls whose outcome nobody could know, each with the reason.
    pub(crate) parked: Vec<String>,
    /// Calls that were looked up after a kill or a cut answer: found landed, found not landed.
    pub(crate) landed: usize,
    pub(crate) absent: usize,
    /// Attempts that were open when a new engine started.
    pub(crate) taken_up: usize,
    /// What is wrong with the file or the journal's chain.
    pub(crate) damage: Vec<String>,
    pub(crate) kills: usize,
    pub(crate) unborn: usize,
    pub(crate) sending: usize,
    again: u64,
    seed: u64,
    seconds: f64,
}

impl Morning {
    /// After the engine has ended.
    pub(super) fn of(
        company: Company,
        night: &Night,
        kept: &Kept,
        lives: &Lives,
        watch: Stopwatch,
    ) -> Self {
        let stored = acknowledged(&company);
        let lost = kept.marks.iter().filter(|mark| !stored.contains_key(mark));
        let twice = stored.iter().filter(|(_, times)| **times > 1);
        let forgotten = kept.clicked.iter().filter(|serial| {
            let row = look(&company, |view| view.row_by_key(serial));
            row.is_none_or(|row| row.get("requested_at").is_null())
        });
        let lines = journal(&company);
        let said = |part: &str| lines.iter().filter(|line| line.text.contains(part)).count();
        let taken_up = lines.iter().filter_map(|line| {
            let rest = line.text.strip_prefix("started; ")?;
            rest.split(' ').next()?.parse::<usize>().ok()
        });
        let mut damage = looked_over(&company.path("drover.db"));
        let verified = company.types(&["journal", "--verify"]);
        if verified.code != 0 {
            damage.push(format!("{verified:?}"));
        }
        Self {
            settlement: standing(&company),
            acknowledged: kept.marks.len(),
            lost: lost.copied().collect(),
            forgotten: forgotten.cloned().collect(),
            twice: twice.map(|(mark, _)| *mark).collect(),
            parked: parked(&company),
            landed: said("the answer was lost, but it landed"),
            absent: said("it certainly did not land"),
            taken_up: taken_up.sum(),
            damage,
            kills: night.kills,
            unborn: lives.unborn,
            sending: lives.sending,
            again: kept.again,
            seed: night.seed,
            ledger: company.close(),
            seconds: watch.elapsed().as_secs_f64(),
        }
    }

    /// One line for people.
    pub(crate) fn tell(&self) {
        eprintln!(
            "seed {}: {} kills ({} before it answered, {} with a call under way): {} webhooks acknowledged and {} of them \
             again, {} lost; {} rows, {} complete, {} with a person; {} attempts taken up, {} found landed, {} found not \
             landed, {} parked as unknown; {} effects ({:?}), {} doubled, {} chat messages repeated, {} violations; {:.1} s",
            self.seed,
            self.kills,
            self.unborn,
            self.sending,
            self.acknowledged,
            self.again,
            self.lost.len() + self.forgotten.len(),
            self.settlement.rows,
            self.settlement.complete,
            self.settlement.left.len(),
            self.taken_up,
            self.landed,
            self.absent,
            self.parked.len(),
            self.ledger.effects,
            self.ledger.by_verb,
            self.ledger.doubled.len(),
            self.ledger.repeats,
            self.ledger.violations.len(),
            self.seconds,
        );
        for parked in &self.parked {
            eprintln!("  parked: {parked}");
        }
    }

    /// Nothing lost, nothing doubled, the file whole. True of any night, also one not let to its end.
    pub(crate) fn kept_its_promises(&self) {
        let seed = self.seed;
        assert_eq!(self.lost, [0_u64; 0], "acknowledged, not stored: {seed}");
        assert_eq!(self.twice, [0_u64; 0], "stored twice: seed {seed}");
        assert_eq!(self.forgotten, [""; 0], "in no row: seed {seed}");
        assert_eq!(self.damage, [""; 0], "seed {seed}");
        let ledger = &self.ledger;
        assert!(ledger.doubled.is_empty(), "{seed}: {:#?}", ledger.doubled);
        let violations = &ledger.violations;
        assert!(violations.is_empty(), "{seed}: {violations:#?}");
    }

    /// Every Mac is complete or with a person, who is told why; and enough was going on for that to mean something.
    pub(crate) fn came_to_its_end(&self) {
        let Settlement {
            rows,
            complete,
            left,
            moving,
        } = &self.settlement;
        assert!(moving.is_empty(), "seed {}: {moving:#?}", self.seed);
        for left in left {
            assert!(!left.reason.is_empty() && left.owner.is_some(), "{left:?}");
        }
        let strangers = left.iter().filter(|left| left.key.starts_with(STRANGER));
        let macs = rows - strangers.count() as u64;
        assert!(*complete > macs / 3, "{complete} of {macs}: {left:#?}");
        assert!(
            self.acknowledged as u64 > *rows && self.taken_up > 0,
            "too little was going on: a hook for each row and more, and work to take up"
        );
    }
}

/// Attempts that ended with nobody knowing, each with its reason.
fn parked(company: &Company) -> Vec<String> {
    look(company, |view| {
        let all = view.attempts(None, 100_000)?;
        let unknown = all.iter().filter(|a| a.state == AttemptState::Unknown);
        let told = unknown.map(|a| {
            let why = a.fault.as_ref().map(|fault| fault.message.as_str());
            format!("{} {}: {}", a.rule, a.key, why.unwrap_or("no reason"))
        });
        Ok(told.collect())
    })
}

/// What SQLite itself finds wrong with a store nobody has open.
pub(crate) fn looked_over(path: &Path) -> Vec<String> {
    let ask = |pragma: &str| -> rusqlite::Result<Vec<String>> {
        let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        let mut statement = conn.prepare(pragma)?;
        let rows = statement.query_map([], |row| row.get(0))?;
        rows.collect()
    };
    let mut wrong = ask("PRAGMA integrity_check").unwrap_or_else(|error| vec![error.to_string()]);
    wrong.retain(|line| line != "ok");
    wrong.extend(ask("PRAGMA foreign_key_check").unwrap_or_else(|error| vec![error.to_string()]));
    wrong
}
