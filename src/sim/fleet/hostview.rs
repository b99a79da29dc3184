//! The host object (`api/fleet.md` §3.1, §3.2), from what Fleet knows.

use super::{FLEET_MDM_URL, JAMF_MDM_URL, profiles};
use crate::model::time::Time;
use crate::sim::PLANTED;
use crate::sim::world::profile::{DISK_ENCRYPTION, HANDOVER};
use crate::sim::world::{Delivery, Host, Profile, Server, State, Tenant};
use serde_json::{Value as Json, json};

/// "Never happened".
const NEVER: &str = "2000-01-01T00:00:00Z";
/// "Not selected by this query".
const NOT_SELECTED: &str = "0001-01-01T00:00:00Z";

/// Which of Fleet's queries shows the host: each leaves something out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    List,
    ById,
    ByIdentifier,
}

pub(super) fn host(state: &State, host: &Host, form: Form) -> Json {
    let mut json = common(state, host);
    json["mdm"] = mdm(state, host, form);
    if form == Form::List {
        return json;
    }
    let details = [
        ("packs", json!([])),
        ("labels", labels()),
        ("policies", json!([])),
        ("software", json!([])),
        ("users", json!([])),
        ("batteries", json!([])),
        ("end_users", end_users(state, host)),
        ("maintenance_window", Json::Null),
        ("unlock_pin", json!(format!("{PLANTED}pin"))),
        // As a server might that is newer than drover.
        (
            "escrowed_by_next_version",
            json!({ "value": format!("{PLANTED}new-field") }),
        ),
        ("last_mdm_enrolled_at", at(enrolled_at(state, host))),
        ("last_mdm_checked_in_at", at(checked_in(state, host))),
    ];
    for (key, value) in details {
        json[key] = value;
    }
    if form == Form::ById {
        json["orbit_version"] = if alive(host) {
            json!("1.50.0")
        } else {
            Json::Null
        };
        json["scripts_enabled"] = if alive(host) { json!(true) } else { Json::Null };
        if let Some(mac) = host.mac.map(|index| &state.macs[index]) {
            json["disk_encryption_enabled"] = json!(mac.filevault);
        }
    } else {
        json["last_restarted_at"] = json!(NOT_SELECTED);
    }
    json
}

fn common(state: &State, host: &Host) -> Json {
    let mut json = contact(state, host);
    for part in [hardware(state, host), membership(state, host)] {
        if let (Json::Object(whole), Json::Object(part)) = (&mut json, part) {
            whole.extend(part);
        }
    }
    json
}

fn contact(state: &State, host: &Host) -> Json {
    let details = state.detail_time(host);
    json!({
        "created_at": host.created_at,
        "updated_at": details,
        "software_updated_at": details,
        "id": host.id,
        "detail_updated_at": details,
        "label_updated_at": details,
        "policy_updated_at": details,
        "last_enrolled_at": host.created_at,
        "seen_time": state.seen_time(host),
        "refetch_requested": host.refetch_requested,
        "hostname": hostname(name(state, host)),
        "uuid": host.uuid,
        "platform": "darwin",
        "osquery_version": "5.19.0",
        "orbit_version": null,
        "fleet_desktop_version": if alive(host) { json!("1.50.0") } else { Json::Null },
        "scripts_enabled": null,
    })
}

fn hardware(state: &State, host: &Host) -> Json {
    let mac = host.mac.or(host.ghost_of).map(|index| &state.macs[index]);
    let name = name(state, host);
    let (a, b, c) = (host.id >> 16 & 255, host.id >> 8 & 255, host.id & 255);
    json!({
        "os_version": mac.map_or(String::new(), |mac| format!("macOS {}", mac.macos)),
        "build": mac.map_or("", |mac| mac.build),
        "platform_like": "darwin",
        "code_name": "",
        "uptime": 86_400_000_000_000_u64,
        "memory": 17_179_869_184_u64,
        "cpu_type": "arm64e",
        "cpu_subtype": "ARM64E",
        "cpu_brand": mac.map_or("", |mac| mac.model.chip),
        "cpu_physical_cores": 8,
        "cpu_logical_cores": 8,
        "hardware_vendor": "Apple Inc.",
        "hardware_model": mac.map_or("", |mac| mac.model.identifier),
        "hardware_version": "",
        "hardware_serial": host.serial,
        "computer_name": name,
        "display_name": name,
        "public_ip": "198.51.100.7",
        "primary_ip": format!("10.20.{}.{}", host.id / 250 % 250, host.id % 250),
        "primary_mac": format!("6a:2c:4b:{a:02x}:{b:02x}:{c:02x}"),
    })
}

fn membership(state: &State, host: &Host) -> Json {
    let team = host
        .team
        .and_then(|id| state.teams.iter().find(|team| team.id == id));
    json!({
        "distributed_interval": 10,
        "config_tls_refresh": 30,
        "logger_tls_period": 10,
        "team_id": host.team,
        "pack_stats": null,
        "team_name": team.map(|team| team.name),
        "gigs_disk_space_available": 174.98,
        "percent_disk_space_available": 71,
        "gigs_total_disk_space": 246,
        "gigs_all_disk_space": null,
        "issues": { "failing_policies_count": 0, "critical_vulnerabilities_count": 0, "total_issues_count": 0 },
        "refetch_critical_queries_until": host.window_until,
        "last_restarted_at": NEVER,
        "status": if state.is_online(host) { "online" } else { "offline" },
        "display_text": hostname(name(state, host)),
    })
}

fn name<'a>(state: &'a State, host: &Host) -> &'a str {
    let mac = host.mac.or(host.ghost_of);
    mac.map_or("", |index| &state.macs[index].name)
}

