//! What is looked for on the screen.

use crate::terminal::{COLUMNS, LINES, Terminal, line_of, part};
use vt100::Screen;

/// Where the table lies, found once.
#[derive(Clone, Copy)]
pub struct Sights {
    /// The line with the counts.
    pub title: u16,
    pub rows: usize,
}

/// `12,345`.
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut said = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// The first frame, whatever is in it.
pub fn any_frame(screen: &Screen) -> bool {
    part(screen, 0, 0..60).contains("drover")
}

/// The first frame with all rows counted and the first of them there.
pub fn first_rows(rows: usize) -> impl Fn(&Screen) -> bool + Send {
    let counter = format!(" 1/{} ", thousands(rows));
    move |screen| {
        (1..8)
            .find(|line| part(screen, *line, 150..COLUMNS).contains(&counter))
            .is_some_and(|title| has_row(screen, title + 2))
    }
}

/// A row of the table, with its data.
pub fn has_row(screen: &Screen, line: u16) -> bool {
    part(screen, line, 3..20).starts_with("C02")
}

impl Sights {
    pub fn find(terminal: &Terminal, rows: usize) -> Self {
        let counter = format!(" 1/{} ", thousands(rows));
        terminal.until(first_rows(rows));
        let title = terminal.look(|screen| line_of(screen, &counter));
        Self {
            title: title.expect("the line with the counts"),
            rows,
        }
    }

    /// The cursor is on this line of so many.
    pub fn at_of(self, at: usize, of: usize) -> impl Fn(&Screen) -> bool + Send {
        let counter = format!(" {}/{} ", thousands(at), thousands(of));
        move |screen| part(screen, self.title, 150..COLUMNS).contains(&counter)
    }

    pub fn at(self, at: usize) -> impl Fn(&Screen) -> bool + Send {
        self.at_of(at, self.rows)
    }

    /// As `at`, and the rows in sight are there.
    pub fn at_with_rows(self, at: usize) -> impl Fn(&Screen) -> bool + Send {
        let there = self.at(at);
        move |screen| {
            there(screen) && has_row(screen, self.title + 2) && has_row(screen, self.title + 20)
        }
    }

    /// The rows with these keys are the first.
    pub fn first_are(self, keys: Vec<String>) -> impl Fn(&Screen) -> bool + Send {
        move |screen| {
            (self.title + 2..)
                .zip(&keys)
                .all(|(line, key)| part(screen, line, 3..30).starts_with(key))
        }
    }

    /// The title says so many matches.
    pub fn matches(self, found: usize) -> impl Fn(&Screen) -> bool + Send {
        let said = format!(" {} of {} match ", thousands(found), thousands(self.rows));
        move |screen| part(screen, self.title, 0..COLUMNS).contains(&said)
    }

    /// Lines of the table.
    pub fn height(self, terminal: &Terminal) -> usize {
        let first = self.title + 2;
        terminal.look(|screen| {
            (first..LINES)
                .take_while(|line| has_row(screen, *line))
                .count()
        })
    }
}
