//! The same tables as Markdown, HTML and CSV.

use super::Part;
use crate::cli::error::CliError;
use crate::cli::table::csv_line;
use crate::model::sheet::guarded;
use std::fmt::Write;

/// A report, whatever it is written as.
pub(super) struct Page {
    pub title: String,
    pub head: String,
    pub parts: Vec<Part>,
}

pub(super) fn markdown(page: &Page) -> String {
    let Page { title, head, parts } = page;
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    // A link or picture in a device's name would be called by whoever reads the report.
    let safe = |text: &str| {
        text.chars()
            .fold(String::with_capacity(text.len()), |mut safe, c| {
                match c {
                    '\n' | '\r' => safe.push(' '),
                    '<' => safe.push_str("&lt;"),
                    '&' => safe.push_str("&amp;"),
                    c => {
                        if "\\`*_[]~|!#".contains(c) {
                            safe.push('\\');
                        }
                        safe.push(c);
                    }
                }
                safe
            })
    };
    let mut text = format!("# {}\n\n{}\n", safe(title), safe(head));
    for part in parts {
        let _ = writeln!(text, "\n## {}\n", part.title);
        if part.rows.is_empty() {
            text.push_str("None.\n");
            continue;
        }
        text.push_str(&line(part.titles.iter().map(|&t| t.to_owned()).collect()));
        text.push_str(&line(vec!["---".into(); part.titles.len()]));
        for row in &part.rows {
            text.push_str(&line(row.iter().map(|cell| safe(cell)).collect()));
        }
    }
    text
}

pub(super) fn html(page: &Page) -> String {
    let Page { title, head, parts } = page;
    let safe = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        let mut line = "<tr>".to_owned();
        for cell in cells {
            let _ = write!(line, "<{tag}>{}</{tag}>", safe(cell));
        }
        line + "</tr>\n"
    };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>\n\
         <style>body{{font:15px system-ui;margin:2rem}}table{{border-collapse:collapse}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid #ccc}}</style>\n\
         <h1>{0}</h1>\n<p>{1}</p>\n",
        safe(title),
        safe(head)
    );
    for part in parts {
        let _ = writeln!(text, "<h2>{}</h2>", part.title);
        if part.rows.is_empty() {
            text.push_str("<p>None.</p>\n");
            continue;
        }
        text.push_str("<table>\n");
        text.push_str(&cells("th", &mut part.titles.iter().copied()));
        for row in &part.rows {
            text.push_str(&cells("td", &mut row.iter().map(String::as_str)));
        }
        text.push_str("</table>\n");
    }
    text.push_str("</html>\n");
    text
}

/// One table of all parts: which part, then its cells.
pub(super) fn csv(parts: &[Part]) -> Result<String, CliError> {
    let mut text = String::new();
    for part in parts {
        let titles = std::iter::once("Part").chain(part.titles.iter().copied());
        text.push_str(&csv_line(titles.map(Into::into))?);
        for row in &part.rows {
            let cells = row.iter().map(|cell| guarded(cell));
            text.push_str(&csv_line(std::iter::once(part.title.into()).chain(cells))?);
        }
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hostile() -> Page {
        let part = Part {
            title: "Parked",
            titles: vec!["Why", "Rows"],
            rows: vec![vec!["=a|<b>\n\"c\"".into(), "2".into()]],
        };
        Page {
            title: "t".into(),
            head: "h".into(),
            parts: vec![part],
        }
    }

    #[test]
    fn text_from_outside_stays_text_in_every_format() {
        let md = markdown(&hostile());
        assert!(md.contains("| =a\\|&lt;b> \"c\" | 2 |"), "{md}");
        let page = html(&hostile());
        assert!(
            page.contains("<td>=a|&lt;b&gt;\n&quot;c&quot;</td>"),
            "{page}"
        );
        let sheet = csv(&hostile().parts).unwrap();
        assert!(sheet.contains("Parked,\"'=a|<b>\n\"\"c\"\"\",2"), "{sheet}");
    }
}
