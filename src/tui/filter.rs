//! What is typed after `/`, as an SQL condition over the row. The store judges it: this only writes it.

use crate::model::rule::Shape;
use crate::model::time::Span;
use crate::model::value::ValueType;

/// Columns every row has beside the declared ones.
const OWN: [&str; 2] = ["phase", "wave"];

/// `None` for an empty filter. The error is a sentence.
///
/// Words are looked for in every text column; `column:value` in one; `!` before either turns it round; `idle:>2h` is
/// the time in the present phase; `= …` is SQL as it stands.
pub fn condition(typed: &str, shape: &Shape) -> Result<Option<String>, String> {
    let typed = typed.trim();
    if let Some(sql) = typed.strip_prefix('=') {
        let sql = sql.trim();
        return Ok((!sql.is_empty()).then(|| sql.to_owned()));
    }
    let parts: Vec<String> = words(typed)
        .iter()
        .map(
            |word| match word.strip_prefix('!').filter(|rest| !rest.is_empty()) {
                Some(rest) => Ok(format!("NOT {}", one(rest, shape)?)),
                None => one(word, shape),
            },
        )
        .collect::<Result<_, String>>()?;
    Ok((!parts.is_empty()).then(|| parts.join(" AND ")))
}

/// Split at spaces; `"quoted words"` stay together.
fn words(typed: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in typed.chars() {
        match c {
            '"' => quoted = !quoted,
            c if c.is_whitespace() && !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}

fn one(word: &str, shape: &Shape) -> Result<String, String> {
    let Some((name, value)) = word.split_once(':') else {
        let texts = shape.columns.iter().filter(|c| c.kind == ValueType::Text);
        let names = texts.map(|c| c.name.as_str()).chain(OWN);
        let any: Vec<String> = names.map(|name| format!("\"{name}\"")).collect();
        // One text of all columns is looked through faster than each. What parts them cannot be typed.
        let all = format!("concat_ws(char(31), {})", any.join(", "));
        return Ok(format!("({})", contains(&all, word)));
    };
    if name == "idle" {
        return idle(value);
    }
    let Some(kind) = kind_of(name, shape) else {
        return Err(format!(
            "there is no column \"{name}\": write words, column:value, phase:…, wave:…, idle:>2h, or = and SQL"
        ));
    };
    if value.is_empty() {
        return Ok(format!("({name} IS NULL)"));
    }
    Ok(match (kind, value) {
        (ValueType::Boolean, "yes" | "true" | "1") => format!("({name} IS TRUE)"),
        (ValueType::Boolean, "no" | "false" | "0") => format!("({name} IS FALSE)"),
        _ => format!("({})", like(name, value)),
    })
}

fn kind_of(name: &str, shape: &Shape) -> Option<ValueType> {
    let own = OWN.contains(&name).then_some(ValueType::Text);
    let declared = shape.columns.iter().find(|c| c.name == name);
    own.or(declared.map(|c| c.kind))
}

fn idle(value: &str) -> Result<String, String> {
    let wrong = || format!("\"idle:{value}\" is not understood: write idle:>2h or idle:<10m");
    let (sign, span) = match value.split_at_checked(1) {
        Some((">", span)) => ("", span),
        Some(("<", span)) => ("NOT ", span),
        _ => return Err(wrong()),
    };
    let millis = Span::parse(span).map_err(|_| wrong())?.millis();
    Ok(format!("({sign}phase_since < ago('{millis}ms'))"))
}

/// Contains, without regard to the case of ASCII letters. A missing value contains nothing.
fn like(name: &str, value: &str) -> String {
    contains(&format!("coalesce(\"{name}\", '')"), value)
}

fn contains(text: &str, value: &str) -> String {
    let escaped = value
        .replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_");
    let quoted = escaped.replace('\'', "''");
    format!("{text} LIKE '%{quoted}%' ESCAPE '\\'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rule::ColumnShape;

    fn shape() -> Shape {
        let column = |name: &str, kind| ColumnShape {
            name: name.into(),
            kind,
        };
        Shape {
            subject: "device".into(),
            key: "serial".into(),
            columns: vec![
                column("serial", ValueType::Text),
                column("online", ValueType::Boolean),
            ],
        }
    }

    #[test]
    fn words_become_conditions_and_quotes_cannot_escape() {
        let all = |word: &str| {
            format!(
                "(concat_ws(char(31), \"serial\", \"phase\", \"wave\") LIKE '%{word}%' ESCAPE '\\')"
            )
        };
        for (typed, sql) in [
            ("", None),
            ("  ", None),
            ("=", None),
            ("= online IS TRUE", Some("online IS TRUE".to_owned())),
            ("c02", Some(all("c02"))),
            (
                "it's 5%",
                Some(format!("{} AND {}", all("it''s"), all("5\\%"))),
            ),
            ("!c02", Some(format!("NOT {}", all("c02")))),
            ("online:yes", Some("(online IS TRUE)".to_owned())),
            ("wave:", Some("(wave IS NULL)".to_owned())),
            (
                "idle:>2h",
                Some("(phase_since < ago('7200000ms'))".to_owned()),
            ),
            ("\"a b\"", Some(all("a b"))),
        ] {
            assert_eq!(condition(typed, &shape()).unwrap(), sql, "{typed}");
        }
        for bad in ["nope:1", "idle:2h", "idle:>soon"] {
            assert!(condition(bad, &shape()).is_err(), "{bad}");
        }
    }
}
