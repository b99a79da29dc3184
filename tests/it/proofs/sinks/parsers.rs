//! Readers of what was written, written for this proof from the formats' own rules.

use rusqlite::Connection;

/// A URL's query or a form: names and values, undone. Panics on what is none.
pub(super) fn pairs(text: &str) -> Vec<(String, String)> {
    text.split('&')
        .map(|pair| {
            let (name, value) = pair
                .split_once('=')
                .unwrap_or_else(|| panic!("no pair: {text}"));
            assert!(!value.contains('='), "{text}");
            (percent(name), percent(value))
        })
        .collect()
}

/// Percent-encoding undone; every byte outside it is an unreserved one (RFC 3986 §2.3).
pub(super) fn percent(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::new(), text.as_bytes());
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first == b'%' {
            let digits = std::str::from_utf8(&tail[..2]).unwrap();
            bytes.push(u8::from_str_radix(digits, 16).unwrap());
            rest = &tail[2..];
        } else {
            assert!(
                first.is_ascii_alphanumeric() || b"-_.~".contains(first),
                "{first} in {text}"
            );
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).unwrap()
}

/// A text at a path of a JSON document, as SQLite reads it; and how many members the object around it has.
pub(super) fn in_json(json: &str, path: &str) -> String {
    let conn = Connection::open_in_memory().unwrap();
    let sql = "SELECT json_valid(?1), json_extract(?1, ?2)";
    let (valid, text): (bool, Option<String>) = conn
        .query_row(sql, [json, path], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert!(valid, "{json}");
    text.unwrap_or_else(|| panic!("nothing at {path} of {json}"))
}

pub(super) fn members(json: &str) -> i64 {
    let conn = Connection::open_in_memory().unwrap();
    conn.query_row("SELECT count(*) FROM json_each(?1)", [json], |row| {
        row.get(0)
    })
    .unwrap()
}

/// Lines of cells (RFC 4180).
pub(super) fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let (mut quoted, mut chars) = (false, text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cell.push('"');
            }
            '"' if quoted => quoted = false,
            '"' if cell.is_empty() => quoted = true,
            '"' => panic!("a quote inside a bare cell: {text}"),
            ',' if !quoted => line.push(std::mem::take(&mut cell)),
            '\n' if !quoted => {
                line.push(std::mem::take(&mut cell));
                lines.push(std::mem::take(&mut line));
            }
            c => cell.push(c),
        }
    }
    assert!(
        !quoted && cell.is_empty() && line.is_empty(),
        "the last line is whole"
    );
    lines
}

/// A cell as whoever writes a spreadsheet puts it.
pub(super) fn csv_cell(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Slack's three escapes undone; nothing that means something to it may stand there bare.
pub(super) fn slack(text: &str) -> String {
    assert!(!text.contains(['<', '>']), "{text}");
    for rest in text.split('&').skip(1) {
        assert!(
            ["amp;", "lt;", "gt;"]
                .iter()
                .any(|escape| rest.starts_with(escape)),
            "{text}"
        );
    }
    text.replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// `name=="value"` and nothing after it: the value. Backslashes escape inside the quotes.
pub(super) fn rsql(filter: &str, name: &str) -> String {
    let rest = filter
        .strip_prefix(&format!("{name}==\""))
        .unwrap_or_else(|| panic!("{filter}"));
    let (mut value, mut chars) = (String::new(), rest.chars());
    loop {
        match chars.next() {
            Some('\\') => value.push(chars.next().unwrap()),
            Some('"') => {
                assert_eq!(chars.as_str(), "", "more than one comparison: {filter}");
                return value;
            }
            Some(c) => value.push(c),
            None => panic!("a quote that never closes: {filter}"),
        }
    }
}

/// The table's lines of a Markdown text under a heading: cells, undone.
pub(super) fn markdown(text: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = text.split_once(&format!("\n## {heading}\n")).unwrap();
    let section = section.split("\n## ").next().unwrap();
    let lines = section.lines().filter(|line| line.starts_with('|'));
    lines
        .map(|line| {
            let line = line.strip_prefix("| ").unwrap().strip_suffix(" |").unwrap();
            let (mut cells, mut cell, mut chars) = (Vec::new(), String::new(), line.chars());
            while let Some(c) = chars.next() {
                match c {
                    '\\' => cell.push(chars.next().unwrap()),
                    '[' | ']' | '`' | '*' | '_' | '~' | '!' | '#' | '<' => {
                        panic!("bare {c} in {line}")
                    }
                    '|' => cells.push(std::mem::take(&mut cell).trim().to_owned()),
                    c => cell.push(c),
                }
            }
            cells.push(cell.trim().to_owned());
            cells.iter().map(|cell| entities(cell)).collect()
        })
        .collect()
}

/// The cells of the table under a heading of a page. Whatever is markup there must be one of the table's own tags.
pub(super) fn html(page: &str, heading: &str) -> Vec<Vec<String>> {
    let (_, section) = page.split_once(&format!("<h2>{heading}</h2>")).unwrap();
    let (table, _) = section.split_once("</table>").unwrap();
    let (mut lines, mut line, mut cell) = (Vec::new(), Vec::new(), String::new());
    let mut rest = table;
    while let Some(at) = rest.find('<') {
        cell.push_str(&rest[..at]);
        let (tag, after) = rest[at + 1..].split_once('>').unwrap();
        rest = after;
        match tag {
            "table" | "tr" | "td" | "th" => cell.clear(),
            "/td" | "/th" => line.push(entities(&std::mem::take(&mut cell))),
            "/tr" => lines.push(std::mem::take(&mut line)),
            other => panic!("a tag <{other}> in {table}"),
        }
    }
    lines
}

fn entities(text: &str) -> String {
    let text = text
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}
