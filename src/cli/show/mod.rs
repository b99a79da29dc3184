//! `drover show KEY`: one row's dossier.
//!
//! [`dossier`] gathers it in one look at the store, [`text`] writes it for people, [`story`] is its timeline. With
//! `--json` the dossier itself is printed.

mod dossier;
mod story;
mod text;

use super::context::Context;
use super::error::{CliError, Exit};

#[derive(clap::Args, Debug)]
pub struct ShowArgs {
    /// The row's key
    pub key: String,
    /// How far back the timeline goes
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub history: usize,
    /// With the request and reply of each step, and ladders the row is not on
    #[arg(long)]
    pub full: bool,
}

pub fn run(context: &mut Context, args: &ShowArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let pipeline = super::pipelines::of(context, reader.shape());
    let dossier = dossier::gather(context, &reader, pipeline.as_ref(), args)?;
    if context.json() {
        context.out.json(&dossier.to_json())?;
    } else {
        text::write(context, &dossier, args.full)?;
    }
    Ok(Exit::Done)
}
