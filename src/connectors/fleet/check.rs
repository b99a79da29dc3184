//! Is everything there that a migration needs? Reads only.

use super::activities;
use super::error::Doing;
use super::host::id_of;
use super::hosts::detail;
use super::queue::entries;
use super::scripts::{run_of, saved_in};
use super::server;
use super::session::{API, Session};
use super::teams::{Team, names, read_all};
use crate::connectors::action::{CAREFUL, Finding, Wanted};
use crate::connectors::http::Request;
use crate::model::fault::Fault;
use crate::model::payload::text_at;
use crate::model::text::clean;
use serde_json::Value as Json;

const HOSTS: Doing = Doing::reading("list the hosts", "the observer role");
const ME: Doing = Doing::reading("say whose token this is", "a role of any kind");

pub(super) async fn check(session: &mut Session<'_>, wanted: &Wanted) -> Vec<Finding> {
    let me = match session.ask(Request::get(format!("{API}/me")), ME).await {
        Ok(me) => me,
        // Nothing else can be found out.
        Err(fault) => return vec![bad("token", &fault)],
    };
    let mut findings = roles(&me);
    findings.extend(grants(&me));
    findings.extend(beyond(&me));
    findings.push(hosts_are_readable(session).await);
    findings.push(log_is_readable(session).await);
    match server::read(session).await {
        Ok(config) => findings.extend(settings(&config)),
        Err(fault) => findings.push(bad("settings", &fault)),
    }
    findings.extend(places(session, wanted).await);
    findings
}

fn finding(subject: impl Into<String>, ok: bool, detail: impl Into<String>) -> Finding {
    Finding {
        subject: subject.into(),
        ok,
        detail: detail.into(),
    }
}

fn bad(subject: &str, fault: &Fault) -> Finding {
    finding(subject, false, fault.message.clone())
}

/// Whose token it is, and whether that user may run scripts and move hosts (`api/fleet.md` §1.2).
fn roles(me: &Json) -> Vec<Finding> {
    let who = text_at(me, "user.email").or_else(|| text_at(me, "user.name"));
    let who = who.map_or_else(|| "a user without a name".to_owned(), clean);
    let global = text_at(me, "user.global_role").map(clean);
    let of_teams: Vec<String> = ["user.teams", "user.fleets"]
        .into_iter()
        .find_map(|path| crate::model::payload::at(me, path)?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|team| {
            let role = text_at(team, "role")?;
            Some(format!(
                "{} in {}",
                clean(role),
                clean(text_at(team, "name")?)
            ))
        })
        .collect();
    let acts = |role: &str| matches!(role, "admin" | "maintainer");
    let acts_somewhere = of_teams
        .iter()
        .any(|role| acts(role.split(' ').next().unwrap_or_default()));
    let held = match &global {
        Some(role) => format!("{role}, globally"),
        None if of_teams.is_empty() => "no role".to_owned(),
        None => of_teams.join(", "),
    };
    let (ok, advice) = match global.as_deref() {
        Some(role) if acts(role) => (true, ""),
        None if acts_somewhere => (
            true,
            "; every team the Macs pass through must be among these",
        ),
        _ => (false, "; give the user the role maintainer"),
    };
    vec![
        finding("token", true, format!("accepted, as {who}")),
        finding(
            "role to run scripts and move hosts",
            ok,
            format!("{held}{advice}"),
        ),
    ]
}

/// Endings of endpoints that destroy, lock or disown.
const HARMFUL: [&str; 7] = [
    "/wipe",
    "/lock",
    "/unlock",
    "/unenroll",
    "/commands/run",
    "/hosts/delete",
    "/encryption_key",
];

/// What the token could do that no migration needs (`api/fleet.md` §1.2, `reliability.md` H12): a warning, as a token that may
/// run scripts cannot be kept from wiping by its role, only by a list of endpoints.
fn beyond(me: &Json) -> Option<Finding> {
    let listed = crate::model::payload::at(me, "user.api_endpoints").and_then(Json::as_array);
    let role = text_at(me, "user.global_role").unwrap_or_default();
    let what = match listed.filter(|list| !list.is_empty()) {
        Some(list) => {
            let paths = list.iter().filter_map(|grant| text_at(grant, "path"));
            let harmful: Vec<String> = paths
                .filter(|path| HARMFUL.iter().any(|ending| path.ends_with(ending)))
                .map(clean)
                .collect();
            if harmful.is_empty() {
                return None;
            }
            format!("it is granted {}; take that away", harmful.join(", "))
        }
        None if role == "admin" => {
            "it is a global admin's, who may change all of Fleet; maintainer is enough".to_owned()
        }
        None if role == "maintainer" => {
            "it may also wipe, lock and turn off MDM, which drover never does; Fleet 4.85 and newer can limit its user to endpoints"
                .to_owned()
        }
        None => return None,
    };
    Some(finding(
        "rights beyond need",
        true,
        format!("{CAREFUL}{what}"),
    ))
}

