//! What must not reach the terminal, and what must be seen without colours.

use super::night::{NAMES, Night};
use crate::support::Terminal;

/// Leaves out the sequences that the console itself may use; anything else that begins with an escape is a fault.
fn without_sequences(raw: &[u8]) -> String {
    let text = String::from_utf8(raw.to_vec()).expect("what is written is UTF-8");
    let (mut left, mut chars) = (String::new(), text.chars());
    while let Some(c) = chars.next() {
        if c != '\u{1b}' {
            left.push(c);
            continue;
        }
        assert_eq!(chars.next(), Some('['), "after: {}", tail(&left));
        let ending = chars.find(|c| !matches!(c, '0'..='9' | ';' | '?' | ':'));
        assert!(
            ending.is_some_and(|c| "HJKhlmrABCDGdSTLM".contains(c)),
            "{ending:?} after: {}",
            tail(&left)
        );
    }
    left
}

fn tail(text: &str) -> String {
    let from = text.chars().count().saturating_sub(80);
    text.chars().skip(from).collect()
}

/// The column at which a word begins on a line.
fn column_of(terminal: &Terminal, line: u16, word: &str) -> Option<u16> {
    terminal.with_screen(|screen| {
        let wide = screen.size().1.get();
        let from = |column: u16| -> String {
            let cells = (column..wide).filter_map(|at| screen.cell(line, at));
            cells
                .map(|cell| cell.contents())
                .collect::<Vec<_>>()
                .concat()
        };
        (0..wide).find(|column| {
            from(*column)
                .replace(' ', "")
                .starts_with(&word.replace(' ', ""))
                && screen
                    .cell(line, *column)
                    .is_some_and(|cell| !cell.contents().trim().is_empty())
        })
    })
}

fn line_with(terminal: &Terminal, word: &str) -> Option<u16> {
    let lines =
        terminal.with_screen(|screen| screen.rows(0, screen.size().1.get()).collect::<Vec<_>>());
    let found = lines.iter().position(|line| line.contains(word));
    found.map(|at| at as u16)
}

/// A row's cells begin where the headings do, and a space before.
fn is_straight(terminal: &Terminal, key: &str) -> bool {
    let (Some(heading), Some(line)) = (line_with(terminal, "Waits for"), line_with(terminal, key))
    else {
        return false;
    };
    ["Phase", "Waits for"].into_iter().all(|name| {
        let Some(column) = column_of(terminal, heading, name) else {
            return false;
        };
        terminal.with_screen(|screen| {
            let is_empty = |column| {
                let cell = screen.cell(line, column);
                cell.is_none_or(|cell| cell.contents().trim().is_empty())
            };
            !is_empty(column) && is_empty(column - 1)
        })
    })
}

#[test]
fn hostile_names_leave_no_control_byte_and_the_columns_straight() {
    let night = Night::new();
    let mut terminal = night.console((200, 50), "", "");
    terminal.wait_for("HOST09");
    // A list that is read again may move its columns, all at once.
    terminal.wait("straight columns", |terminal| {
        (0..NAMES.len()).all(|at| is_straight(terminal, &format!("HOST{at:02}")))
    });
    // The dossier, the faults, an attempt and the events of each.
    terminal.press("g");
    for _ in 0..NAMES.len() + 2 {
        terminal.press("\rjjjjjjG15\rG16\rG1j");
    }
    terminal.press("4jj1G");
    terminal.wait_for("12/12");
    terminal.press("q");
    assert_eq!(terminal.code(), 0);
    let left = without_sequences(&terminal.raw());
    for c in left.chars() {
        let bidi = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200b}' | '\u{feff}');
        assert!(
            !bidi && (!c.is_control() || matches!(c, '\r' | '\n')),
            "{c:?}"
        );
    }
}

#[test]
fn without_colours_the_row_under_the_cursor_is_still_seen() {
    let night = Night::new();
    for (before, words) in [("NO_COLOR=1", ""), ("", "--no-color")] {
        let mut terminal = night.console((100, 30), before, words);
        terminal.wait_for("HOST03");
        terminal.press("j");
        terminal.wait_for("2/12");
        let reversed = |terminal: &Terminal| {
            terminal.with_screen(|screen| {
                let (lines, columns) = screen.size();
                let (lines, columns) = (lines.get(), columns.get());
                let on = |line: &u16| {
                    let cell = |column| screen.cell(*line, column).unwrap().inverse();
                    (0..columns).all(cell)
                };
                (0..lines).filter(on).count()
            })
        };
        assert_eq!(reversed(&terminal), 1);
        terminal.with_screen(|screen| {
            let (lines, columns) = screen.size();
            let (lines, columns) = (lines.get(), columns.get());
            for line in 0..lines {
                for column in 0..columns {
                    let cell = screen.cell(line, column).unwrap();
                    let plain = vt100::Color::Default;
                    assert_eq!((cell.fgcolor(), cell.bgcolor()), (plain, plain));
                }
            }
        });
        terminal.press("q");
        assert_eq!(terminal.code(), 0);
    }
}

#[test]
fn where_only_ascii_is_spoken_nothing_else_is_drawn() {
    let night = Night::new();
    for (before, words) in [("LANG=C", ""), ("", "--ascii"), ("LC_ALL=POSIX", "")] {
        let mut terminal = night.console((120, 40), before, words);
        terminal.wait_for("HOST03");
        for (key, part) in [
            ("", "Waits for"),
            ("\r", "you can"),
            ("4", "- faults"),
            ("5", "- history"),
            ("6", "- inbox"),
            ("7", "- waves"),
            ("8", "- services"),
            ("9", "- progress"),
            ("?", "- help"),
            (":", "- palette"),
        ] {
            terminal.press(key);
            terminal.wait_for(part);
            let text = terminal.text();
            // Names are shown as they are: those of this night, and "Wen’s MacBook Pro".
            let own = text.lines().filter(|line| !line.contains("HOST"));
            let drawn = |line: &&str| line.chars().any(|c| !c.is_ascii() && c != '’');
            let odd: Vec<&str> = own.filter(drawn).collect();
            assert!(odd.is_empty(), "at {key:?}: {odd:?}");
        }
        terminal.press("\x1b");
        terminal.wait("no palette", |terminal| {
            !terminal.text().contains("- palette")
        });
        terminal.press("1q");
        assert_eq!(terminal.code(), 0);
    }
}
