//! What is heard: lines from standard input.

use std::io::{BufRead, Read};
use std::sync::mpsc::Sender;

/// A longer line is nobody's order.
const LONGEST: u64 = 16 * 1024;

/// What the dialogue waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    Line(String),
    /// A line that goes on and on; it was let pass.
    TooLong,
    /// Nothing more will come.
    End,
}

/// Reads lines until there are no more or nobody listens. Bytes that are no text become substitutes.
pub fn listen(mut input: impl BufRead, heard: &Sender<Heard>) {
    loop {
        let mut line = Vec::new();
        let read = (&mut input).take(LONGEST).read_until(b'\n', &mut line);
        let said = match read {
            Ok(0) | Err(_) => Heard::End,
            Ok(_) if line.len() as u64 == LONGEST && line.last() != Some(&b'\n') => {
                match input.skip_until(b'\n') {
                    Ok(_) => Heard::TooLong,
                    Err(_) => Heard::End,
                }
            }
            Ok(_) => {
                let text = String::from_utf8_lossy(&line);
                Heard::Line(text.trim_end_matches(['\n', '\r']).to_owned())
            }
        };
        let last = said == Heard::End;
        if heard.send(said).is_err() || last {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_one_by_one_and_an_endless_one_is_let_pass() {
        let (sender, heard) = std::sync::mpsc::channel();
        let long = "x".repeat(40_000);
        let input = format!("list\r\n{long}\n\u{e9}\nlast");
        listen(input.as_bytes(), &sender);
        drop(sender);
        let line = |text: &str| Heard::Line(text.into());
        assert_eq!(
            heard.iter().collect::<Vec<_>>(),
            [
                line("list"),
                Heard::TooLong,
                line("é"),
                line("last"),
                Heard::End
            ]
        );
    }
}
