//! `drover export`: every column of every row, to a file or standard output.

use super::context::Context;
use super::error::{CliError, Exit};
use super::list::{Choice, Format, names, print};
use super::output::Output;
use std::fs::OpenOptions;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

#[derive(clap::Args, Debug)]
pub struct ExportArgs {
    #[command(flatten)]
    pub choice: Choice,
    #[arg(long, value_enum, default_value_t = ExportFormat::Csv)]
    pub format: ExportFormat,
    /// Write here, readable by you alone; an existing file is not overwritten
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportFormat {
    Csv,
    Json,
}

pub fn run(context: &mut Context, args: &ExportArgs) -> Result<Exit, CliError> {
    let reader = context.reader()?;
    let columns: Vec<String> = names(reader.shape())
        .into_iter()
        .map(str::to_owned)
        .collect();
    let format = if context.json() || args.format == ExportFormat::Json {
        Format::Json
    } else {
        Format::Csv
    };
    let Some(path) = &args.output else {
        print(context, &reader, &args.choice, &columns, format)?;
        return Ok(Exit::Done);
    };
    let file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .map_err(|error| CliError::usage(format!("{} cannot be made: {error}", path.display())))?;
    let to_file = Output::plain(
        Box::new(std::io::BufWriter::new(file)),
        Box::new(std::io::sink()),
    );
    let screen = std::mem::replace(&mut context.out, to_file);
    let written =
        print(context, &reader, &args.choice, &columns, format).and_then(|()| context.out.flush());
    context.out = screen;
    if let Err(error) = written {
        // Half an export would be taken for a whole one.
        let _ = std::fs::remove_file(path);
        return Err(error);
    }
    Ok(Exit::Done)
}