/// What a user that is limited to some endpoints must be granted besides reads (`api/fleet.md` §1.2).
const GRANTS: &[(&str, &str)] = &[
    ("POST", "/hosts/transfer"),
    ("POST", "/scripts/run"),
    ("POST", "/refetch"),
];

/// Says which endpoints a limited user lacks; nothing for a user without such a limit.
fn grants(me: &Json) -> Option<Finding> {
    let granted = crate::model::payload::at(me, "user.api_endpoints")?.as_array()?;
    if granted.is_empty() {
        return None;
    }
    let has = |method: &str, ending: &str| {
        granted.iter().any(|grant| {
            text_at(grant, "method") == Some(method)
                && text_at(grant, "path").is_some_and(|path| path.ends_with(ending))
        })
    };
    let lacking: Vec<String> = GRANTS
        .iter()
        .filter(|(method, ending)| !has(method, ending))
        .map(|(method, ending)| format!("{method} …{ending}"))
        .collect();
    let detail = if lacking.is_empty() {
        "granted".to_owned()
    } else {
        format!("grant the token's user also {}", lacking.join(", "))
    };
    Some(finding("endpoints of the user", lacking.is_empty(), detail))
}

/// Reads one host in every way that the actions do.
async fn hosts_are_readable(session: &mut Session<'_>) -> Finding {
    let subject = "hosts";
    let request = Request::get(format!("{API}/hosts"))
        .query("per_page", 1)
        .query("disable_issues", true);
    let list = match session.ask(request, HOSTS).await {
        Ok(list) => list,
        Err(fault) => return bad(subject, &fault),
    };
    let Some(id) = list.get("hosts").and_then(|hosts| id_of(hosts.get(0)?)) else {
        return finding(subject, true, "readable; the token sees none");
    };
    // No run has this id: Fleet's own 404 shows that results may be read.
    let read = async {
        detail(session, id).await?;
        entries(session, id, 1).await?;
        run_of(session, "00000000-0000-0000-0000-000000000000").await
    };
    match read.await {
        Ok(_) => finding(subject, true, "readable, with queue and script results"),
        Err(fault) => bad(subject, &fault),
    }
}

async fn log_is_readable(session: &mut Session<'_>) -> Finding {
    let request = Request::get(format!("{API}/activities"))
        .query("order_key", "id")
        .query("order_direction", "desc")
        .query("per_page", 1);
    match session.ask(request, activities::LIST).await {
        Ok(_) => finding("activity log", true, "readable"),
        Err(fault) => bad("activity log", &fault),
    }
}

fn settings(config: &Json) -> Vec<Finding> {
    let yes = |name: &str| config.get(name).and_then(Json::as_bool);
    let said = |name: &str| text_at(config, name).unwrap_or("not told").to_owned();
    let tier = said("license_tier");
    let premium = tier == "premium";
    let mdm = yes("mdm_enabled") == Some(true);
    let scripts = yes("scripts_disabled") != Some(true);
    let hook =
        yes("migration_enabled") == Some(true) && yes("migration_webhook_url_set") == Some(true);
    let or = |ok: bool, good: &str, advice: &str| (if ok { good } else { advice }).to_owned();
    vec![
        finding(
            "version",
            config.get("version").is_some_and(Json::is_string),
            said("version"),
        ),
        finding(
            "licence",
            premium,
            or(
                premium,
                "premium",
                &format!("{tier}; teams and the migration need Fleet Premium"),
            ),
        ),
        finding(
            "Apple MDM",
            mdm,
            or(
                mdm,
                "on",
                "off; set up the push certificate in Fleet's settings",
            ),
        ),
        finding(
            "scripts",
            scripts,
            or(
                scripts,
                "allowed",
                "switched off for everybody; switch them on in the organization settings (advanced options)",
            ),
        ),
        finding(
            "migration webhook",
            hook,
            or(
                hook,
                "configured",
                "not configured, so the \"Migrate to Fleet\" button reaches nobody; enable the end user migration in Fleet's MDM settings with the URL of drover's hook `migrate`",
            ),
        ),
    ]
}

