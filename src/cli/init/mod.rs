//! `drover init [PIPELINE]`: writes drover.toml and the pipeline, annotated.

mod rehearsal;

use super::context::Context;
use super::error::{CliError, Exit};
use super::pipelines;
use crate::config::sample;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

#[derive(clap::Args, Debug)]
pub struct InitArgs {
    /// A shipped pipeline
    #[arg(default_value = "jamf-to-fleet")]
    pub pipeline: String,
    /// Where the files go
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,
    /// With the addresses of `drover sim`, whose first port this is [8481 when no port is given]
    #[arg(
        long,
        value_name = "PORT",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "8481"
    )]
    pub rehearsal: Option<u16>,
    /// With --rehearsal: the folder to which `drover sim` writes what a move under the old server's name needs
    #[arg(long, value_name = "DIR", default_value = "handover")]
    pub papers: PathBuf,
}

/// Overwrites nothing: either both files are new, or none is written.
pub fn run(context: &mut Context, args: &InitArgs) -> Result<Exit, CliError> {
    let text = pipelines::shipped(&args.pipeline)?;
    let name = format!("{}.toml", args.pipeline);
    // Joined part by part, so that "." leaves no trace in what is told.
    let folder: PathBuf = context.here.join(&args.folder).components().collect();
    let pipeline =
        crate::pipeline::parse(&name, text).map_err(|f| pipelines::refused(&name, &f))?;
    let settings = pipelines::sample_settings(&pipeline);
    let uses = |connector: &str| pipelines::uses(&pipeline, connector);
    let mut config = sample(&format!("./{name}"), &settings, uses);
    if let Some(port) = args.rehearsal {
        config = rehearsal::filled_in(&config, port);
        if ["micromdm", "mdmproxy", "dns", "endpoint"]
            .into_iter()
            .any(uses)
        {
            config = rehearsal::with_papers(&config, &context.here.join(&args.papers))?;
        }
    }
    let files = [
        (folder.join("drover.toml"), config),
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
    context.out.line(if args.rehearsal.is_some() {
        "Next: put the secrets that `drover sim` prints into the environment, then `drover run --speed N` with its N."
    } else {
        "Next: fill in drover.toml, then `drover check`; `drover demo` shows a whole night without touching anything."
    })?;
    Ok(Exit::Done)
}

/// Overwrites nothing.
pub(super) fn write(path: &Path, text: &str) -> Result<(), CliError> {
    OpenOptions::new()
        .write(true)
        .create_new(true)
        // Whoever may write the configuration may name commands to run: nobody else, whatever the umask.
        .mode(0o644)
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| CliError::failed(format!("{} cannot be written: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::testing::typed;
    use crate::config::{Env, load};
    use crate::sim::JAMF_CLIENT_ID;

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
    #[test]
    fn a_rehearsal_is_configured_for_the_simulated_services() {
        let folder = tempfile::tempdir().unwrap();
        let written = typed(folder.path(), &["init", "--rehearsal=9000"]);
        assert_eq!(written.exit, Exit::Done, "{}", written.err);
        assert!(!written.out.contains("/./"), "{}", written.out);
        let config = load(None, &Env::of([]), folder.path()).unwrap();
        assert_eq!(config.fleet.as_ref().unwrap().url, "http://127.0.0.1:9000");
        let jamf = config.jamf.as_ref().unwrap();
        assert_eq!(jamf.url, "http://127.0.0.1:9001");
        assert_eq!(jamf.client_id, JAMF_CLIENT_ID);
        let slack = config.slack.as_ref().unwrap();
        assert_eq!(slack.url, "http://127.0.0.1:9002/api");
        assert_eq!(config.settings["dormant_after"], "12h");
        pipelines::load(&config).unwrap();
    }

    #[test]
    fn a_rehearsal_of_a_move_is_configured_by_what_the_company_left() {
        let folder = tempfile::tempdir().unwrap();
        let init = ["init", "seamless", "--rehearsal=9000"];
        let early = typed(folder.path(), &init);
        assert_eq!(early.exit, Exit::Usage);
        assert!(early.err.contains("drover sim"), "{}", early.err);
        let papers = r#"
            micromdm  = "http://127.0.0.1:9003"
            proxies   = ["http://127.0.0.1:9007", "http://127.0.0.1:9008"]
            resolvers = ["127.0.0.1:9005", "127.0.0.1:9006"]
            hosts     = ["mdm.acme.example", "127.0.0.1"]
            ca        = "/srv/handover/ca.pem"
            [settings]
            old_name    = "mdm.acme.example"
            https_port  = 9004
            nobody_asks = "for this"
        "#;
        let handover = folder.path().join("handover");
        std::fs::create_dir(&handover).unwrap();
        std::fs::write(handover.join(crate::cli::sim::PAPERS), papers).unwrap();
        let written = typed(folder.path(), &init);
        assert_eq!(written.exit, Exit::Done, "{}", written.err);
        let config = load(None, &Env::of([]), folder.path()).unwrap();
        assert!(config.jamf.is_none());
        assert_eq!(config.fleet.as_ref().unwrap().url, "http://127.0.0.1:9000");
        let old = config.micromdm.as_ref().unwrap();
        assert_eq!(old.url, "http://127.0.0.1:9003");
        assert_eq!(config.mdmproxy.as_ref().unwrap().urls.len(), 2);
        assert_eq!(config.dns.as_ref().unwrap().resolvers[1].port(), 9006);
        let endpoint = config.endpoint.as_ref().unwrap();
        assert_eq!(endpoint.hosts[0], "mdm.acme.example");
        assert_eq!(
            endpoint.ca.as_deref(),
            Some("/srv/handover/ca.pem".as_ref())
        );
        assert_eq!(config.settings["https_port"], 9004);
        assert_eq!(config.settings.len(), 2);
        pipelines::load(&config).unwrap();
    }
}
