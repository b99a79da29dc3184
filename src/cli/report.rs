//! `drover report`: what was done and what is left, for people who were not there.

use super::context::Context;
use super::error::{CliError, Exit};
use super::status::{Survey, survey};
use super::table::{csv_line, guarded};

#[derive(clap::Args, Debug)]
pub struct ReportArgs {
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    pub format: ReportFormat,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportFormat {
    Md,
    Html,
    Csv,
    Json,
}

/// One table of the report; every format shows the same ones.
struct Part {
    title: &'static str,
    titles: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

pub fn run(context: &mut Context, args: &ReportArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let pipeline = super::pipelines::of(context, reader.shape());
    let survey = survey(context, &reader, pipeline.as_ref())?;
    if context.json() || args.format == ReportFormat::Json {
        context.out.json(&survey)?;
        return Ok(Exit::Done);
    }
    let title = survey.pipeline.as_deref().unwrap_or("drover");
    let head = match survey.done {
        Some(done) => format!("{done} of {} complete at {}.", survey.rows, survey.at),
        None => format!("{} rows at {}.", survey.rows, survey.at),
    };
    let parts = parts(&survey);
    let text = match args.format {
        ReportFormat::Html => html(title, &head, &parts),
        ReportFormat::Csv => csv(&parts)?,
        ReportFormat::Md | ReportFormat::Json => markdown(title, &head, &parts),
    };
    context.out.text(&text)?;
    Ok(Exit::Done)
}

fn parts(survey: &Survey) -> Vec<Part> {
    let phases = survey.phases.iter().map(|count| {
        let phase = count.phase.clone().unwrap_or_else(|| "no phase".into());
        vec![phase, count.rows.to_string()]
    });
    let queues = survey.queues.iter().map(|queue| {
        let c = &queue.count;
        let state = if queue.on { "on" } else { "off" };
        let numbers = [
            c.queued,
            c.later,
            c.running,
            c.waiting,
            c.backing_off,
            c.held,
        ];
        let numbers = numbers.iter().map(ToString::to_string);
        [queue.title.clone(), state.to_owned()]
            .into_iter()
            .chain(numbers)
            .collect()
    });
    let parked = survey.parked.iter().map(|parked| {
        vec![
            parked.rows.to_string(),
            parked.rule.clone(),
            parked.reason.clone(),
            parked.owner.clone().unwrap_or_else(|| "nobody".into()),
            parked.example.clone(),
        ]
    });
    let faults = survey.faults.iter().map(|fault| {
        vec![
            fault.rows.to_string(),
            fault.attempts.to_string(),
            fault.rule.clone(),
            format!("{}: {}", fault.kind, fault.cause),
            fault.first_at.to_string(),
            fault.last_at.to_string(),
        ]
    });
    let attention = survey.attention.iter().map(|text| vec![text.clone()]);
    vec![
        Part {
            title: "Phases",
            titles: vec!["Phase", "Rows"],
            rows: phases.collect(),
        },
        Part {
            title: "Stages and ladders",
            titles: vec![
                "Name",
                "Switch",
                "Queued",
                "Later",
                "Running",
                "Waiting",
                "Backing off",
                "Held",
            ],
            rows: queues.collect(),
        },
        Part {
            title: "Parked",
            titles: vec!["Rows", "Rule", "Why", "Who has it", "For example"],
            rows: parked.collect(),
        },
        Part {
            title: "Failures by cause",
            titles: vec!["Rows", "Attempts", "Rule", "Cause", "First", "Last"],
            rows: faults.collect(),
        },
        Part {
            title: "Needs an operator",
            titles: vec!["What"],
            rows: attention.collect(),
        },
    ]
}

fn markdown(title: &str, head: &str, parts: &[Part]) -> String {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let safe = |text: &str| {
        let text = text.replace('\\', "\\\\").replace('|', "\\|");
        text.replace('\n', " ").replace('<', "&lt;")
    };
    let mut text = format!("# {}\n\n{head}\n", safe(title));
    for part in parts {
        text.push_str(&format!("\n## {}\n\n", part.title));
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

fn html(title: &str, head: &str, parts: &[Part]) -> String {
    let safe = |text: &str| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
    };
    let cells = |tag: &str, cells: &mut dyn Iterator<Item = &str>| {
        let cells: String = cells
            .map(|cell| format!("<{tag}>{}</{tag}>", safe(cell)))
            .collect();
        format!("<tr>{cells}</tr>\n")
    };
    let mut text = format!(
        "<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>{0}</title>\n\
         <style>body{{font:15px system-ui;margin:2rem}}table{{border-collapse:collapse}}td,th{{text-align:left;padding:.2rem 1rem .2rem 0;border-bottom:1px solid #ccc}}</style>\n\
         <h1>{0}</h1>\n<p>{1}</p>\n",
        safe(title),
        safe(head)
    );
    for part in parts {
        text.push_str(&format!("<h2>{}</h2>\n", part.title));
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
fn csv(parts: &[Part]) -> Result<String, CliError> {
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

    fn hostile() -> Vec<Part> {
        vec![Part {
            title: "Parked",
            titles: vec!["Why", "Rows"],
            rows: vec![vec!["=a|<b>\n\"c\"".into(), "2".into()]],
        }]
    }

    #[test]
    fn text_from_outside_stays_text_in_every_format() {
        let md = markdown("t", "h", &hostile());
        assert!(md.contains("| =a\\|&lt;b> \"c\" | 2 |"), "{md}");
        let page = html("t", "h", &hostile());
        assert!(
            page.contains("<td>=a|&lt;b&gt;\n&quot;c&quot;</td>"),
            "{page}"
        );
        let sheet = csv(&hostile()).unwrap();
        assert!(sheet.contains("Parked,\"'=a|<b>\n\"\"c\"\"\",2"), "{sheet}");
    }
}
