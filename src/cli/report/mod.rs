//! `drover report`: what was done and what is left, for people who were not there.
//!
//! [`parts`] makes the tables, [`formats`] writes them.

mod formats;
mod parts;

use super::context::Context;
use super::error::{CliError, Exit};
use super::status::survey;

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
    let parts = parts::parts(&survey);
    let text = match args.format {
        ReportFormat::Html => formats::html(title, &head, &parts),
        ReportFormat::Csv => formats::csv(&parts)?,
        ReportFormat::Md | ReportFormat::Json => formats::markdown(title, &head, &parts),
    };
    context.out.text(&text)?;
    Ok(Exit::Done)
}
