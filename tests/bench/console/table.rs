//! The figures, printed: what, wanted, got.

use std::time::Duration;

/// Figures as they come.
#[derive(Default)]
pub struct Table {
    missed: usize,
}

impl Table {
    pub fn heading() {
        println!("{:<58} {:>12} {:>34}", "what", "wanted", "got");
    }

    /// A figure with a limit; `got` is compared, `said` is printed.
    fn row(&mut self, what: &str, wanted: &str, said: &str, ok: bool) {
        if !ok {
            self.missed += 1;
        }
        let word = if ok { "ok" } else { "MISSED" };
        println!("{what:<58} {wanted:>12} {said:>34}  {word}");
    }

    pub fn time(&mut self, what: &str, most: f64, got: Duration) {
        let got = got.as_secs_f64() * 1e3;
        self.row(
            what,
            &format!("≤ {most} ms"),
            &format!("{got:.2} ms"),
            got <= most,
        );
    }

    /// Several runs: the median counts.
    pub fn times(&mut self, what: &str, most: f64, runs: &Runs) {
        let said = format!(
            "{:.2} ms ({:.2}–{:.2})",
            runs.at(50),
            runs.at(0),
            runs.at(100)
        );
        self.row(what, &format!("≤ {most} ms"), &said, runs.at(50) <= most);
    }

    /// Latencies: the middle and the slow end.
    pub fn latencies(&mut self, what: &str, (p50, p99): (f64, f64), runs: &Runs) {
        let said = format!(
            "{:.2} / {:.2} ms (worst {:.2})",
            runs.at(50),
            runs.at(99),
            runs.at(100)
        );
        let ok = runs.at(50) <= p50 && runs.at(99) <= p99;
        self.row(what, &format!("{p50} / {p99} ms"), &said, ok);
    }

    pub fn number(&mut self, what: &str, most: f64, unit: &str, got: f64) {
        let digits = if got.fract() == 0.0 { 0 } else { 2 };
        self.row(
            what,
            &format!("≤ {most}{unit}"),
            &format!("{got:.digits$}{unit}"),
            got <= most,
        );
    }

    /// For whoever reads the figures; nothing is wanted of it.
    pub fn note(what: &str, said: &str) {
        println!("{what:<58} {:>12} {said:>34}", "");
    }

    pub fn end(&self) {
        if self.missed > 0 {
            println!("{} missed; the machine may have been busy", self.missed);
        }
    }
}

/// Milliseconds of several runs.
#[derive(Default)]
pub struct Runs(Vec<f64>);

impl Runs {
    pub fn add(&mut self, took: Duration) {
        self.0.push(took.as_secs_f64() * 1e3);
    }

    pub fn append(&mut self, mut other: Self) {
        self.0.append(&mut other.0);
    }

    /// The value that so many hundredths do not exceed.
    pub fn at(&self, hundredth: usize) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1);
        let at = (sorted.len() * hundredth / 100).min(last);
        sorted.get(at).copied().unwrap_or_default()
    }
}
