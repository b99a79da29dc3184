//! What is wrong in a configuration file: every fault, with its line.

use std::fmt;

/// One fault of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Counted from 1; 0 when the fault is what the file lacks.
    pub line: usize,
    /// The key, with its sections: `connectors.fleet.url`. Empty for a fault of the file as a whole.
    pub key: String,
    /// What is wrong and what to do. Never repeats the value of a secret's slot.
    pub text: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.text)
    }
}

/// Every fault of one file, in the order of its lines. Never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Findings {
    /// The file, as it was named to us.
    pub file: String,
    pub list: Vec<Finding>,
}

impl fmt::Display for Findings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.list.len();
        let things = if count == 1 { "fault" } else { "faults" };
        write!(f, "{} has {count} {things}:", self.file)?;
        for finding in &self.list {
            write!(f, "\n  {finding}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Findings {}

/// The known word that a mistyped one most probably means; `None` when nothing is near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_ascii_lowercase();
    known
        .into_iter()
        .map(|other| {
            (
                strsim::damerau_levenshtein(&word, &other.to_ascii_lowercase()),
                other,
            )
        })
        .filter(|(distance, other)| *distance <= (other.len() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, other)| other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_of_the_finger_finds_its_word_and_a_stranger_finds_none() {
        let known = ["address", "token", "tls", "parallel"];
        assert_eq!(nearest("adress", known), Some("address"));
        assert_eq!(nearest("tokne", known), Some("token"));
        assert_eq!(nearest("TOKEN", known), Some("token"));
        assert_eq!(nearest("paralell", known), Some("parallel"));
        assert_eq!(nearest("colour", known), None);
    }
}
