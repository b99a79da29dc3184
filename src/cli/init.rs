//! `drover init [PIPELINE]`: writes drover.toml and the pipeline, annotated.

use super::context::Context;
use super::error::{CliError, Exit};
use super::pipelines;
use crate::config::sample;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct InitArgs {
    /// A shipped pipeline
    #[arg(default_value = "jamf-to-fleet")]
    pub pipeline: String,
    /// Where the files go
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
}

/// Overwrites nothing: either both files are new, or none is written.
pub fn run(context: &mut Context, args: &InitArgs) -> Result<Exit, CliError> {
    let text = pipelines::shipped(&args.pipeline)?;
    let name = format!("{}.toml", args.pipeline);
    let folder = context.here.join(&args.folder);
    let files = [
        (
            folder.join("drover.toml"),
            sample(&format!("./{name}"), &pipelines::sample_settings(text)),
        ),
        (folder.join(&name), text.to_owned()),
    ];
    if let Some((there, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(CliError::usage(format!(
            "{} is there already; nothing was written",
            there.display()
        )));
    }
    std::fs::create_dir_all(&folder).map_err(|error| {
        CliError::failed(format!("{} cannot be made: {error}", folder.display()))
    })?;
    for (path, text) in &files {
        write(path, text)?;
    }
    if context.json() {
        let paths: Vec<_> = files.iter().map(|(path, _)| path).collect();
        context.out.json(&json!({"written": paths}))?;
        return Ok(Exit::Done);
    }
    for (path, _) in &files {
        context.out.line(format_args!("wrote {}", path.display()))?;
    }
    context.out.line(
        "Next: fill in drover.toml, then `drover check`; `drover demo` shows a whole night without touching anything.",
    )?;
    Ok(Exit::Done)
}

fn write(path: &Path, text: &str) -> Result<(), CliError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| CliError::failed(format!("{} cannot be written: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::typed;
    use crate::config::{Env, load};

    #[test]
    fn what_init_writes_is_sound_and_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let first = typed(folder.path(), &["init"]);
        assert_eq!(first.exit, Exit::Done, "{}", first.err);
        let config = load(None, &Env::of([]), folder.path()).unwrap();
        let pipeline = pipelines::load(&config).unwrap();
        assert_eq!(pipeline.name, "jamf-to-fleet");
        let text = std::fs::read_to_string(folder.path().join("drover.toml")).unwrap();
        for setting in &pipeline.settings {
            assert!(text.contains(&format!("# {} = ", setting.name)), "{text}");
        }
        let again = typed(folder.path(), &["init"]);
        assert_eq!(again.exit, Exit::Usage);
        assert!(again.err.contains("is there already"), "{}", again.err);
        let check = typed(folder.path(), &["pipeline", "check"]);
        assert_eq!(check.exit, Exit::Done, "{}{}", check.out, check.err);
    }
}