/// Every wanted team, and every wanted script in each of them; without a wanted team, in no team.
async fn places(session: &mut Session<'_>, wanted: &Wanted) -> Vec<Finding> {
    if wanted.teams.is_empty() {
        return scripts_in(session, None, &wanted.scripts).await;
    }
    let teams = match read_all(session).await {
        Ok(teams) => teams,
        Err(fault) => return vec![bad("teams", &fault)],
    };
    let mut findings = Vec::new();
    for name in &wanted.teams {
        let subject = format!("team {name}");
        match teams.iter().find(|team| team.name == *name) {
            Some(team) => {
                let hosts = team.hosts.map_or("no".to_owned(), |hosts| hosts.to_string());
                findings.push(finding(subject, true, format!("there, with {hosts} hosts")));
                findings.extend(scripts_in(session, Some(team), &wanted.scripts).await);
            }
            None => findings.push(finding(
                subject,
                false,
                format!(
                    "not there, or the token may not see it; Fleet has {}; create it or correct the settings",
                    names(teams.iter().map(|team| team.name.as_str()))
                ),
            )),
        }
    }
    findings
}

async fn scripts_in(
    session: &mut Session<'_>,
    team: Option<&Team>,
    wanted: &[String],
) -> Vec<Finding> {
    if wanted.is_empty() {
        return Vec::new();
    }
    let place = team.map_or("no team".to_owned(), |team| team.name.clone());
    let saved = match saved_in(session, team.map(|team| team.id)).await {
        Ok(saved) => saved,
        Err(fault) => return vec![bad(&format!("scripts in {place}"), &fault)],
    };
    wanted
        .iter()
        .map(|name| {
            let ok = saved.iter().any(|script| script.name == *name);
            let detail = if ok {
                "saved".to_owned()
            } else {
                format!("not saved there; save it under this name in {place}")
            };
            finding(format!("script {name} in {place}"), ok, detail)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn roles_that_may_act_are_told_from_roles_that_may_look() {
        for (user, ok) in [
            (
                json!({"email": "mc@acme.com", "global_role": "maintainer", "teams": []}),
                true,
            ),
            (
                json!({"email": "mc@acme.com", "global_role": "admin"}),
                true,
            ),
            (
                json!({"email": "mc@acme.com", "global_role": "observer"}),
                false,
            ),
            (
                json!({"email": "mc@acme.com", "global_role": "gitops"}),
                false,
            ),
            (
                json!({"global_role": null, "teams": [{"name": "A", "role": "maintainer"}]}),
                true,
            ),
            (
                json!({"global_role": null, "teams": [{"name": "A", "role": "observer"}]}),
                false,
            ),
            (json!({"global_role": null}), false),
        ] {
            let findings = roles(&json!({"user": user}));
            assert_eq!(findings[1].ok, ok, "{user}");
        }
    }

    #[test]
    fn a_user_limited_to_some_endpoints_must_have_those_that_change_something() {
        assert_eq!(grants(&json!({"user": {"api_endpoints": null}})), None);
        let me = json!({"user": {"api_endpoints": [
            {"method": "POST", "path": "/api/v1/fleet/hosts/transfer"},
            {"method": "POST", "path": "/api/v1/fleet/hosts/:id/refetch"}]}});
        let finding = grants(&me).unwrap();
        assert!(!finding.ok && finding.detail.contains("POST …/scripts/run"));
        assert!(!finding.detail.contains("transfer"));
    }

    #[test]
    fn what_is_missing_in_the_settings_is_said_with_what_to_do() {
        let free = json!({"license_tier": "free", "mdm_enabled": false, "scripts_disabled": true,
            "migration_enabled": true, "migration_webhook_url_set": false, "version": "4.76.1"});
        let findings = settings(&free);
        let failing: Vec<&str> = findings
            .iter()
            .filter(|finding| !finding.ok)
            .map(|finding| finding.subject.as_str())
            .collect();
        assert_eq!(
            failing,
            ["licence", "Apple MDM", "scripts", "migration webhook"]
        );
    }
}
