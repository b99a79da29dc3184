//! `drover report`: what was done and what is left, for people who were not there.
//!
//! [`parts`] makes the tables, [`standing`] reads what only a report shows, [`against`] puts a second store beside the
//! first, [`formats`] writes them.

mod against;
mod formats;
mod parts;
mod standing;
#[cfg(test)]
mod tests;

use super::context::Context;
use super::error::{CliError, Exit};
use super::status::{Survey, survey};
use formats::Page;
use serde::Serialize;
use standing::Standing;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct ReportArgs {
    #[arg(long, value_enum, default_value_t = ReportFormat::Md)]
    pub format: ReportFormat,
    /// Another store beside this one, such as that of the staging run: pipeline, phases, checks and failures
    #[arg(long, value_name = "STORE")]
    pub against: Option<PathBuf>,
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

/// Everything, as JSON has it.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    survey: Survey,
    #[serde(flatten)]
    standing: Standing,
}

pub fn run(context: &mut Context, args: &ReportArgs) -> Result<Exit, CliError> {
    let json = context.json() || args.format == ReportFormat::Json;
    if let Some(other) = &args.against {
        let beside = against::read(context, other)?;
        if json {
            context.out.json(&beside)?;
            return Ok(Exit::Done);
        }
        return write(context, &beside.page(), args.format);
    }
    let reader = context.reader()?;
    let pipeline = super::pipelines::of(context, reader.shape());
    let survey = survey(context, &reader, pipeline.as_ref())?;
    let standing = context.look(&reader, |view, now| {
        Standing::read(view, now, pipeline.as_ref())
    })?;
    if json {
        context.out.json(&Report { survey, standing })?;
        return Ok(Exit::Done);
    }
    let title = survey.pipeline.as_deref().unwrap_or("drover");
    let head = match survey.done {
        Some(done) => format!("{done} of {} complete at {}.", survey.rows, survey.at),
        None => format!("{} rows at {}.", survey.rows, survey.at),
    };
    let page = Page {
        title: title.to_owned(),
        head,
        parts: parts::parts(&survey, &standing),
    };
    write(context, &page, args.format)
}

fn write(context: &mut Context, page: &Page, format: ReportFormat) -> Result<Exit, CliError> {
    let text = match format {
        ReportFormat::Html => formats::html(page),
        ReportFormat::Csv => formats::csv(&page.parts)?,
        ReportFormat::Md | ReportFormat::Json => formats::markdown(page),
    };
    context.out.text(&text)?;
    Ok(Exit::Done)
}