fn mdm(state: &State, host: &Host, form: Form) -> Json {
    let row = host.mdm;
    let status = match (row.enrolled, row.from_dep) {
        (true, true) => "On (automatic)",
        (true, false) => "On (manual)",
        (false, true) => "Pending",
        (false, false) => "Off",
    };
    let (url, name) = match row.server {
        Server::Jamf => (JAMF_MDM_URL.to_owned(), "Jamf"),
        Server::Fleet => (FLEET_MDM_URL.to_owned(), "Fleet"),
        Server::Nobody => (String::new(), ""),
        // No maker is known by this name, and the profile is not Fleet's: as before the move, so after it.
        Server::Old => (old_url(state), ""),
    };
    let mut json = json!({
        "enrollment_status": status,
        "dep_profile_error": false,
        "server_url": url,
        "name": name,
        "encryption_key_available": host.key_at.is_some(),
        "connected_to_fleet": row.connected,
    });
    if form != Form::List {
        let (disk, action) = disk_encryption(state, host);
        let details = [
            ("encryption_key_archived", json!(host.key_at.is_some())),
            (
                "os_settings",
                json!({ "disk_encryption": { "status": disk, "detail": "" } }),
            ),
            ("profiles", on_host(state, host, disk)),
            (
                "macos_settings",
                json!({ "disk_encryption": disk, "action_required": action }),
            ),
            (
                "macos_setup",
                json!({ "bootstrap_package_status": "", "detail": "", "bootstrap_package_name": "" }),
            ),
            ("device_status", json!("unlocked")),
            ("pending_action", json!("")),
        ];
        for (key, value) in details {
            json[key] = value;
        }
    }
    json
}

/// After a migration Fleet has no usable key until the Mac makes a new one (`api/fleet.md` §10.5).
fn disk_encryption(state: &State, host: &Host) -> (Option<&'static str>, Option<&'static str>) {
    let encrypted = host.mac.is_some_and(|index| state.macs[index].filevault);
    if !host.mdm.connected || !encrypted {
        return (None, None);
    }
    let sent = tenant(state, host).is_none_or(|tenant| tenant.profiled_at.is_some());
    if !sent && host.key_at.is_none() {
        return (Some("enforcing"), None);
    }
    if host.key_at.is_some() {
        (Some("verified"), None)
    } else {
        (Some("action_required"), Some("rotate_key"))
    }
}

fn on_host(state: &State, host: &Host, disk: Option<&str>) -> Json {
    if !host.mdm.connected {
        return json!([]);
    }
    let team = host.team.unwrap_or(0);
    let moving = tenant(state, host).map(|tenant| tenant.delivery(state.detail_time(host)));
    let entry = |profile: &Profile, status: &str| {
        json!({
            "profile_uuid": profiles::uuid(profile, team),
            "name": profile.name,
            "status": status,
            "operation_type": "install",
            "detail": "",
            "platform": "darwin",
            "scope": "device",
            "managed_local_account": null,
        })
    };
    let escrow = match disk {
        Some("verified") => "verified",
        None | Some("enforcing") => "pending",
        Some(_) => "verifying",
    };
    let (assigned, status) = match moving {
        Some(delivery) => (state.team_profiles(team), delivery),
        None => (&HANDOVER[..1], Delivery::Verified),
    };
    let mut all: Vec<Json> = assigned
        .iter()
        .map(|profile| entry(profile, status.word()))
        .collect();
    all.push(entry(&DISK_ENCRYPTION, escrow));
    Json::Array(all)
}

fn end_users(state: &State, host: &Host) -> Json {
    let owner = host
        .mac
        .or(host.ghost_of)
        .and_then(|index| state.macs[index].owner.as_ref());
    match owner {
        Some(owner) => json!([{
            "idp_id": owner.username,
            "idp_username": owner.email,
            "idp_full_name": owner.name,
            "idp_info_updated_at": null,
        }]),
        None => json!([]),
    }
}

fn labels() -> Json {
    json!([
        { "id": 6, "name": "All Hosts", "description": "", "label_type": "builtin" },
        { "id": 7, "name": "macOS", "description": "", "label_type": "builtin" },
    ])
}

/// An MDM check-in comes with every contact once the Mac answers. For a Mac that was imported it is the import, until
/// its first request ends here (`api/fleet.md` §12.2).
fn checked_in(state: &State, host: &Host) -> Option<Time> {
    if let Some(tenant) = tenant(state, host) {
        return tenant.new_seen.or(tenant.imported_at);
    }
    let first = host.mdm_checked_in_at?;
    let mac = &state.macs[host.mac?];
    Some(
        mac.calendar
            .last(state.now())
            .map_or(first, |last| last.max(first)),
    )
}

fn enrolled_at(state: &State, host: &Host) -> Option<Time> {
    match tenant(state, host) {
        Some(tenant) => tenant.imported_at,
        None => host.mdm_enrolled_at,
    }
}

fn tenant<'a>(state: &'a State, host: &Host) -> Option<&'a Tenant> {
    state.tenant(host.mac?)
}

/// What a Mac that was enrolled under the name that moves reports, on either side of the move.
pub(super) fn old_url(state: &State) -> String {
    let handover = state.handover();
    handover.map_or(String::new(), |one| {
        format!("https://{}/mdm/connect", one.name)
    })
}

fn alive(host: &Host) -> bool {
    host.mac.is_some()
}

fn at(time: Option<Time>) -> Json {
    json!(time)
}

fn hostname(name: &str) -> String {
    let plain: String = name
        .chars()
        .filter(|letter| *letter != '’')
        .map(|letter| {
            if letter.is_ascii_alphanumeric() {
                letter
            } else {
                '-'
            }
        })
        .collect();
    format!("{}.local", plain.to_lowercase())
}
