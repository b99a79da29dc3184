//! `contains(WORD, VALUE, …)`: whether one of these texts has the word in it, whatever the case of ASCII letters.
//!
//! It answers what `concat_ws(char(10), VALUE, …) LIKE '%WORD%'` does, without making one text of all and without walking
//! through it letter by letter.

use rusqlite::functions::FunctionFlags;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error};

/// What texts are mostly made of; to look for anything else is sooner done.
const COMMON: &[u8] = b" .-/e0a1ist2onr3456789cdlmpu";

/// A word to look for.
struct Word {
    /// In small letters.
    text: Vec<u8>,
    /// Where its rarest letter stands.
    rarest: usize,
}

impl Word {
    fn new(text: &[u8]) -> Self {
        let text = text.to_ascii_lowercase();
        let rank = |byte: &u8| COMMON.iter().position(|common| common == byte);
        let rarest = (0..text.len()).max_by_key(|at| rank(&text[*at]).unwrap_or(usize::MAX));
        Self {
            rarest: rarest.unwrap_or_default(),
            text,
        }
    }

    fn is_in(&self, text: &[u8]) -> bool {
        let Some(last) = text.len().checked_sub(self.text.len()) else {
            return false;
        };
        let Some(small) = self.text.get(self.rarest).copied() else {
            return true;
        };
        let places = &text[self.rarest..=self.rarest + last];
        memchr::memchr2_iter(small, small.to_ascii_uppercase(), places)
            .any(|at| text[at..at + self.text.len()].eq_ignore_ascii_case(&self.text))
    }
}

/// Teaches a connection `contains`. What is missing contains nothing; a number is looked through as it is written.
pub(super) fn teach(conn: &Connection) -> rusqlite::Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8
        | FunctionFlags::SQLITE_DETERMINISTIC
        | FunctionFlags::SQLITE_DIRECTONLY;
    conn.create_scalar_function("contains", -1, flags, |context| {
        if context.is_empty() {
            return Err(Error::UserFunctionError(
                "contains takes a word and what to look for it in".into(),
            ));
        }
        if context.get_raw(0) == ValueRef::Null {
            return Ok(None);
        }
        let word = context.get_or_create_aux(0, |word| -> rusqlite::Result<Word> {
            Ok(match word {
                ValueRef::Text(text) => Word::new(text),
                ValueRef::Integer(number) => Word::new(number.to_string().as_bytes()),
                _ => {
                    let why = "contains looks for a text, such as contains('mac', computer_name)";
                    return Err(Error::UserFunctionError(why.into()));
                }
            })
        })?;
        let found = (1..context.len()).any(|at| match context.get_raw(at) {
            ValueRef::Text(text) => word.is_in(text),
            ValueRef::Integer(number) => word.is_in(number.to_string().as_bytes()),
            _ => false,
        });
        Ok(Some(found))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_answers_as_like_does() {
        let conn = Connection::open_in_memory().unwrap();
        teach(&conn).unwrap();
        let texts = [
            "",
            "a",
            "A",
            "Mac of person 7",
            "MAC14,2",
            "mac",
            "aab",
            "aaab",
            "müller",
            "MÜLLER",
            "100%",
            "c_2",
            "nobody is here; NoBoDy",
        ];
        let words = [
            "a", "mac", "MAC1", "aab", "ÜLL", "üll", "%", "_", "nobody", "body is", "", "e;",
        ];
        for text in texts {
            for word in words {
                let escaped = word.replace('%', "\\%").replace('_', "\\_");
                let (mine, like): (bool, bool) = conn
                    .query_row(
                        "SELECT contains(?1, NULL, ?2), ?2 LIKE '%' || ?3 || '%' ESCAPE '\\'",
                        [word, text, &escaped],
                        |row| Ok((row.get(0)?, row.get(1)?)),
                    )
                    .unwrap();
                assert_eq!(mine, like, "{word:?} in {text:?}");
            }
        }
        let asked = |sql: &str| conn.query_row(sql, [], |row| row.get::<_, Option<bool>>(0));
        assert_eq!(asked("SELECT contains('5', NULL, 150)"), Ok(Some(true)));
        assert_eq!(asked("SELECT contains('5', NULL)"), Ok(Some(false)));
        assert_eq!(asked("SELECT contains('a\nb', 'a', 'b')"), Ok(Some(false)));
        assert_eq!(asked("SELECT contains(NULL, 'a')"), Ok(None));
        assert!(asked("SELECT contains()").is_err());
        assert!(asked("SELECT contains(x'00', 'a')").is_err());
    }
}
