//! The ledger itself.

use super::doubles::{Doubles, Verdict};
use super::entry::{Effect, Ending, Entry};
use super::file;
use super::report::LedgerReport;
use crate::model::time::Time;
use std::fs::File;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Effects and violations of all services of one world. Cheap to clone; clones share one ledger.
#[derive(Clone, Default)]
pub struct Ledger(Arc<Inner>);

#[derive(Default)]
struct Inner {
    calls: AtomicU64,
    book: Mutex<Book>,
}

#[derive(Default)]
struct Book {
    effects: Vec<Effect>,
    doubles: Doubles,
    report: LedgerReport,
    file: Option<File>,
}

impl Ledger {
    /// Keeps everything in memory.
    pub fn in_memory() -> Self {
        Self::default()
    }

    /// Appends to `path` what is recorded, each entry on disk before the method returns, and takes over what earlier
    /// runs wrote there. Fails when the file cannot be opened or holds something else.
    pub fn open(path: &Path) -> io::Result<Self> {
        let (file, entries) = file::open(path)?;
        let mut book = Book::default();
        for entry in entries {
            book.take(entry);
        }
        book.file = Some(file);
        Ok(Self(Arc::new(Inner {
            calls: AtomicU64::new(0),
            book: Mutex::new(book),
        })))
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.book.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One more request was heard.
    pub fn called(&self) {
        self.0.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// Something landed.
    pub fn record(&self, effect: Effect) {
        self.book().write(Entry::Effect(effect));
    }

    /// An effect that takes its time has ended. Telling an ending that nothing waits for changes nothing.
    pub fn ended(&self, at: Time, verb: &str, subject: &str, detail: &str, how: Ending) {
        let mut book = self.book();
        if book.doubles.end(verb, subject, detail, how) {
            book.keep(&Entry::Ended {
                at,
                verb: verb.to_owned(),
                subject: subject.to_owned(),
                detail: detail.to_owned(),
                how,
            });
        }
    }

    /// Something was done that must never be done.
    pub fn violation(&self, text: impl Into<String>) {
        self.book().write(Entry::Violation { text: text.into() });
    }

    /// Every effect, in the order in which they landed.
    pub fn effects(&self) -> Vec<Effect> {
        self.book().effects.clone()
    }

    /// How many effects of this verb landed.
    pub fn count(&self, verb: &str) -> u64 {
        self.book()
            .report
            .by_verb
            .get(verb)
            .copied()
            .unwrap_or_default()
    }

    pub fn report(&self) -> LedgerReport {
        LedgerReport {
            calls: self.0.calls.load(Ordering::Relaxed),
            ..self.book().report.clone()
        }
    }
}

impl Book {
    fn write(&mut self, entry: Entry) {
        self.keep(&entry);
        self.take(entry);
    }

    /// A witness that cannot write must not look clean.
    fn keep(&mut self, entry: &Entry) {
        if let Some(file) = &mut self.file
            && let Err(error) = file::append(file, entry)
        {
            self.report
                .violations
                .push(format!("the ledger could not be written: {error}"));
        }
    }

    fn take(&mut self, entry: Entry) {
        match entry {
            Entry::Effect(effect) => {
                match self.doubles.land(&effect) {
                    Verdict::Fine => {}
                    Verdict::Repeat => self.report.repeats += 1,
                    Verdict::Double(doubled) => self.report.doubled.push(doubled),
                }
                self.report.effects += 1;
                *self
                    .report
                    .by_verb
                    .entry(effect.verb.to_string())
                    .or_default() += 1;
                self.effects.push(effect);
            }
            Entry::Ended {
                verb,
                subject,
                detail,
                how,
                ..
            } => {
                self.doubles.end(&verb, &subject, &detail, how);
            }
            Entry::Violation { text } => self.report.violations.push(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::verb;
    use super::*;
    use std::io::Write;

    fn at(second: i64) -> Time {
        Time::from_millis(second * 1_000)
    }

    fn unenroll(second: i64) -> Effect {
        Effect::new(at(second), "jamf", verb::UNENROLL, "C02A", b"")
    }

    fn script(second: i64, name: &str) -> Effect {
        Effect::new(at(second), "fleet", verb::SCRIPT, "C02A", b"{}").detail(name)
    }

    #[test]
    fn a_second_unenroll_is_a_double_while_the_first_is_pending_or_done() {
        let ledger = Ledger::in_memory();
        ledger.record(unenroll(1));
        ledger.record(unenroll(2));
        assert_eq!(ledger.report().doubled.len(), 1);
        let ledger = Ledger::in_memory();
        ledger.record(unenroll(1));
        ledger.ended(at(2), verb::UNENROLL, "C02A", "", Ending::Succeeded);
        ledger.record(unenroll(3));
        let doubled = ledger.report().doubled;
        assert_eq!(doubled[0].why, "an earlier one had succeeded");
        assert_eq!((doubled[0].first, doubled[0].again), (at(1), at(3)));
    }

    #[test]
    fn an_unenroll_after_a_failed_cancelled_or_undone_one_is_a_retry() {
        for endings in [
            &[Ending::Failed][..],
            &[Ending::Cancelled],
            &[Ending::Succeeded, Ending::Undone],
        ] {
            let ledger = Ledger::in_memory();
            ledger.record(unenroll(1));
            for how in endings {
                ledger.ended(at(2), verb::UNENROLL, "C02A", "", *how);
            }
            ledger.record(unenroll(3));
            assert!(ledger.report().is_clean(), "{endings:?}");
            assert_eq!(ledger.count(verb::UNENROLL), 2);
        }
    }

    #[test]
    fn a_script_doubles_only_with_a_pending_one_of_its_name_or_its_own_operation() {
        let ledger = Ledger::in_memory();
        ledger.record(script(1, "remove").op(Some("op1")));
        ledger.record(script(1, "other"));
        assert!(ledger.report().is_clean());
        ledger.ended(at(2), verb::SCRIPT, "C02A", "remove", Ending::Succeeded);
        ledger.record(script(3, "remove").op(Some("op2")));
        assert!(ledger.report().is_clean(), "a later run is legitimate");
        ledger.ended(at(4), verb::SCRIPT, "C02A", "remove", Ending::Failed);
        ledger.record(script(5, "remove").op(Some("op1")));
        assert_eq!(
            ledger.report().doubled[0].why,
            "the same operation had landed"
        );
        ledger.record(script(6, "remove"));
        assert_eq!(ledger.report().doubled.len(), 2);
    }

    #[test]
    fn a_harmless_effect_with_a_known_operation_is_only_counted() {
        let ledger = Ledger::in_memory();
        for _ in 0..2 {
            ledger.record(Effect::new(at(1), "slack", verb::POST, "C1", b"x").op(Some("m1")));
        }
        let report = ledger.report();
        assert_eq!((report.repeats, report.effects), (1, 2));
        assert!(report.is_clean());
    }

    #[test]
    fn a_file_survives_reopening_and_a_torn_last_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        let ledger = Ledger::open(&path).unwrap();
        ledger.record(unenroll(1));
        ledger.violation("jamf: erase of C02A");
        drop(ledger);
        let mut torn = File::options().append(true).open(&path).unwrap();
        torn.write_all(b"{\"entry\":\"eff").unwrap();
        drop(torn);

        let ledger = Ledger::open(&path).unwrap();
        assert_eq!(ledger.report().violations, ["jamf: erase of C02A"]);
        ledger.record(unenroll(9));
        assert_eq!(
            ledger.report().doubled.len(),
            1,
            "the first is still pending"
        );
        drop(ledger);
        let report = Ledger::open(&path).unwrap().report();
        assert_eq!((report.effects, report.doubled.len()), (2, 1));
    }

    #[test]
    fn a_file_that_is_no_ledger_is_refused_by_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.jsonl");
        std::fs::write(&path, "{\"entry\":\"violation\",\"text\":\"x\"}\nhello\n").unwrap();
        let Err(error) = Ledger::open(&path) else {
            panic!("opened")
        };
        assert!(error.to_string().contains("line 2"), "{error}");
    }
}
