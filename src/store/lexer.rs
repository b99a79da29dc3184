//! Whether a text is one closed expression: it can be put between parentheses and cannot get out of them.

/// The longest condition taken, in bytes.
const LONGEST: usize = 8 * 1024;

/// Words that begin a statement inside an expression. SQLite's authorizer does not see every one of them: some are
/// folded into the statement around them first.
const STATEMENTS: [&str; 3] = ["select", "values", "with"];

/// A sentence when the text could be more, or less, than one expression.
pub(super) fn closed(sql: &str) -> Result<(), String> {
    if sql.trim().is_empty() {
        return Err("the condition is empty".into());
    }
    if sql.len() > LONGEST {
        return Err(format!("the condition is longer than {LONGEST} bytes"));
    }
    let mut depth = 0_i32;
    let mut rest = sql.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            c if c.is_alphabetic() || c == '_' => {
                let mut word = c.to_string();
                while let Some(c) = rest.next_if(|c| c.is_alphanumeric() || *c == '_') {
                    word.push(c);
                }
                if STATEMENTS
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(&word))
                {
                    return Err("a condition cannot have a subquery".into());
                }
            }
            '\'' | '"' | '`' => skip_to(&mut rest, c)?,
            '[' => skip_to(&mut rest, ']')?,
            '(' => depth += 1,
            ')' => depth -= 1,
            ';' => return Err("a condition is one expression; take out the semicolon".into()),
            '-' if rest.peek() == Some(&'-') => return Err(comment()),
            '/' if rest.peek() == Some(&'*') => return Err(comment()),
            '?' | '@' | '$' | '#' => {
                return Err(format!(
                    "\"{c}\" has no meaning here; a setting is written :name"
                ));
            }
            '\0' => return Err("the condition has a NUL character in it".into()),
            _ => {}
        }
        if depth < 0 {
            return Err("a parenthesis is closed that was never opened".into());
        }
    }
    if depth > 0 {
        return Err("a parenthesis is never closed".into());
    }
    Ok(())
}

fn comment() -> String {
    "a condition cannot have comments".into()
}

/// A doubled quote is two quoted texts side by side here, which comes to the same.
fn skip_to(rest: &mut impl Iterator<Item = char>, end: char) -> Result<(), String> {
    if rest.any(|c| c == end) {
        Ok(())
    } else {
        Err(format!("a quoted text is never closed with {end}"))
    }
}

#[cfg(test)]
mod tests {
    use super::closed;

    #[test]
    fn only_one_closed_expression_passes() {
        for good in [
            "a = 'it''s; (fine) -- here'",
            "(a OR b) AND \"c)\" = 1",
            "selected = 'select' OR \"with\"",
        ] {
            assert_eq!(closed(good), Ok(()), "{good}");
        }
        for bad in [
            "1) OR (1",
            "(1",
            "1)",
            "a; DROP TABLE x",
            "a -- b",
            "a /* b",
            "'open",
            "\"open",
            "[open",
            "a = ?1",
            "a = @x",
            "EXISTS (sElEcT 1)",
            "a IN (VALUES (1))",
            "  ",
        ] {
            assert!(closed(bad).is_err(), "{bad}");
        }
    }
}
