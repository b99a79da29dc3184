//! `drover status`: what is not moving, why, what comes next, and whether you may sleep.
//!
//! [`survey`] reads it in one look, [`text`] writes one screen. Exit code 3
//! when something needs an operator; each such thing is a sentence in `attention`.

mod checks;
mod survey;
mod text;
mod waves;

pub(super) use survey::{Survey, survey};

use super::context::Context;
use super::error::{CliError, Exit};

pub fn run(context: &mut Context) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let pipeline = super::pipelines::of(context, reader.shape());
    let survey = survey(context, &reader, pipeline.as_ref())?;
    if context.json() {
        context.out.json(&survey)?;
    } else {
        text::write(context, &survey)?;
    }
    Ok(if survey.attention.is_empty() {
        Exit::Done
    } else {
        Exit::Attention
    })
}
