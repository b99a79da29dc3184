//! Rows as spreadsheets read them: CSV cells that no spreadsheet runs as a formula.

use super::row::Row;
use super::value::Value;
use std::borrow::Cow;

/// What every row has besides the declared columns.
pub const OWN_COLUMNS: [&str; 5] = ["wave", "phase", "phase_since", "created_at", "updated_at"];

/// A cell for a spreadsheet. One that a spreadsheet would run as a formula gets an apostrophe before it; so does one that
/// already looks like that, so that nothing is lost on the way back.
pub fn guarded(text: &str) -> Cow<'_, str> {
    if is_formula(text.trim_start_matches('\'')) {
        format!("'{text}").into()
    } else {
        text.into()
    }
}

/// What [`guarded`] was given.
pub fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

/// Whether some spreadsheet runs it: also the wide forms of the signs, and after a line break or tab.
fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// One line of CSV, with its line break.
pub fn csv_line<'a>(cells: impl IntoIterator<Item = Cow<'a, str>>) -> csv::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let cells: Vec<Cow<'a, str>> = cells.into_iter().collect();
    writer.write_record(cells.iter().map(|cell| cell.as_bytes()))?;
    let bytes = writer
        .into_inner()
        .map_err(|error| std::io::Error::other(error.to_string()))?;
    // What went in as text comes out as text.
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Null is an empty cell; a whole number needs no guard, whatever its sign.
pub fn csv_cell(value: &Value) -> Cow<'static, str> {
    match value {
        Value::Null => "".into(),
        Value::Integer(number) => number.to_string().into(),
        Value::Boolean(yes) => yes.to_string().into(),
        Value::Json(json) => guarded(&json.to_string()).into_owned().into(),
        value => guarded(&value.to_string()).into_owned().into(),
    }
}

/// What a row holds under a name: one of [`OWN_COLUMNS`], or a declared column.
pub fn cell<'a>(row: &'a Row, column: &str) -> Cow<'a, Value> {
    let text = |text: &Option<String>| text.clone().map_or(Value::Null, Value::Text);
    Cow::Owned(match column {
        "wave" => text(&row.wave),
        "phase" => text(&row.phase),
        "phase_since" => Value::Time(row.phase_since),
        "created_at" => Value::Time(row.created_at),
        "updated_at" => Value::Time(row.updated_at),
        _ => return Cow::Borrowed(row.get(column)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded_and_comes_back() {
        for (raw, written) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("-5", "'-5"),
            ("C02A", "C02A"),
            ("'quoted", "'quoted"),
            ("'=1+1", "''=1+1"),
            ("＝1", "'＝1"),
            ("", ""),
        ] {
            assert_eq!(guarded(raw), written);
            assert_eq!(unguarded(&guarded(raw)), raw);
        }
        let line = csv_line(["a,b".into(), "say \"x\"".into()]).unwrap();
        assert_eq!(line, "\"a,b\",\"say \"\"x\"\"\"\n");
    }

    #[test]
    fn cells_of_csv_are_guarded_numbers_are_not() {
        assert_eq!(csv_cell(&Value::Integer(-5)), "-5");
        assert_eq!(csv_cell(&Value::Text("=cmd".into())), "'=cmd");
        assert_eq!(csv_cell(&Value::Null), "");
        assert_eq!(csv_cell(&Value::Boolean(true)), "true");
    }
}
