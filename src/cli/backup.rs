//! `drover backup FILE` and `drover restore FILE`.

use super::context::Context;
use super::error::{CliError, Exit};
use crate::store;
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args, Debug, Clone)]
pub struct BackupArgs {
    /// Where the copy goes; a new file
    pub file: PathBuf,
}

#[derive(clap::Args, Debug, Clone)]
pub struct RestoreArgs {
    /// The copy to put back
    pub file: PathBuf,
    /// Do not ask
    #[arg(long, short)]
    pub yes: bool,
}

/// Works with and without an engine.
pub fn backup(context: &mut Context, args: &BackupArgs) -> Result<Exit, CliError> {
    let path = context.store_path()?;
    // A reader's own check first: it says best what is missing.
    drop(context.reader()?);
    store::backup(&path, &args.file)?;
    if context.json() {
        context
            .out
            .json(&json!({"store": path, "backup": args.file}))?;
    } else {
        context.out.line(format_args!(
            "{} is a whole copy of {}",
            args.file.display(),
            path.display()
        ))?;
    }
    Ok(Exit::Done)
}

/// Forgets what the world did since the copy was made, so it asks first. No engine may run.
pub fn restore(context: &mut Context, args: &RestoreArgs) -> Result<Exit, CliError> {
    let path = context.store_path()?;
    if !args.file.exists() {
        return Err(CliError::usage(format!(
            "there is no backup at {}",
            args.file.display()
        )));
    }
    if !args.yes {
        let question = format!(
            "{} will be as {} has it; everything younger is forgotten, and nothing is sent until you resume. Go on? [y/N]",
            path.display(),
            args.file.display()
        );
        if !context.agrees(&question)? {
            return Err(CliError::failed("nothing was restored"));
        }
    }
    let aside = store::restore(&args.file, &path)?;
    if context.json() {
        context
            .out
            .json(&json!({"store": path, "from": args.file, "kept_aside": aside}))?;
        return Ok(Exit::Done);
    }
    context.out.line(format_args!(
        "{} is as {} had it",
        path.display(),
        args.file.display()
    ))?;
    if let Some(aside) = aside {
        context.out.line(format_args!(
            "what was there before is kept as {}",
            aside.display()
        ))?;
    }
    context.out.line(format_args!(
        "the next engine looks up what was done since and sends nothing: `drover status` tells how far it is, then `drover resume --reason …` goes on"
    ))?;
    Ok(Exit::Done)
}
