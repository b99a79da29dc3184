//! What is told to whoever rehearses: addresses, secrets, and what the company's admins are to do.

use super::papers::CA;
use crate::cli::args::SimArgs;
use crate::cli::context::Context;
use crate::cli::error::CliError;
use crate::cli::output::counted;
use crate::model::clock::real_sleep;
use crate::model::secret::{ExposeSecret, SecretString};
use crate::sim::scenario::{ByHand, OperatorEntry};
use crate::sim::{HandoverAddresses, Sim, by_hand};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often the folder is looked into for deeds, in real time.
const GLANCE: Duration = Duration::from_millis(200);

pub(super) fn announce(
    context: &mut Context,
    args: &SimArgs,
    (sim, folder): (&Sim, &Path),
    token: &SecretString,
) -> Result<(), CliError> {
    let (at, with) = (sim.addresses(), sim.credentials());
    let jamf = match at.handover {
        Some(_) => String::new(),
        None => format!("Jamf Pro {} (client {}), ", at.jamf, with.jamf_client_id),
    };
    let mut lines = vec![
        format!("# Fleet {}, {jamf}Slack {}", at.fleet, at.slack),
        format!(
            "# hooks go to {}; employees start once an engine answers there",
            args.hooks
        ),
    ];
    if let Some(handover) = &at.handover {
        lines.extend(of_handover(handover, folder));
    }
    let mut secrets = vec![("FLEET_TOKEN", &with.fleet_token)];
    if at.handover.is_none() {
        secrets.push(("JAMF_CLIENT_SECRET", &with.jamf_client_secret));
    }
    secrets.push(("SLACK_TOKEN", &with.slack_token));
    if at.handover.is_some() {
        secrets.push(("MICROMDM_API_KEY", &with.micromdm_key));
        secrets.push(("MDMPROXY_TOKEN", &with.proxy_token));
    }
    secrets.push(("DROVER_HOOK_TOKEN", token));
    lines.push("# For the second terminal:".to_owned());
    let export =
        |(name, secret): (&str, &SecretString)| format!("export {name}={}", secret.expose_secret());
    lines.extend(secrets.into_iter().map(export));
    let pipeline = match args.pipeline.as_str() {
        "jamf-to-fleet" => String::new(),
        other => format!(" {other}"),
    };
    lines.push(format!(
        "drover init{pipeline} --rehearsal={} && drover run --speed {}",
        args.port, args.speed
    ));
    for line in lines {
        context.out.line(line)?;
    }
    context.out.flush()
}

fn of_handover(at: &HandoverAddresses, folder: &Path) -> Vec<String> {
    let resolvers: Vec<String> = at.resolvers.iter().map(ToString::to_string).collect();
    vec![
        format!(
            "# MicroMDM {}, its migration proxy {}",
            at.micromdm,
            at.proxies.join(" and ")
        ),
        format!(
            "# {} is answered at {}, later at {}; resolvers {}",
            at.name,
            at.old_front,
            at.new_endpoint,
            resolvers.join(" and ")
        ),
        format!(
            "# CA {}, records {}, the old database's copy {}",
            folder.join(CA).display(),
            at.records.display(),
            at.backup.display()
        ),
    ]
}

/// What the admins do, in order, as a rehearsal has nobody who does it by itself.
pub(super) fn guide(entries: &[OperatorEntry]) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        lines.push(format!("# {}. {}: {}", at + 1, entry.moment(), entry.about));
        let by_hand = entry
            .world
            .map(|deed| format!("touch {{folder}}/{}", deed.word()));
        lines.extend(
            by_hand
                .into_iter()
                .chain(entry.command())
                .map(|line| format!("#    {line}")),
        );
    }
    lines
}

pub(super) fn print(
    context: &mut Context,
    guide: &[String],
    folder: &Path,
) -> Result<(), CliError> {
    if guide.is_empty() {
        return Ok(());
    }
    let count = guide
        .iter()
        .filter(|line| !line.starts_with("#    "))
        .count();
    context.out.line(format_args!(
        "# {} of the company's admins, which are yours in a rehearsal:",
        counted(count, "deed")
    ))?;
    let folder = folder.display().to_string();
    for line in guide {
        context.out.line(line.replace("{folder}", &folder))?;
    }
    context.out.flush()
}

/// A file of a deed's name in the folder has it done; the file goes away. Never returns.
pub(super) async fn obey_files(context: &mut Context, sim: &Sim, folder: &Path) {
    if sim.addresses().handover.is_none() {
        return std::future::pending().await;
    }
    let asked = |deed: &ByHand| -> Option<PathBuf> {
        let path = folder.join(deed.word());
        path.is_file().then_some(path)
    };
    loop {
        for deed in ByHand::ALL {
            if let Some(path) = asked(&deed)
                && std::fs::remove_file(path).is_ok()
            {
                let said = by_hand(sim, deed).await.unwrap_or_else(|why| why);
                context.out.note(format_args!("{}: {said}", deed.word()));
            }
        }
        real_sleep(GLANCE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::scenario::Scenario;

    #[test]
    fn the_guide_says_when_and_what_in_the_order_of_the_scenario() {
        let calm = include_str!("../../../assets/scenarios/calm.toml");
        let more = r#"
            [[operator]]
            name  = "mend"
            about = "The records are loaded again."
            when  = { brake = "silent" }
            world = "mend_identities"
            run   = ["brake", "release", "silent", "--reason", "it is mended"]
        "#;
        let scenario = Scenario::parse(&format!("{calm}\n{more}")).unwrap();
        assert_eq!(
            guide(&scenario.operator),
            [
                "# 1. when the brake silent trips: The records are loaded again.",
                "#    touch {folder}/mend_identities",
                "#    drover brake release silent --reason 'it is mended'",
            ]
        );
    }
}
